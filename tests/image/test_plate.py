"""The plate: legible text of the size that the rules ask for, in the letters that users here write."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from PIL import Image

from labelkit.errors import MarkError, UnsupportedContentError
from labelkit.image.plate import LOWEST, make_plate

WIDE = (5000, 5000)


def _ink_rows(image: Image.Image) -> int:
    box = image.point([0] * 96 + [255] * 160).getbbox()
    assert box is not None
    return box[3] - box[1]


@pytest.mark.parametrize("wanted", [12, 13, 20, 51, 205])
@pytest.mark.parametrize("text", ["AI", "ИИ", "H", "ии", "xz"])
def test_the_letters_are_as_high_as_asked_for(text: str, wanted: int) -> None:
    """Measured on the pixels: capitals where there are any, small letters where there are none (GB 45438-2025)."""
    plate = make_plate(text, WIDE, wanted, LOWEST)
    assert wanted <= _ink_rows(plate.ink) <= wanted + 2 + wanted // 12


def test_the_text_is_in_the_middle_of_its_ground() -> None:
    """The same room left and right, and above and below the capitals, to a pixel."""
    plate = make_plate("HHH", WIDE, 60, LOWEST)
    left, top, right, bottom = plate.ink.getbbox() or (0, 0, 0, 0)
    assert abs(left - (plate.ink.width - right)) <= 1
    assert abs(top - (plate.ink.height - bottom)) <= 1
    assert left > 40
    assert top > 30


@pytest.mark.parametrize("text", ["Щуйр Äjgq", "Ў", "Й|"])
def test_accents_and_descenders_stay_on_the_ground(text: str) -> None:
    """Nothing of a letter is cut off or leaves the plate."""
    plate = make_plate(text, WIDE, 40, LOWEST)
    box = plate.ink.getbbox()
    assert box is not None
    assert box[1] >= 2
    assert box[3] <= plate.ink.height - 2


def test_a_long_text_is_written_smaller_then_in_lines() -> None:
    """It shrinks to the least height and no further; then it takes more lines; each stays inside the room."""
    text = "Создано с использованием искусственного интеллекта"
    free = make_plate(text, WIDE, 40, 20)
    shrunk = make_plate(text, (900, 500), 40, 20)
    folded = make_plate(text, (420, 500), 40, 20)
    assert free.text_height == 40
    assert 20 <= shrunk.text_height < 40
    assert shrunk.ground.width <= 900
    assert shrunk.ground.height < 3 * shrunk.text_height
    assert folded.text_height == 20
    assert folded.ground.width <= 420
    assert folded.ground.height > 3 * folded.text_height


@pytest.mark.parametrize("room", [(90, 500), (500, 25)])
def test_too_little_room_names_what_is_needed(room: tuple[int, int]) -> None:
    """Where 12 pixels do not fit, there is no badge, and the error says how much room one takes."""
    with pytest.raises(UnsupportedContentError, match="12 pixels, the least") as caught:
        make_plate("Сгенерировано", room, 12, 12)
    width, height = (int(number) for number in caught.value.where.split("needs ")[1].split(" x "))
    make_plate("Сгенерировано", (width, height), 12, 12)
    with pytest.raises(UnsupportedContentError):
        make_plate("Сгенерировано", (width - 1, height) if room[0] == 90 else (width, height - 1), 12, 12)


def test_letters_that_the_font_does_not_have_are_named() -> None:
    """A box in place of a letter would be no label: each missing character is told with its code."""
    with pytest.raises(MarkError, match=r"成 \(U\+6210\) 生 \(U\+751F\)"):
        make_plate("AI生成", WIDE, 20, 12)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_badge_without_a_text_is_refused(text: str) -> None:
    """An empty ground says nothing."""
    with pytest.raises(MarkError, match="needs a text"):
        make_plate(text, WIDE, 20, 12)


@pytest.mark.parametrize(
    "text",
    [
        "Сгенерировано ИИ: съёмка, подъезд",
        "Створана з дапамогай ШІ, ў ЎІ",
        "ЖИ жасаған мазмұн: ӘҒҚҢӨҰҮҺІ әғқңөұүһі",
        "Sunʼiy intellekt oʻ gʻ / Сунъий интеллект ўқғҳ ЎҚҒҲ",
        "Yapay zekâ ile üretildi: ığşçöü İĞŞ",
        "KI-generiert: äöüß ÄÖÜẞ",
        "Được tạo bằng trí tuệ nhân tạo",
        "Généré par l’IA — «œ» № 1 …",
        "й",  # in two code points, as some systems write it
    ],
)
def test_the_font_has_the_letters_of_the_languages(text: str) -> None:
    """Russian, Belarusian, Kazakh, Uzbek in both scripts, Turkish, German, Vietnamese, French."""
    assert make_plate(text, WIDE, 20, 12).text_height == 20


def test_the_fonts_licence_is_beside_it() -> None:
    """The Open Font License asks to be shipped with the font."""
    fonts = files("labelkit.image") / "fonts"
    assert "SIL OPEN FONT LICENSE Version 1.1" in (fonts / "OFL.txt").read_text()
    assert (fonts / "NotoSans-SemiBold.ttf").read_bytes()[:4] == b"\0\1\0\0"
    assert json.dumps(sorted(entry.name for entry in fonts.iterdir())) == '["NotoSans-SemiBold.ttf", "OFL.txt"]'
