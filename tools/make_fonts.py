"""Make the font that badges are written in: Noto Sans, semi-bold, Latin and Cyrillic only.

Run it with ``pip install fonttools fontpkg-noto-sans`` and then ``python tools/make_fonts.py``. The result is
committed, so that nobody needs either to install or to test labelkit.
"""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

TARGET = Path(__file__).parent.parent / "labelkit" / "image" / "fonts"
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


def main() -> None:
    """Write the subset and its licence beside the package that uses them."""
    source = files("fontpkg_noto_sans")
    font = TTFont(str(source / "files" / "NotoSans[wdth,wght].ttf"))
    still = instantiateVariableFont(font, {"wght": WEIGHT, "wdth": 100}, updateFontNames=True)
    # Badges are laid out letter by letter, the same with and without HarfBuzz, so no layout tables are needed.
    options = subset.Options(hinting=False, layout_features=[], name_IDs=[0, 1, 2, 4, 5, 6, 13, 14])
    options.drop_tables += ["GDEF", "GPOS", "GSUB", "STAT"]
    options.recalc_timestamp = False
    maker = subset.Subsetter(options)
    maker.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    maker.subset(still)
    TARGET.mkdir(exist_ok=True)
    still.save(TARGET / "NotoSans-SemiBold.ttf")
    shutil.copyfile(str(source / "LICENSE"), TARGET / "OFL.txt")


if __name__ == "__main__":
    main()
