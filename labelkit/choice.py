"""The choice: what a user took of the option. Off, on, or named marks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from labelkit.errors import MarkError
from labelkit.marks import NO_MARKS, Mark, Marks, Medium, default, parse_marks, tell

_BETWEEN = re.compile(r"[\s,+]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a user took: ``default`` asks for what "on" means for the medium, ``marks`` are asked for by name.

    Neither is ``OFF``. Both together ("on c2pa") is the default and a named mark more.
    """

    default: bool
    marks: Marks = NO_MARKS

    ON: ClassVar[Choice]
    OFF: ClassVar[Choice]

    @classmethod
    def of(cls, *marks: str | Mark) -> Choice:
        """Choose named marks.

        Raises:
            MarkError: a name that is no mark.
        """
        return cls(False, parse_marks(marks))

    @classmethod
    def parse(cls, text: str) -> Choice | None:
        """Read ``on``, ``off`` or mark names between spaces, commas or plus signs; the empty text is ``on``
        (RFC 7240, section 2: a preference without a value). None when it says anything else."""
        words = {word for word in _BETWEEN.split(text.lower()) if word} or {"on"}
        if words == {"off"}:
            return cls.OFF
        try:
            return cls("on" in words, parse_marks(words - {"on"}))
        except MarkError:
            return None

    def __bool__(self) -> bool:
        return self.default or bool(self.marks)

    def wants(self, medium: Medium, *, document: bool = False) -> Marks:
        """The marks asked for, for content of this medium; it may not be able to carry all of them."""
        return self.marks | default(medium, document=document) if self.default else self.marks

    def plus(self, other: Choice) -> Choice:
        """This choice with that of another added; nothing is taken away (design, section 4)."""
        return Choice(self.default or other.default, self.marks | other.marks)

    def __str__(self) -> str:
        if not self:
            return "off"
        return " ".join(word for word in ("on" if self.default else "", tell(self.marks)) if word)


Choice.ON = Choice(True)
Choice.OFF = Choice(False)
