"""A text that is labelled while it is sent: nothing is held back, the marks come before it and after it."""

from __future__ import annotations

import re
from collections.abc import Callable

from labelkit.errors import LabelkitError
from labelkit.placement import Place
from labelkit.text import notice as notices
from labelkit.text import seam, wrapper
from labelkit.text.binding import Binding, TextCarrier
from labelkit.text.blocks import Blocks
from labelkit.text.tokens import Length

Seal = Callable[[TextCarrier], bytes]

_LINE_END = re.compile(r"[\r\n]")
_BATCH = 8192  # characters that are collected before they are hashed; a token is some four


class TextStream:
    """Labels one text that is fed in pieces, cut anywhere.

    Args:
        notice: the visible mark's wording; None for no visible mark.
        place: where the notice stands.
        seal: makes the manifest store over what was sent; None for no ``c2pa`` mark.
        rtl: the text's direction where it is known beforehand. A notice at the end looks at the text; one at the
            start can't, and takes the text for one of its own direction.
        length: counts the text's tokens; None where its length does not matter.
        least_notice: the tokens below which a notice at the end is left out.
        least_seal: the tokens below which the wrapper is left out, and nothing sealed.

    After ``finish()``: ``noticed`` and ``sealed`` say what was written, ``problem`` why a wrapper could not be, and
    ``nfc`` whether the text as sent is in NFC: if not, who normalises it later breaks the signature.
    """

    __slots__ = (
        "_binding",
        "_blocks",
        "_collected",
        "_finished",
        "_head",
        "_least_notice",
        "_least_seal",
        "_notice",
        "_pieces",
        "_rtl",
        "_seal",
        "length",
        "nfc",
        "noticed",
        "problem",
        "sealed",
    )

    def __init__(
        self,
        *,
        notice: str | None,
        place: Place = Place.END,
        seal: Seal | None = None,
        rtl: bool | None = None,
        length: Length | None = None,
        least_notice: int = 0,
        least_seal: int = 0,
    ) -> None:
        self.nfc = True
        self.noticed = notice is not None and place is Place.START
        self.sealed = False
        self.problem: LabelkitError | None = None
        at_end = notice is not None and place is Place.END
        self._notice = notice if at_end else None
        self._head = "" if notice is None or at_end else notices.before(notice, rtl)
        self._seal = seal
        self._rtl = rtl
        self.length = length
        self._least_notice = least_notice
        self._least_seal = least_seal
        self._blocks = Blocks() if at_end or seal else None
        self._binding = Binding() if seal else None
        self._pieces: list[str] | None = [] if at_end or seal else None
        self._collected = 0
        self._finished = False

    def start(self, blanks: str = "") -> str:
        """What to send before the first piece, for a caller that splices; ``feed`` will not send it again.

        ``blanks`` is white space that was sent before. A notice would take the indentation that the text's first line
        needs (of code, of a fence), so it begins a line of its own then, and the text gets it again.
        """
        head, self._head = self._head, ""
        if not head:
            return ""
        indentation = _LINE_END.split(blanks)[-1]
        head = f"\n{head}{indentation}" if indentation else head
        if self._binding is not None:
            self._binding.feed(blanks + head)
        if self._blocks is not None:
            self._blocks.feed(indentation)
        return head

    def feed(self, piece: str) -> str:
        """Take the next piece. What to send for it, now: the piece itself, after the notice if that comes first.

        Raises:
            LabelkitError: the stream is finished.
        """
        if self._finished:
            raise LabelkitError("The stream is finished, nothing can be fed to it", remedy="Make a new one.")
        head = self.start() if self._head else ""
        if self._pieces is not None:
            self._pieces.append(piece)
            self._collected += len(piece)
            if self._collected >= _BATCH:
                self._take()
        return head + piece if head else piece

    def finish(self) -> str:
        """End the text. What to send last: what closes an open block, the notice, the wrapper.

        A seal that fails is told in ``problem``; the notice is made all the same.

        Raises:
            LabelkitError: the stream is finished already.
        """
        if self._finished:
            raise LabelkitError("The stream is finished already", remedy="Make a new one.")
        self._finished = True
        head = self.start()
        self._take()
        tail = ""
        if self._notice is not None and self._blocks is not None and self._is_long(self._least_notice):
            tail = notices.after(self._blocks, self._notice, self._rtl)
            self.noticed = True
        if self._seal is not None and self._is_long(self._least_seal):
            tail += self._sealing(self._seal, tail)
        return head + tail

    def _is_long(self, least: int) -> bool:
        return self.length is None or self.length.count >= least

    def _take(self) -> None:
        """Look at what was collected."""
        if not self._pieces:
            return
        text = "".join(self._pieces)
        self._pieces.clear()
        self._collected = 0
        if self._blocks is not None:
            self._blocks.feed(text)
            if self._rtl is None and self._notice is not None:
                self._rtl = notices.right_to_left(text)
        if self._binding is not None:
            self._binding.feed(text)
        if self.length is not None:
            self.length.feed(text)

    def _sealing(self, seal: Seal, tail: str) -> str:
        """The wrapper, and before it what closes a block that would swallow it; nothing when there is a problem."""
        binding, blocks = self._binding, self._blocks
        assert binding is not None
        assert blocks is not None
        gap = seam.behind(tail.rpartition("\n")[2]) if tail else seam.between(blocks)
        binding.feed(tail + gap)
        carrier = binding.carrier()
        self.nfc, self.problem = binding.nfc, binding.problem
        if carrier is None:
            return ""
        try:
            manifest = seal(carrier)
        except LabelkitError as error:
            self.problem = error
            return ""
        self.sealed = True
        return gap + wrapper.encode(manifest)
