"""A prompt becomes a landscape: a diffusion model makes the heights; tint and light make the picture."""

import hashlib
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from terrain_diffusion import TerrainGenerator

Field = NDArray[np.float32]

# The model was trained on terrain, not on words. So that a prompt means something all the same, these stems set how
# steep (the model's own "difficulty", 1 to 100) and how wet (the share of water) it is; the whole prompt is the seed.
STEEP = {"flat": 10, "plain": 10, "hill": 45, "mountain": 90, "alp": 100, "равнин": 10, "холм": 45, "гор": 90}
WET = {"desert": 0.0, "lake": 0.3, "sea": 0.5, "island": 0.6, "пустын": 0.0, "озер": 0.3, "мор": 0.5, "остров": 0.6}

OCTAVES = 4  # fields of the model laid over one another, each with half the wavelength of the one before
EDGE = 8  # pixels at the rim of a field, where the model leaves artefacts
LIGHT = np.array([-0.55, -0.55, 0.63])  # from the north-west, as on maps; a unit vector
SEA = {0.0: (10, 42, 84), 0.6: (24, 84, 130), 1.0: (92, 170, 182)}
SAND = {0.0: (226, 208, 164), 0.3: (204, 168, 116), 0.7: (158, 112, 78), 1.0: (120, 84, 66)}
LAND = {0.0: (222, 206, 160), 0.05: (150, 170, 98), 0.28: (74, 120, 62), 0.5: (62, 96, 58), 0.66: (126, 112, 92)}
LAND |= {0.82: (160, 152, 146), 0.9: (244, 247, 250), 1.0: (255, 255, 255)}


def draw(model: TerrainGenerator, prompt: str, number: int, size: tuple[int, int]) -> Image.Image:
    """Draw picture ``number`` of a prompt, ``size`` = (width, height). The same words give the same landscape."""
    digest = hashlib.sha256(f"{number}:{prompt}".encode(errors="replace")).digest()
    words = re.findall(r"\w+", prompt.lower())
    steep = round(_said(words, STEEP, 60 + digest[4] % 41))
    wet = _said(words, WET, 0.15 + digest[5] / 255 * 0.3)
    fields = model.generate(OCTAVES, shape=128, difficulty=steep, seed=int.from_bytes(digest[:4], "big"))
    return _colour(_relief(fields[:, EDGE:-EDGE, EDGE:-EDGE], size), wet, steep / 100)


def _said(words: list[str], table: dict[str, int] | dict[str, float], otherwise: float) -> float:
    return next((value for word in words for stem, value in table.items() if word.startswith(stem)), otherwise)


def _relief(fields: Field, size: tuple[int, int]) -> Field:
    width, height = size
    side = max(size)
    heights = np.zeros((side, side), np.float32)
    for octave, field in enumerate(fields):
        even = (field - field.mean()) / (field.std() or 1)
        for _ in range(octave):  # mirrored, so that the copies meet without a seam
            even = np.block([[even, even[:, ::-1]], [even[::-1], even[::-1, ::-1]]])
        rough = np.clip(0.6 + heights * 0.4, 0.15, 1.6) if octave else 1.0  # valleys are smoother than ridges
        detail = Image.fromarray(even).resize((side, side), Image.Resampling.BICUBIC)
        heights = heights + np.asarray(detail) * rough * 0.42**octave
    top, left = (side - height) // 2, (side - width) // 2
    return heights[top : top + height, left : left + width]


def _colour(heights: Field, wet: float, steep: float) -> Image.Image:
    sea, peak = np.quantile(heights, wet), np.quantile(heights, 0.998)
    relief = np.clip((heights - sea) / np.maximum(peak - sea, 1e-6), 0, 1) ** 1.25
    depth = np.clip((sea - heights) / np.maximum(sea - heights.min(), 1e-6), 0, 1)
    south, east = np.gradient(relief * max(heights.shape) * (0.05 + 0.1 * steep))
    normal = np.stack([-east, -south, np.ones_like(relief)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    cliff = 0.8 * (np.clip((1 - normal[..., 2]) * 2.2 - 0.25, 0, 1) * (relief > 0.05))[..., None]
    tint = _ramp(relief * (0.3 + 0.7 * steep), LAND if wet else SAND)  # snow lies on mountains alone
    lit = (0.38 + 0.62 * np.clip(normal @ LIGHT / 0.63, 0, 1.5))[..., None]
    ground = (tint * (1 - cliff) + np.array([112, 102, 94]) * cliff) * lit
    shore = np.clip((heights - sea) * 60 + 0.5, 0, 1)[..., None]
    return Image.fromarray(np.clip(ground * shore + _ramp(1 - depth, SEA) * (1 - shore), 0, 255).astype(np.uint8))


def _ramp(values: Field, stops: dict[float, tuple[int, int, int]]) -> NDArray[np.float64]:
    return np.stack([np.interp(values, list(stops), channel) for channel in zip(*stops.values(), strict=True)], axis=-1)
