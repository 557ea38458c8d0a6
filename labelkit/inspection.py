"""Inspection: content in, every mark found in it out, and what each is worth. The one front door for reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from labelkit.aigc import tells_ai
from labelkit.errors import LabelkitError, UnknownMediaError
from labelkit.image import badge, metadata
from labelkit.label import AI_SOURCE_TYPES, SAID, SourceType
from labelkit.marks import Mark, Medium
from labelkit.media import Limits, identify, read_file, sniff
from labelkit.policy.packs import known_phrases, phrases
from labelkit.policy.policies import Policies
from labelkit.provenance import Report, Trust, read, read_bound
from labelkit.text import front_matter, noticed, wrapper

State = Literal["trusted", "valid", "invalid", "unsigned"]
Words = Mapping[str, bool | None]  # what a visible mark can say, and whether that speaks of altered content

_MADE_OTHERWISE = {  # IPTC digital source types that say that no trained model made it
    f"http://cv.iptc.org/newscodes/digitalsourcetype/{name}"
    for name in ("digitalCapture", "negativeFilm", "positiveFilm", "print", "humanEdits", "digitalCreation")
}
_UNSIGNED = "nothing signs it: whoever had the content could have written or removed it"


@dataclass(frozen=True, slots=True)
class Finding:
    """One mark that was found.

    ``trusted``: signed, unaltered, and by somebody on the trust list. ``valid``: signed and unaltered, by whoever
    holds the key. ``invalid``: altered, or not a signature that holds. ``unsigned``: it says so, and no more.
    """

    mark: Mark
    state: State
    reason: str
    source_type: str | None
    says: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ai_generated(self) -> bool | None:
        """What this mark alone says: True, False, or None when it says nothing that can be built on."""
        if self.state == "invalid" or self.source_type is None:
            return None
        if self.source_type in AI_SOURCE_TYPES:
            return True
        # A claim that no AI was at work is believed only from somebody who is trusted.
        return False if self.state == "trusted" and self.source_type in _MADE_OTHERWISE else None


@dataclass(frozen=True, slots=True)
class Inspection:
    """What content says about itself. An absent mark is no proof of a human."""

    media_type: str | None
    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def ai_generated(self) -> bool | None:
        """True: a mark says AI made or changed it. False: a trusted one says otherwise. None: nothing says."""
        said = {finding.ai_generated for finding in self.findings}
        return True if True in said else (False if False in said else None)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks that were found, whatever they are worth."""
        return tuple(finding.mark for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The inspection as JSON has it: strings, booleans, null, lists and objects only."""
        return {
            "media_type": self.media_type,
            "ai_generated": self.ai_generated,
            "marks": [
                {
                    "mark": finding.mark.value,
                    "state": finding.state,
                    "reason": finding.reason,
                    "source_type": finding.source_type,
                    "says": dict(finding.says),
                }
                for finding in self.findings
            ],
            "problems": list(self.problems),
        }


def inspect(
    content: str | bytes | Path,
    *,
    trust: Trust | None = None,
    limits: Limits | None = None,
    policies: Policies | None = None,
) -> Inspection:
    """Read every mark back from content. Nothing is fetched, and nothing that content holds raises.

    Args:
        content: text; or bytes, of a picture or of UTF-8 text; or the path of a file with such bytes.
        trust: whose signatures are believed; nobody's when left out, and then no mark is ``trusted``.
        limits: how much is looked at.
        policies: an operator's own, whose words a visible mark may have as well as those of the packs that ship.

    Raises:
        ContentError: the path cannot be read. (Content itself never raises: ``problems`` tells.)
    """
    believed, bounds = trust or Trust(), limits or Limits()
    try:
        data = read_file(content, bounds) if isinstance(content, Path) else content
        if isinstance(data, bytes) and sniff(data) is None:
            data = _as_text(data)
        if isinstance(data, str):
            bounds.check_bytes(len(data))
            return _text(data, believed, words_of(Medium.TEXT, policies))
        return _picture(data, believed, bounds, words_of(Medium.IMAGE, policies))
    except UnicodeEncodeError:
        return Inspection("text/plain", problems=("the text has a lone surrogate, so nothing can be signed over it",))
    except LabelkitError as error:
        if isinstance(content, Path) and isinstance(error.__cause__, OSError):
            raise
        return Inspection(None, problems=(str(error),))


def words_of(medium: Medium, policies: Policies | None) -> Words:
    """What a visible mark is known to say: the words of the packs that ship, and those of an operator's own."""
    return phrases(medium) if policies is None else known_phrases(policies, medium)


def _as_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise UnknownMediaError(
            f"The content is neither a picture that labelkit knows nor UTF-8 text; it begins with {data[:8]!r}",
            remedy="PNG, JPEG, WebP, AVIF, GIF, TIFF and plain text can be inspected.",
        ) from error


def _text(text: str, trust: Trust, words: Words) -> Inspection:
    """A text, which may be a document with front matter."""
    carried = wrapper.find(text)
    plain = text if carried is None else text[: carried.start]
    front = front_matter.find(plain)
    problems: list[str] = []
    found = _noticed(plain[front.end :] if front else plain, words)
    try:
        said = front.read() if front else None
        if said is not None:
            found.append(_in_front_matter(said))
    except LabelkitError as error:
        problems.append(str(error))
    if carried is not None and carried.problem is not None:
        found.append(Finding(Mark.C2PA, "invalid", carried.problem, None))
    elif carried is not None:
        report = read_bound(carried.manifest, text.encode(), carried.start_bytes, carried.length_bytes, trust)
        found.append(_signed(report))
    return Inspection("text/markdown" if front else "text/plain", tuple(found), tuple(problems))


def _noticed(text: str, words: Words) -> list[Finding]:
    seen: dict[str, Finding] = {}
    for notice in noticed.find(text, words):
        says = {"text": notice.words, "place": notice.place.value}
        says |= {"detector": notice.detector} if notice.detector else {}
        finding = Finding(Mark.VISIBLE, "unsigned", _UNSIGNED, _source(words[notice.words]), says)
        seen.setdefault(notice.words, finding)  # one that stands in both places is one
    return list(seen.values())


def _in_front_matter(said: dict[str, Any]) -> Finding:
    source = _declared_source(said["source_type"], tells_ai(said["aigc"]))
    return Finding(Mark.METADATA, "unsigned", _UNSIGNED, source, said)


def _declared_source(source: str | None, ai: bool | None) -> str | None:
    """The source type that metadata come to. A camera's does not outweigh a record that AI was at work since."""
    return SourceType.COMPOSITE.value if ai and source not in AI_SOURCE_TYPES else source


def _picture(data: bytes, trust: Trust, limits: Limits, words: Words) -> Inspection:
    kind = identify(data)
    problems: list[str] = []
    found: list[Finding] = []
    for part in (partial(_drawn, data, kind, limits, words), partial(_declared, data, kind)):
        try:
            found += part()
        except LabelkitError as error:
            problems.append(str(error))
    report = read(data, kind, trust)
    if report is not None:
        found.append(_signed(report))
    return Inspection(kind, tuple(found), tuple(dict.fromkeys(problems)))


def _drawn(data: bytes, kind: str, limits: Limits, words: Words) -> list[Finding]:
    return [
        Finding(Mark.VISIBLE, "unsigned", _UNSIGNED, _source(words[text]), {"text": text, "place": corner})
        for text, corner in badge.find(data, kind, words, limits)
    ]


def _source(altered: bool | None) -> str:
    return (SourceType.CREATED if altered is False else SourceType.COMPOSITE).value


def _declared(data: bytes, kind: str) -> list[Finding]:
    said = metadata.read(data, kind)
    if said is None:
        return []
    says = {name: getattr(said, name) for name in SAID} | {"aigc": said.aigc and dict(said.aigc)}
    source = _declared_source(said.source_type, said.ai_generated)
    return [Finding(Mark.METADATA, "unsigned", _UNSIGNED, source, says)]


def _signed(report: Report) -> Finding:
    return Finding(Mark.C2PA, report.state, report.reason, report.source_type, report.says)
