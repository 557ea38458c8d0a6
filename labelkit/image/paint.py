"""Putting a plate on pixels of any mode: only what the plate covers changes, and the mode and palette stay."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageChops

from labelkit.errors import UnsupportedContentError
from labelkit.image.canvases import Canvas
from labelkit.image.exif import Box

CONTRAST = 4.5  # least ratio of text to its ground (WCAG 2.2, 1.4.3)
_LEVELS = 5  # from ground to ink, in a palette


@dataclass(frozen=True, slots=True)
class Paint:
    """A plate turned as the pixels are stored: masks of ground and ink (mode L), and their shades of grey (8 bits).
    ``opacity`` of the ground is 0 to 1; the ink is opaque."""

    ground: Image.Image
    ink: Image.Image
    ground_grey: int
    ink_grey: int
    opacity: float


def put(canvas: Canvas, paint: Paint, box: Box) -> None:
    """Draw on a canvas, inside ``box``, which has the size of the masks."""
    mode = canvas.image.mode
    if mode == "P":
        _put_indexed(canvas, paint, box)
    elif mode in ("RGBA", "LA"):
        _put_over(canvas.image, paint, box)
    elif mode == "1":
        solid = paint.ground.point(_solid)
        canvas.image.paste(_solid(paint.ground_grey), box, solid)
        canvas.image.paste(_solid(paint.ink_grey), box, ImageChops.darker(paint.ink.point(_solid), solid))
    else:
        _put_mixed(canvas, paint, box)


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast ratio of two sRGB colours, 1 to 21 (WCAG 2.2)."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _solid(value: int) -> int:
    return 255 if value >= 128 else 0


def _thinned(mask: Image.Image, opacity: float) -> Image.Image:
    return mask.point([round(value * opacity) for value in range(256)])


def _put_mixed(canvas: Canvas, paint: Paint, box: Box) -> None:
    """Pixels without alpha are mixed with the two greys."""
    image = canvas.image
    part = image.crop(box)
    if image.mode == "I;16":
        part = _mixed_deep(part, paint)
    else:
        _mix(part, paint)
    if canvas.key is not None:
        _make_visible(part, canvas.key, paint.ground)
    image.paste(part, box)


def _mix(part: Image.Image, paint: Paint) -> None:
    for grey, mask in ((paint.ground_grey, _thinned(paint.ground, paint.opacity)), (paint.ink_grey, paint.ink)):
        part.paste(grey if part.mode == "L" else (grey, grey, grey), (0, 0), mask)


def _mixed_deep(part: Image.Image, paint: Paint) -> Image.Image:
    """16 bits of grey are mixed in 8, for a plate has no fine shades; what it does not cover keeps all 16. The work
    is done in the mode I, for Pillow pastes through a mask into I;16 at the wrong places."""
    deep = part.convert("I")
    shallow = deep.point(lambda value: value * (1 / 257)).convert("L")
    _mix(shallow, paint)
    deep.paste(shallow.convert("I").point(lambda value: value * 257), (0, 0), paint.ground.point([0] + [255] * 255))
    return deep.convert("I;16")


def _make_visible(part: Image.Image, key: tuple[int, ...], ground: Image.Image) -> None:
    """Where the plate came out in the very colour that means "transparent", take the next one."""
    difference = ImageChops.difference(part, Image.new(part.mode, part.size, key if len(key) > 1 else key[0]))
    bands = difference.split()
    far = bands[0]
    for band in bands[1:]:
        far = ImageChops.lighter(far, band)
    same = ImageChops.darker(far.point([255] + [0] * 255), ground.point([0] + [255] * 255))
    beside = (key[0] - 1 if key[0] else 1, *key[1:])
    part.paste(beside if len(beside) > 1 else beside[0], (0, 0), same)


def _put_over(image: Image.Image, paint: Paint, box: Box) -> None:
    """Pixels with alpha get the plate composited over them, so that it shows on a transparent part too."""
    part = image.crop(box)
    under = part.convert("RGBA")
    for grey, mask in ((paint.ground_grey, _thinned(paint.ground, paint.opacity)), (paint.ink_grey, paint.ink)):
        layer = Image.new("RGBA", under.size, (grey, grey, grey, 0))
        layer.putalpha(mask)
        under = Image.alpha_composite(under, layer)
    part.paste(under.convert(image.mode), (0, 0), paint.ground.point([0] + [255] * 255))
    image.paste(part, box)


def _put_indexed(canvas: Canvas, paint: Paint, box: Box) -> None:
    """Pixels that are indices: the plate is opaque, and its few greys are looked for in the palette."""
    greys = [
        round(paint.ground_grey + (paint.ink_grey - paint.ground_grey) * level / (_LEVELS - 1))
        for level in range(_LEVELS)
    ]
    entries = _Entries(canvas)
    chosen = dict(zip((0, _LEVELS - 1), (entries.take(greys[0]), entries.take(greys[-1])), strict=True))
    if contrast(entries.colours[chosen[0]], entries.colours[chosen[_LEVELS - 1]]) < CONTRAST:
        raise UnsupportedContentError(
            "The palette has no two colours that are far enough apart to write in, and no free entry",
            remedy="Convert the picture to RGB, or leave the visible mark out.",
        )
    for level in range(1, _LEVELS - 1):
        chosen[level] = entries.take(greys[level])
    table = [chosen[round(value * (_LEVELS - 1) / 255)] for value in range(256)]
    indices = Image.frombytes("P", paint.ink.size, paint.ink.point(table).tobytes())
    canvas.image.paste(indices, box, paint.ground.point(_solid))
    canvas.palette = entries.packed()


class _Entries:
    """A palette to choose from: an entry that is near, else a new one, else one that no pixel uses, else the
    nearest. Only opaque entries count."""

    def __init__(self, canvas: Canvas) -> None:
        flat = canvas.palette
        self.colours = [(flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat) - 2, 3)]
        used = canvas.image.histogram()
        opaque = [number for number in range(len(self.colours)) if canvas.alphas[number : number + 1] in (b"", b"\xff")]
        self._opaque = opaque
        self._spare = [number for number in opaque if not used[number]]

    def take(self, grey: int) -> int:
        """The entry for a shade of grey."""
        near = min(self._opaque, key=lambda number: self._distance(number, grey), default=None)
        if near is not None and self._distance(near, grey) <= 16:
            return near
        if len(self.colours) < 256:
            self.colours.append((grey, grey, grey))
            self._opaque.append(len(self.colours) - 1)
            return len(self.colours) - 1
        if self._spare:
            self.colours[self._spare[-1]] = (grey, grey, grey)
            return self._spare.pop()
        if near is None:
            raise UnsupportedContentError("The palette has no opaque colour to write in")
        return near

    def packed(self) -> bytes:
        """The palette as a PLTE chunk has it."""
        return bytes(value for colour in self.colours for value in colour)

    def _distance(self, number: int, grey: int) -> int:
        return max(abs(value - grey) for value in self.colours[number])


def _luminance(colour: tuple[int, int, int]) -> float:
    red, green, blue = (value / 3294.6 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4 for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
