"""A timeline as a picture (SVG 1.1): narrow, so that it can be read on a telephone, and dark where the reader's page is.

It is built as a tree, so that nothing a pack says can become mark-up.
"""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from datetime import date

from labelkit.cli.policy.words import STANDINGS, clean
from labelkit.policy.policy import Policy
from labelkit.policy.rules import Rule
from labelkit.policy.timeline import LEVELS, Timeline

_WIDTH, _EDGE = 600, 16  # of the view box; at 390 pixels a letter of 15 is one of 9.75
_INNER = _WIDTH - 2 * _EDGE
_TOP, _HEAD, _ROW, _BAR = 92, 62, 40, 12
_STYLE = """
text { font: 15px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; fill: #1b1f24 }
.title { font-size: 20px; font-weight: 600 } .group { font-size: 17px; font-weight: 600 } .id { font-weight: 600 }
.paper { fill: #ffffff } .quiet { fill: #57606a } .lane { fill: #f0f2f5 } .year { stroke: #8c959f } .tick { stroke: #c4ccd4 }
.require { fill: #0b5cad } .default { fill: url(#labelkit-default); stroke: #0f6e5c } .ink-default { stroke: #0f6e5c }
.offer { fill: url(#labelkit-offer); stroke: #9a5b00 } .ink-offer { fill: #9a5b00 }
.none { fill: none; stroke: #57606a; stroke-dasharray: 3 3 }
.halo { stroke: #ffffff; stroke-width: 7 } .now { stroke: #c2255c; stroke-width: 3 } .nowtext { fill: #c2255c; font-weight: 600 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.paper { fill: #0d1117 } .quiet { fill: #9aa4af } .lane { fill: #1b222b } .year { stroke: #6e7681 } .tick { stroke: #3d444d }
.require { fill: #58a6ff } .default { stroke: #4fd1b5 } .ink-default { stroke: #4fd1b5 }
.offer { stroke: #f0b429 } .ink-offer { fill: #f0b429 } .none { stroke: #9aa4af }
.halo { stroke: #0d1117 } .now { stroke: #ff7eb6 } .nowtext { fill: #ff7eb6 }
}
"""


def draw(timeline: Timeline, today: date) -> bytes:
    """The picture as UTF-8; ``today`` is marked where it is within."""
    height = _TOP + sum(_HEAD + _ROW * len(policy.rules) for policy in timeline.policies) + _EDGE
    size = {"viewBox": f"0 0 {_WIDTH} {height}", "width": str(_WIDTH), "height": str(height)}
    named = {"role": "img", "aria-labelledby": "labelkit-title labelkit-desc"}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, **named})
    title = f"Rules about AI labels, {timeline.start:%Y-%m} to {timeline.end:%Y-%m}"
    _add(root, "title", title, id="labelkit-title")
    _add(root, "desc", _description(timeline, today), id="labelkit-desc")
    _add(root, "style", _STYLE)
    _patterns(_add(root, "defs"))
    _add(root, "rect", width=_WIDTH, height=height, class_="paper")
    _text(root, _EDGE, 34, title, "title")
    _legend(root, today)
    at = _TOP
    for policy in timeline.policies:
        _heading(root, timeline, policy, at)
        at += _HEAD
        for rule in policy.rules:
            _row(root, timeline, rule, at, today)
            at += _ROW
        if not policy.rules:
            _text(root, _EDGE, at - 8, "No rule about marks in content.", "quiet")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode").encode() + b"\n"


def _description(timeline: Timeline, today: date) -> str:
    coming = [clean(str(event)) for event in timeline.events if event.day > today]
    return f"As of {today}. Changes to come: {'; '.join(coming) or 'none is known'}."


def _patterns(defs: ET.Element) -> None:
    """What tells the levels apart where colours do not: full, hatched, dotted, an empty outline."""
    hatch = _add(defs, "pattern", id="labelkit-default", width=6, height=6, patternUnits="userSpaceOnUse")
    _add(hatch, "path", d="M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", class_="ink-default", stroke_width=2)
    dots = _add(defs, "pattern", id="labelkit-offer", width=6, height=6, patternUnits="userSpaceOnUse")
    _add(dots, "circle", cx=3, cy=3, r=1.5, class_="ink-offer")


def _legend(root: ET.Element, today: date) -> None:
    at = float(_EDGE)
    for level, words in sorted(LEVELS.items(), reverse=True):
        _add(root, "rect", x=at, y=50, width=26, height=_BAR, class_=level.name.lower())
        _text(root, at + 33, 61, words)
        at += 33 + _wide(words) + 22
    _add(root, "line", x1=_EDGE + 13, x2=_EDGE + 13, y1=72, y2=88, class_="now")
    _text(root, _EDGE + 33, 85, f"today, {today}", "nowtext")
    _text(root, _WIDTH - _EDGE, 85, "medium, low: how sure we are, where not highly", "quiet", end=True)


def _heading(root: ET.Element, timeline: Timeline, policy: Policy, at: int) -> None:
    """The jurisdiction, and the years once more: on a telephone the first axis is far up."""
    standing = STANDINGS[policy.standing]
    name = f"{policy.jurisdiction}  {clean(policy.name)}"
    _text(root, _EDGE, at + 32, _fitting(name, _INNER - _wide(standing) - 24, 17), "group")
    _text(root, _WIDTH - _EDGE, at + 32, standing, "quiet", end=True)
    years = [tick for tick in timeline.ticks if tick.major]
    for tick in years if policy.rules else ():
        x = _x(timeline, tick.day)
        crowded = len(years) > 8 and tick.day.year % 5
        if x < _WIDTH - _EDGE - 36 and not crowded:
            _text(root, x, at + 54, tick.label, "quiet")


def _row(root: ET.Element, timeline: Timeline, rule: Rule, at: int, today: date) -> None:
    row = _add(root, "g")
    words = f"{LEVELS[rule.level]}, {_dates(rule)}"
    _add(row, "title", clean(f"{rule.id}: {rule.article}. {words}. Sureness: {rule.sureness}. {rule.says}"))
    words += "" if rule.sureness == "high" else f", {rule.sureness}"
    _text(row, _EDGE, at + 15, _fitting(clean(rule.id), _INNER - _wide(words) - 16, 15), "id")
    _text(row, _WIDTH - _EDGE, at + 15, words, "quiet", end=True)
    top = at + 21
    _add(row, "rect", x=_EDGE, y=top, width=_INNER, height=_BAR, class_="lane")
    for tick in timeline.ticks:
        x = _x(timeline, tick.day)
        _add(row, "line", x1=x, x2=x, y1=top, y2=top + _BAR, class_="year" if tick.major else "tick")
    stretch = timeline.stretch(rule)
    if stretch:
        first, last = (_EDGE + share * _INNER for share in stretch)
        _add(row, "rect", x=first, y=top, width=max(3.0, last - first), height=_BAR, class_=rule.level.name.lower())
    if timeline.start <= today < timeline.end:
        x = _x(timeline, today)
        for kind in ("halo", "now"):
            _add(row, "line", x1=x, x2=x, y1=top - 3, y2=top + _BAR + 3, class_=kind)


def _dates(rule: Rule) -> str:
    return f"{rule.since} to {rule.until}" if rule.until else f"from {rule.since}"


def _x(timeline: Timeline, day: date) -> float:
    return _EDGE + timeline.share(day) * _INNER


def _wide(text: str, size: int = 15) -> float:
    """About how wide a line is: the reader's letters are not known."""
    return sum(size if unicodedata.east_asian_width(char) in "WF" else size * 0.56 for char in text)


def _fitting(text: str, room: float, size: int) -> str:
    """A line that fits; the whole of it is in the tooltip."""
    if _wide(text, size) <= room:
        return text
    while text and _wide(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


def _text(parent: ET.Element, x: float, y: float, text: str, kind: str = "", *, end: bool = False) -> None:
    more = ({"class_": kind} if kind else {}) | ({"text_anchor": "end"} if end else {})
    _add(parent, "text", text, x=x, y=y, **more)


def _add(parent: ET.Element, tag: str, text: str | None = None, /, **attributes: float | str) -> ET.Element:
    plain = {
        (name.rstrip("_") if name == "class_" else name.replace("_", "-")): (
            f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
        )
        for name, value in attributes.items()
    }
    made = ET.SubElement(parent, tag, plain)
    made.text = text
    return made
