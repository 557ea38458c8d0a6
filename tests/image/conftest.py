"""Pictures made at test time, of every format and mode that the tests ask for."""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from labelkit.label import Generator, Label

_NAMES = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}


def _picture(size: tuple[int, int] = (160, 120), mode: str = "RGB") -> Image.Image:
    """Gradients with noise, the same each time: smooth enough for a photograph, rough enough for a filter."""
    gradient = Image.linear_gradient("L")
    bands = [gradient, gradient.rotate(90), Image.radial_gradient("L")]
    image = Image.merge("RGB", bands).resize(size)
    noise = Image.frombytes("RGB", size, random.Random(size[0]).randbytes(3 * size[0] * size[1]))
    image = Image.blend(image, noise, 0.08)
    if mode == "I;16":
        return image.convert("L").convert("I").point(lambda value: value * 257 - 3).convert("I;16")
    if mode in ("RGBA", "LA"):
        image.putalpha(gradient.resize(size))
    return image.quantize(40) if mode == "P" else image.convert(mode)


def _encoded(image: Image.Image, media_type: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, _NAMES[media_type], **options)
    return out.getvalue()


def _decoded(data: bytes, mode: str | None = None) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image.convert(mode) if mode else image


@pytest.fixture(scope="session")
def picture() -> Callable[..., Image.Image]:
    """Make a picture of a size and a mode."""
    return _picture


@pytest.fixture(scope="session")
def encoded() -> Callable[..., bytes]:
    """Encode a picture as a media type, with Pillow's options."""
    return _encoded


@pytest.fixture(scope="session")
def decoded() -> Callable[..., Image.Image]:
    """Decode a file's bytes, into a mode if one is given."""
    return _decoded


@pytest.fixture(params=sorted(_NAMES))
def media_type(request: pytest.FixtureRequest) -> str:
    """Each format that labelkit knows."""
    name: str = request.param
    return name


@pytest.fixture
def sample(media_type: str) -> bytes:
    """A small picture in the format of ``media_type``."""
    return _encoded(_picture(), media_type)


@pytest.fixture(scope="session")
def label() -> Label:
    """A label of a generator whose names need escaping."""
    return Label(Generator(provider="Acme & <Сыновья>", system='acme-"img"', version="2.1"))


@pytest.fixture(scope="session")
def exiftool() -> str:
    """An independent reader of metadata."""
    found = shutil.which("exiftool")
    if found is None:
        pytest.skip(reason="exiftool is not on PATH: apt-get install libimage-exiftool-perl")
    return found
