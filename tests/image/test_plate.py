"""The plate: legible text of the size that the rules ask for, in the letters that users here write."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from labelkit.errors import MarkError, UnsupportedContentError
from labelkit.image.faces import FACES
from labelkit.image.plate import LOWEST, _pieces, make_plate
from labelkit.policy.wordings import languages, wordings

WIDE = (5000, 5000)
LICENCES = ["OFL.txt", "OFL-CJK.txt"]
PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def _ink_rows(image: Image.Image) -> int:
    box = image.point([0] * 96 + [255] * 160).getbbox()
    assert box is not None
    return box[3] - box[1]


@pytest.mark.parametrize("wanted", [12, 13, 20, 51, 205])
@pytest.mark.parametrize("text", ["AI", "ИИ", "H", "ии", "xz", "生", "생"])
def test_the_letters_are_as_high_as_asked_for(text: str, wanted: int) -> None:
    """Measured on the pixels: capitals where there are any, else an ideograph or syllable, small letters where there is
    nothing else (GB 45438-2025)."""
    plate = make_plate(text, WIDE, wanted, LOWEST)
    assert wanted <= _ink_rows(plate.ink) <= wanted + 2 + wanted // 12


def test_a_capital_beside_an_ideograph_is_as_high_as_asked_for() -> None:
    """The AI of «AI生成» is text too, and no lower than the standard asks: the ideographs are higher."""
    alone, beside = make_plate("AI", WIDE, 51, LOWEST), make_plate("AI生成", WIDE, 51, LOWEST)
    first = beside.ink.crop((0, 0, beside.ink.width * 2 // 5, beside.ink.height))
    assert _ink_rows(first) >= 51
    assert _ink_rows(alone.ink) - 3 <= _ink_rows(first) < _ink_rows(beside.ink)


@pytest.mark.parametrize(("text", "slack"), [("HHH", 1), ("生生", 4), ("생생", 4)])
def test_the_text_is_in_the_middle_of_its_ground(text: str, slack: int) -> None:
    """The same room left and right, and above and below the characters, to a pixel; ideographs and syllables have
    room of their own in their squares."""
    plate = make_plate(text, WIDE, 60, LOWEST)
    left, top, right, bottom = plate.ink.getbbox() or (0, 0, 0, 0)
    assert abs(left - (plate.ink.width - right)) <= slack
    assert abs(top - (plate.ink.height - bottom)) <= 1
    assert left > 40
    assert top > 30


@pytest.mark.parametrize("text", ["Щуйр Äjgq", "Ў", "Й|", "Ễ Ặ", "图成围", "ÅÇ成|"])
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
    with pytest.raises(MarkError, match=r"glyph for ก \(U\+0E01\) า \(U\+0E32\)") as caught:
        make_plate("AI กา", WIDE, 20, 12)
    assert "Chinese" in caught.value.remedy
    with pytest.raises(MarkError, match=r"glyph for Қ \(U\+049A\) \(NotoSansCJK"):  # each in a font, both in none
        make_plate("Қ 生成", WIDE, 20, 12)


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
        "AI生成",
        "人工智能生成合成",
        "人工智能生成合成内容，由此图片经修改。《深度合成》",
        "★ Компания AI生成",
        "AI로 생성된 이미지, 인공지능으로 만들었습니다",
        "й",  # in two code points, as some systems write it
    ],
)
def test_the_font_has_the_letters_of_the_languages(text: str) -> None:
    """Russian, Belarusian, Kazakh, Uzbek in both scripts, Turkish, German, Vietnamese, French,
    Chinese and Korean."""
    assert make_plate(text, WIDE, 20, 12).text_height == 20


@pytest.mark.parametrize("language", languages())
def test_every_wording_can_be_drawn(language: str) -> None:
    """No badge that ships asks for a character that no font has."""
    for altered in (True, False, None):
        assert make_plate(wordings(language).image.choose(altered), WIDE, 20, 12).text_height == 20


@pytest.mark.parametrize(("coding", "rows"), [("gb2312", range(16, 56)), ("euc_kr", range(16, 41))])
def test_an_operators_own_words_have_their_letters(coding: str, rows: range) -> None:
    """GB 2312 level 1 and the Hangul of KS X 1001: what is written every day in Chinese and Korean."""
    found = b"".join(bytes((0xA0 + row, 0xA0 + cell)) for row in rows for cell in range(1, 95)).decode(coding, "ignore")
    assert len(found) == {"gb2312": 3755, "euc_kr": 2350}[coding]
    assert not FACES[1].lacks(found)


def test_chinese_is_written_as_in_mainland_china() -> None:
    """The font's glyphs are the mainland's: its edition for Taiwan draws 骨 and others in another form."""
    bone = make_plate("骨", WIDE, 60, LOWEST).ink.resize((5, 5), Image.Resampling.BOX)
    # The small square in the upper half of 骨 stands left in the mainland, right elsewhere.
    assert _ink(bone, (1, 1, 2, 2)) > _ink(bone, (3, 1, 4, 2))


def _ink(image: Image.Image, box: tuple[int, int, int, int]) -> int:
    return sum(image.crop(box).tobytes())


def test_chinese_has_no_spaces_and_still_takes_lines() -> None:
    """A line breaks between ideographs; a Latin word stays whole, and no line begins with a comma or ends with an
    opening mark."""
    assert _pieces("AI生成，《内容》 由AI") == ["AI", "生", "成，", "《内", "容》", " 由", "AI"]
    assert _pieces("AI로 생성된 이미지") == ["AI로", " 생성된", " 이미지"]
    folded = make_plate("人工智能生成合成内容", (200, 500), 20, 20)
    assert folded.text_height == 20
    assert folded.ground.width <= 200
    assert folded.ground.height > 3 * folded.text_height
    with pytest.raises(UnsupportedContentError, match=r"needs 6\d x"):  # one ideograph a line
        make_plate("人工智能生成合成内容", (40, 500), 20, 20)


@given(st.text(st.sampled_from("AИ成生，。《》（ ）-·한국 \u3000\n"), min_size=1))
def test_breaking_a_text_loses_nothing(text: str) -> None:
    """The pieces, put together, are the words with one space between them; none begins with a closing mark but where
    the text does."""
    pieces = _pieces(text)
    assert "".join(pieces) == " ".join(text.split())
    assert not any(piece[0] in "，。》）" for piece in pieces[1:])


@pytest.mark.parametrize("licence", ["OFL.txt", "OFL-CJK.txt"])
def test_the_fonts_licences_are_beside_them(licence: str) -> None:
    """The Open Font License asks to be shipped with the font, with its owner."""
    fonts = files("labelkit.image") / "fonts"
    text = (fonts / licence).read_text("utf-8")
    assert text.startswith("Copyright")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    assert sorted(entry.name for entry in fonts.iterdir()) == sorted([*(face.file for face in FACES), *LICENCES])
    licences = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["license-files"]
    assert {f"labelkit/image/fonts/{each}" for each in LICENCES} < set(licences)
