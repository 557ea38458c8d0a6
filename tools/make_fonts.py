"""Make the two fonts that badges are written in: Noto Sans for Latin and Cyrillic, Noto Sans CJK for Chinese and Korean.

Run it with ``pip install fonttools fontpkg-noto-sans cvttf-notosanscjk-bold`` and then ``python tools/make_fonts.py``.
The result is committed, so that nobody needs any of them to install or to test labelkit.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

PACKAGE = Path(__file__).parent.parent / "labelkit"
TARGET = PACKAGE / "image" / "fonts"
WEIGHT = 600  # semi-bold: thin strokes vanish at 12 pixels
RANGES = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x024F),  # Latin-1, Extended-A and -B: Turkish, Azerbaijani, Uzbek and Kazakh in Latin letters
    (0x02BB, 0x02BC),  # the turned comma and the apostrophe of Uzbek
    (0x0400, 0x052F),  # Cyrillic and its supplement: Russian, Belarusian, Ukrainian, Kazakh, Kyrgyz, Uzbek, Tajik
    (0x1E00, 0x1EFF),  # Latin Extended Additional: Vietnamese
    (0x2010, 0x2027),  # dashes, quotation marks, bullet, ellipsis
    (0x2030, 0x203A),
    (0x20AC, 0x20BF),  # currency signs
    (0x2116, 0x2122),  # numero and trade mark signs
)
# Beside Chinese and Korean: a provider's name in Latin letters or Russian Cyrillic, and punctuation.
CJK_RANGES = (
    (0x0020, 0x007E),
    (0x00A0, 0x00FF),
    (0x0401, 0x0401),
    (0x0410, 0x0451),
    (0x2010, 0x2026),
    (0x2605, 0x2606),  # the stars that Chinese services put before their names
    (0x3001, 0x3011),
    (0xFF01, 0xFF5E),  # full-width forms
)
# Those of everyday writing, so that an operator's own words have their letters: GB 2312 level 1 (3,755 ideographs in
# rows 16 to 55) and the Hangul of KS X 1001 (2,350 syllables in rows 16 to 40). All of Unicode's would take 17 MB.
EVERYDAY = (("gb2312", range(16, 56)), ("euc_kr", range(16, 41)))


def main() -> None:
    """Write the subsets and their licences beside the package that uses them."""
    TARGET.mkdir(exist_ok=True)
    latin = files("fontpkg_noto_sans")
    variable = TTFont(str(latin / "files" / "NotoSans[wdth,wght].ttf"), recalcTimestamp=False)
    font = instantiateVariableFont(variable, {"wght": WEIGHT, "wdth": 100}, updateFontNames=True)
    write(font, spread(RANGES), "NotoSans-SemiBold.ttf")
    shutil.copyfile(str(latin / "LICENSE"), TARGET / "OFL.txt")

    source = files("cvttf_NotoSansCJK_Bold") / "NotoSansCJKtc-Bold.otf"
    font = TTFont(str(source), recalcTimestamp=False)
    simplify(font)
    write(font, spread(CJK_RANGES) | everyday() | worded(), "NotoSansCJK-Bold.otf")
    # That package carries no licence file; the font itself names owner and licence, which is the same for both.
    owner = font["name"].getDebugName(0)
    text = (TARGET / "OFL.txt").read_text("utf-8").partition("\n")[2]
    (TARGET / "OFL-CJK.txt").write_text(f"{owner}\n{text}", "utf-8")


def spread(ranges: Iterable[tuple[int, int]]) -> set[int]:
    """The characters of ranges."""
    return {code for first, last in ranges for code in range(first, last + 1)}


def everyday() -> set[int]:
    """The ideographs and syllables of everyday writing."""
    cells = ((coding, row, cell) for coding, rows in EVERYDAY for row in rows for cell in range(1, 95))
    found = (bytes((0xA0 + row, 0xA0 + cell)).decode(coding, "ignore") for coding, row, cell in cells)
    return {ord(character) for character in found if character}


def worded() -> set[int]:
    """The characters of everything that packs say; those that the font does not have are left out by the subsetter."""
    return {ord(character) for file in (PACKAGE / "policy").rglob("*.toml") for character in file.read_text("utf-8")}


def simplify(font: TTFont) -> None:
    """Draw ideographs as they are written in mainland China; this edition of the font draws Taiwan's forms unless
    a layout engine asks for others, and badges are laid out without one."""
    layout = font["GSUB"].table
    script = next(each.Script for each in layout.ScriptList.ScriptRecord if each.ScriptTag == "hani")
    language = next(each.LangSys for each in script.LangSysRecord if each.LangSysTag == "ZHS ")
    records = (layout.FeatureList.FeatureRecord[number] for number in language.FeatureIndex)
    local = next(record.Feature for record in records if record.FeatureTag == "locl")
    forms: dict[str, str] = {}
    for number in local.LookupListIndex:
        for table in layout.LookupList.Lookup[number].SubTable:
            forms |= getattr(table, "ExtSubTable", table).mapping
    for table in font["cmap"].tables:
        if hasattr(table, "cmap"):
            table.cmap = {code: forms.get(name, name) for code, name in table.cmap.items()}


def write(font: TTFont, characters: set[int], name: str) -> None:
    """Write what of a font is needed for these characters."""
    # Badges are laid out letter by letter, the same with and without HarfBuzz, so no layout tables are needed.
    options = subset.Options(hinting=False, layout_features=[], name_IDs=[0, 1, 2, 4, 5, 6, 13, 14])
    options.desubroutinize = True  # of a font in CFF: it is smaller so, once it is packed into a wheel
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "VORG", "vhea", "vmtx"]
    options.recalc_timestamp = False
    maker = subset.Subsetter(options)
    maker.populate(unicodes=characters)
    maker.subset(font)
    font.save(TARGET / name)


if __name__ == "__main__":
    main()
