"""Content, as a rule sees it: what is known of it before it is made. None is "not known", which counts as in scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from labelkit.errors import ConfigurationError
from labelkit.marks import Medium

Kind = Literal["code", "json", "tool-call", "single-word", "translation", "proofreading", "summary"]
"""What a text can be that some rules exempt."""
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Content:
    """What is known of content that is to be labelled.

    Args:
        medium: what it is.
        altered: whether the AI changed what somebody made.
        language: the language of visible marks that the user chose; None for none.
        accepts: a language that the user's program accepts; asked after the policy's mandatory one.
        document: whether a text is a file with front matter (Markdown).
        kind: what a text is, where a rule may exempt it; only the operator knows what is a translation.
        realistic: whether it could be taken for a real person, place or event.
        published: whether a text is published to inform the public on matters of public interest.
        first_turn: whether it is the first answer of a conversation.
        export: whether it leaves the service, as a download or a copy.
        agreed: whether the user agreed to answer for content without a visible label (China, Measures art. 9).
        tokens: how long a text is.

    Raises:
        ConfigurationError: a number of tokens below zero, or a kind that does not exist: by a slip of the pen a
            translation would count as any text.
    """

    medium: Medium
    altered: bool | None = False
    language: str | None = None
    accepts: str | None = None
    document: bool = False
    kind: Kind | None = None
    realistic: bool | None = None
    published: bool | None = None
    first_turn: bool | None = None
    export: bool | None = None
    agreed: bool | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        if self.tokens is not None and self.tokens < 0:
            raise ConfigurationError(
                "A number of tokens is not negative",
                where=f"Content(tokens={self.tokens!r})",
                remedy="Leave it out when it is not known.",
            )
        if self.kind is not None and self.kind not in KINDS:
            raise ConfigurationError(
                f"There is no kind {self.kind!r} of text",
                where="Content(kind=...)",
                remedy=f"There are {', '.join(KINDS)}.",
            )
