"""A draft: one event on its way out, with what is put before it and into it. Some of that is signed only later."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labelkit.middleware.formats.base import Splice
from labelkit.middleware.framing.sse import Event

Part = bytes | Callable[[], bytes]


class Draft:
    """One event and its changes; without any it leaves as the same bytes."""

    __slots__ = ("_before", "_inner", "event")

    def __init__(self, event: Event) -> None:
        self.event = event
        self._before: list[Part] = []
        self._inner: list[tuple[int, int, Part]] = []

    @property
    def changed(self) -> bool:
        """Whether it leaves as other bytes than it came."""
        return bool(self._before or self._inner)

    def before(self, part: Part) -> None:
        """Send something first."""
        self._before.append(part)

    def replace(self, start: int, end: int, part: Part) -> None:
        """Put something in place of a span of the event's data; an empty span is an insertion."""
        place = self.event.place
        self._inner.append((place(start), place(end), part))

    def parts(self) -> list[Part]:
        """What to send."""
        raw = self.event.raw
        parts = self._before.copy()
        at = 0
        for start, end, part in sorted(self._inner, key=lambda inner: inner[:2]):
            parts += raw[at:start], part
            at = end
        return [*parts, raw[at:]]


def assemble(parts: Sequence[Part]) -> Splice:
    """What can leave now, and the making of the rest."""
    known = next((at for at, part in enumerate(parts) if not isinstance(part, bytes)), len(parts))
    rest = parts[known:]
    return Splice(_join(parts[:known]), (lambda: _join(rest)) if rest else None)


def _join(parts: Sequence[Part]) -> bytes:
    return b"".join([part if isinstance(part, bytes) else part() for part in parts])
