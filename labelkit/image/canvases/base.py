"""A canvas: a decoded picture to draw on, and the way back into its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image

from labelkit.errors import DamagedContentError, LabelkitError
from labelkit.image.containers import Shape
from labelkit.image.exif import Box


@dataclass(slots=True)
class Canvas:
    """What is drawn on.

    ``image`` has the stored pixels. ``orientation`` is EXIF's. ``key`` is the one colour that means "transparent",
    if there is such a colour. ``palette`` (RGB triples) and ``alphas`` belong to a picture of the mode ``P``; the
    palette may grow, and entries that no pixel uses may change.
    """

    data: bytes
    image: Image.Image
    orientation: int = 1
    key: tuple[int, ...] | None = None
    palette: bytes = b""
    alphas: bytes = b""

    def encode(self, box: Box) -> bytes:
        """The file with the drawn pixels; all that is not a pixel is kept. Nothing outside ``box`` was drawn on."""
        raise NotImplementedError


@contextmanager
def translated(form: str) -> Iterator[None]:
    """The one boundary at which Pillow's errors become ours: it raises whatever its C code or its plugins meet."""
    try:
        yield
    except LabelkitError:
        raise
    except MemoryError:
        raise
    except Exception as error:
        raise DamagedContentError(
            f"The {form} cannot be decoded: {error}", where=form, remedy="Pass the whole, unbroken file."
        ) from error


def loaded(image: Image.Image, shape: Shape, form: str) -> Image.Image:
    """Decode, unless the decoder sees another size than the one that the limits were asked about."""
    if image.size != (shape.width, shape.height):
        raise DamagedContentError(
            f"The {form} declares two sizes: {shape.width} x {shape.height} and {image.width} x {image.height}",
            where=form,
            remedy="Pass an unbroken file.",
        )
    image.load()
    return image
