"""Make docs/before-after.jpg, the README's picture: the example's landscape without and with the option."""

import io
from pathlib import Path

from PIL import Image
from terrain_diffusion import TerrainGenerator

from examples.image_service.landscape import draw
from labelkit import Generator, Labeler

SIZE = (860, 560)
GAP = 20  # pixels between the two
TARGET = Path(__file__).parents[1] / "docs" / "before-after.jpg"


def main() -> None:
    """Draw, label, and lay the two side by side; the picture itself says in its metadata that it is AI-made."""
    generator = Generator(provider="labelkit", system="labelkit landscapes", version="terrain-diffusion 0.4.2")
    labeler = Labeler(generator, policy="ru")
    plain = io.BytesIO()
    draw(TerrainGenerator(device="cpu"), "Mountains over a lake", 0, SIZE).save(plain, "PNG")
    labelled = labeler.image(plain.getvalue(), marks={"visible"})
    both = Image.new("RGB", (2 * SIZE[0] + GAP, SIZE[1]), "white")
    both.paste(Image.open(plain), (0, 0))
    both.paste(Image.open(io.BytesIO(labelled)), (SIZE[0] + GAP, 0))
    file = io.BytesIO()
    both.save(file, "JPEG", quality=82, optimize=True, progressive=True)
    TARGET.write_bytes(labeler.image(file.getvalue(), marks={"metadata"}))


if __name__ == "__main__":
    main()
