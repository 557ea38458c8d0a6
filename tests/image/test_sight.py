"""Finding a badge again on the pixels."""

from __future__ import annotations

import io
from itertools import product
from typing import get_args

import pytest
from PIL import ExifTags, Image

from labelkit.errors import UnsupportedContentError
from labelkit.image.badge import Badge, Theme, draw, find
from labelkit.marks import Medium
from labelkit.media import Limits
from labelkit.placement import Corner
from labelkit.policy.packs import phrases

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
        assert find(plain, media_type, TEXTS, Limits()) == []
        drawn = draw(plain, media_type, TEXTS[1], Badge(corner=corner, theme=theme), Limits())
        assert find(drawn, media_type, TEXTS, Limits()) == [(TEXTS[1], corner)]


@pytest.mark.parametrize("size", [(120, 120), (900, 300), (300, 900), (800, 700)])
def test_every_wording_that_ships_is_found(size: tuple[int, int]) -> None:
    """Each by its own words, in each corner and theme, as PNG and as JPEG, also where it takes several lines; unless
    there is no room for it."""
    wordings = phrases(Medium.IMAGE)
    drawn = 0
    for number, (text, theme) in enumerate(product(wordings, get_args(Theme))):
        kind, corner = ("PNG", "JPEG")[number % 2], get_args(Corner)[number // 3 % 4]
        file = io.BytesIO()
        Image.effect_noise(size, 40 * (number % 3)).convert("RGB").save(
            file, kind, **({"compress_level": 1} if kind == "PNG" else {})
        )
        media_type = f"image/{kind.lower()}"
        try:
            labelled = draw(file.getvalue(), media_type, text, Badge(corner=corner, theme=theme), Limits())
        except UnsupportedContentError:
            continue
        found = find(labelled, media_type, wordings, Limits())
        assert (text, corner) in found
        assert len(found) == 1 or min(size) < 300  # a badge as wide as the picture is in both corners
        drawn += 1
    assert drawn >= len(wordings) * (2 if min(size) >= 300 else 1)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_badge_is_found_however_the_pixels_are_stored(turn: int) -> None:
    """For each EXIF orientation, in the corner as displayed."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn
    file = io.BytesIO()
    Image.effect_noise((480, 360), 90).convert("RGB").save(file, "JPEG", exif=exif)
    for corner in get_args(Corner):
        drawn = draw(file.getvalue(), "image/jpeg", TEXTS[0], Badge(corner=corner), Limits())
        assert find(drawn, "image/jpeg", TEXTS, Limits()) == [(TEXTS[0], corner)]


def test_of_two_wordings_the_longer_is_found() -> None:
    """A short one can be the end of a long one, and still it is the long one that stands there."""
    plain = picture("PNG", "RGB", "white")
    drawn = draw(plain, "image/png", "Создано с помощью ИИ", Badge(), Limits())
    found = find(drawn, "image/png", ["ИИ", "помощью ИИ", "Создано с помощью ИИ"], Limits())
    assert found == [("Создано с помощью ИИ", "bottom-right")]


def test_a_wording_that_no_font_has_is_passed_over() -> None:
    """What could not have been drawn keeps nothing else from being found."""
    drawn = draw(picture("PNG", "RGB"), "image/png", TEXTS[0], Badge(), Limits())
    assert find(drawn, "image/png", ["ถูกสร้างโดยปัญญาประดิษฐ์ทั้งหมด", TEXTS[0]], Limits()) == [(TEXTS[0], "bottom-right")]


@pytest.mark.parametrize("colour", ["white", "black", "grey"])
def test_a_picture_of_any_size_can_be_looked_at(colour: str) -> None:
    """Down to a single pixel, where no badge has room."""
    for width, height in product((1, 2, 9, 20, 33), repeat=2):
        file = io.BytesIO()
        Image.new("RGB", (width, height), colour).save(file, "PNG")
        assert find(file.getvalue(), "image/png", TEXTS, Limits()) == []


def test_a_badge_is_found_after_it_was_coded_again() -> None:
    """Another program's JPEG of the same pixels still shows it."""
    drawn = draw(picture("PNG", "RGB"), "image/png", TEXTS[2], Badge(), Limits())
    file = io.BytesIO()
    Image.open(io.BytesIO(drawn)).save(file, "JPEG", quality=60)
    assert find(file.getvalue(), "image/jpeg", TEXTS, Limits()) == [(TEXTS[2], "bottom-right")]


def test_another_text_at_the_same_place_is_another_text() -> None:
    """A badge that says something else is not taken for ours."""
    drawn = draw(picture("PNG", "RGB"), "image/png", "AI penetrated", Badge(), Limits())
    assert find(drawn, "image/png", TEXTS, Limits()) == []


def test_a_picture_too_small_for_a_badge_has_none() -> None:
    """Nothing is looked for where nothing could have been drawn, and on kinds that get no badge."""
    file = io.BytesIO()
    Image.new("RGB", (40, 20)).save(file, "PNG")
    assert find(file.getvalue(), "image/png", TEXTS, Limits()) == []
    file = io.BytesIO()
    Image.new("RGB", (400, 200)).save(file, "GIF")
    assert find(file.getvalue(), "image/gif", TEXTS, Limits()) == []


def test_a_short_text_is_found_where_a_long_one_has_no_room() -> None:
    """A picture too small for one of the texts is still looked at for the others."""
    file = io.BytesIO()
    Image.effect_noise((90, 44), 90).convert("RGB").save(file, "PNG")
    long = "Made or changed with the help of artificial intelligence"
    with pytest.raises(UnsupportedContentError):
        draw(file.getvalue(), "image/png", long, Badge(), Limits())
    drawn = draw(file.getvalue(), "image/png", "AI", Badge(), Limits())
    assert find(drawn, "image/png", [long, "AI"], Limits()) == [("AI", "bottom-right")]
