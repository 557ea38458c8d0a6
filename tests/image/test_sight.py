"""Finding a badge again on the pixels."""

from __future__ import annotations

import io
from itertools import product
from typing import get_args

import pytest
from PIL import Image

from labelkit.errors import UnsupportedContentError
from labelkit.image.badge import Badge, Theme, draw, find
from labelkit.media import Limits
from labelkit.placement import Corner

TEXTS = ["AI modified", "AI generated", "Создано с помощью ИИ"]
CASES = [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "L"), ("PNG", "P"), ("PNG", "1"), ("JPEG", "RGB"), ("WEBP", "RGB")]


def picture(kind: str, mode: str, ground: str = "noise") -> bytes:
    """A picture with every shade in it, or of one colour."""
    image = Image.effect_noise((480, 360), 90) if ground == "noise" else Image.new("RGB", (480, 360), ground)
    file = io.BytesIO()
    image.convert(mode).save(file, kind, **({"quality": 70} if kind != "PNG" else {}))
    return file.getvalue()


@pytest.mark.parametrize(("kind", "mode"), CASES)
@pytest.mark.parametrize("ground", ["noise", "white", "black", "orange"])
def test_a_badge_is_found_on_any_ground(kind: str, mode: str, ground: str) -> None:
    """What draw put there is found with its text and corner, and nothing is found before."""
    media_type = f"image/{kind.lower()}"
    for theme, corner in product(get_args(Theme), get_args(Corner)):
        plain = picture(kind, mode, ground)
        assert find(plain, media_type, TEXTS, Limits()) is None
        drawn = draw(plain, media_type, TEXTS[1], Badge(corner=corner, theme=theme), Limits())
        assert find(drawn, media_type, TEXTS, Limits()) == (TEXTS[1], corner)


def test_a_badge_is_found_after_it_was_coded_again() -> None:
    """Another program's JPEG of the same pixels still shows it."""
    drawn = draw(picture("PNG", "RGB"), "image/png", TEXTS[2], Badge(), Limits())
    file = io.BytesIO()
    Image.open(io.BytesIO(drawn)).save(file, "JPEG", quality=60)
    assert find(file.getvalue(), "image/jpeg", TEXTS, Limits()) == (TEXTS[2], "bottom-right")


def test_another_text_at_the_same_place_is_another_text() -> None:
    """A badge that says something else is not taken for ours."""
    drawn = draw(picture("PNG", "RGB"), "image/png", "AI penetrated", Badge(), Limits())
    assert find(drawn, "image/png", TEXTS, Limits()) is None


def test_a_picture_too_small_for_a_badge_has_none() -> None:
    """Nothing is looked for where nothing could have been drawn, and on kinds that get no badge."""
    file = io.BytesIO()
    Image.new("RGB", (40, 20)).save(file, "PNG")
    assert find(file.getvalue(), "image/png", TEXTS, Limits()) is None
    file = io.BytesIO()
    Image.new("RGB", (400, 200)).save(file, "GIF")
    assert find(file.getvalue(), "image/gif", TEXTS, Limits()) is None


def test_a_short_text_is_found_where_a_long_one_has_no_room() -> None:
    """A picture too small for one of the texts is still looked at for the others."""
    file = io.BytesIO()
    Image.effect_noise((90, 44), 90).convert("RGB").save(file, "PNG")
    long = "Made or changed with the help of artificial intelligence"
    with pytest.raises(UnsupportedContentError):
        draw(file.getvalue(), "image/png", long, Badge(), Limits())
    drawn = draw(file.getvalue(), "image/png", "AI", Badge(), Limits())
    assert find(drawn, "image/png", [long, "AI"], Limits()) == ("AI", "bottom-right")
