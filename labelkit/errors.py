"""What can go wrong, as one tree; every error says what, where and the remedy, and carries its evidence.

LabelkitError
├── ConfigurationError            the service is set up wrongly
│   ├── CredentialError           a signer that would not be believed: wrong key, expired, wrong usage
│   ├── PolicyError               a rule or wording pack that cannot be read
│   └── MissingExtraError         an optional dependency is not installed
├── ContentError                  what came in cannot be labelled; it is left untouched
│   ├── UnknownMediaError         nothing we know by its bytes
│   ├── MediaMismatchError        declared as one type, is another
│   ├── DamagedContentError       empty, truncated, malformed
│   ├── TooLargeError             over the byte or the pixel limit
│   ├── UnsupportedContentError   understood, and refused by name (16-bit RGB, CMYK, animation)
│   └── UnencodableTextError      a lone surrogate: text that has no UTF-8 form
├── MarkError                     a mark that this medium cannot carry or this labeler cannot make
└── SigningError                  the key, the callback or the library did not sign
    └── TimestampError            the time-stamp authority did not answer in time or well
"""

from __future__ import annotations


class LabelkitError(Exception):
    """The root of every error that labelkit raises.

    ``what`` is the fact, ``where`` the place (a file, an offset, a setting), ``remedy`` what to do about it.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f" {self.remedy}" if self.remedy else ""
        return f"{self.what}{place}.{advice}"


class ConfigurationError(LabelkitError):
    """The service is set up wrongly; raised at construction, never in the middle of a request."""


class CredentialError(ConfigurationError):
    """A signing credential that verifiers would refuse."""


class PolicyError(ConfigurationError):
    """A rule pack or a wording pack that cannot be read."""


class MissingExtraError(ConfigurationError):
    """An optional dependency is missing; the remedy names the extra."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(what, remedy=f"Install it with: pip install 'labelkit[{extra}]'.")
        self.extra = extra


class ContentError(LabelkitError):
    """Content that cannot be labelled. It is left as it was."""


class UnknownMediaError(ContentError):
    """The bytes are of no media type that labelkit knows."""


class MediaMismatchError(ContentError):
    """Content is declared as one media type and is another."""

    def __init__(self, declared: str, found: str, *, where: str = "") -> None:
        super().__init__(
            f"The content is declared as {declared} but its bytes are {found}",
            where=where,
            remedy="Declare what it is, or leave the type out: the bytes decide.",
        )
        self.declared = declared
        self.found = found


class DamagedContentError(ContentError):
    """Empty, truncated or malformed content."""


class TooLargeError(ContentError):
    """Content over a limit that the operator set; ``size`` and ``limit`` are in ``unit``."""

    def __init__(self, size: int, limit: int, unit: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(
            f"The content has {size:,} {unit}, over the limit of {limit:,}",
            where=where,
            remedy=remedy or "Raise the limit in Limits(...) if such content is expected.",
        )
        self.size = size
        self.limit = limit
        self.unit = unit


class UnsupportedContentError(ContentError):
    """Content that is understood and refused by name, because labelling it would damage it."""


class UnencodableTextError(ContentError):
    """Text with a lone surrogate: it has no UTF-8 form, so nothing can be signed over it."""


class MarkError(LabelkitError):
    """A mark that the medium cannot carry, or that this labeler cannot make."""


class SigningError(LabelkitError):
    """The key, the callback or the signing library failed; the cause is chained."""


class TimestampError(SigningError):
    """The time-stamp authority did not answer, or not in time, or not well."""
