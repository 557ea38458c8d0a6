"""``make bench``: what labelling costs, as ratios within one run. It prints; it does not judge."""

from __future__ import annotations

import hashlib
import io
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image
from rich.console import Console
from rich.table import Table

from labelkit import Generator, Labeler, Signer
from labelkit.middleware import LabelingMiddleware
from tests.benchmarks import apps
from tests.benchmarks.measure import Pair, alone, pair

CHAT = "/v1/chat/completions"
_TIMES = 20  # small requests in one call
Row = tuple[str, str, str, str]


def middleware_off(labeler: Labeler) -> Iterator[Row]:
    """No option taken: on routes that are not ours, and on ours."""
    for name, path, times in (
        ("JSON, a route that is not ours", "/status", _TIMES),
        ("SSE of 1,000 events, not ours", "/stream", 1),
        ("1 MB image, not ours", "/picture", _TIMES),
    ):
        got = pair(*_wrapped(labeler, path))
        yield name, _us(got, times), f"x{got.ratio:.2f}", "x1.04"
    whole = pair(*_wrapped(labeler, CHAT, method="POST"))
    more = (whole.subject - whole.base) / _TIMES * 1e6
    yield "JSON, our route", _us(whole, _TIMES), f"x{whole.ratio:.2f}, +{more:.1f} us", "+1.2 us"
    sse = pair(*_wrapped(labeler, CHAT, method="POST", headers={"x-stream": "1"}))
    yield "SSE of 1,000 events, our route", _us(sse), f"x{sse.ratio:.2f}", "x1.08"


def middleware_on(labeler: Labeler) -> Iterator[Row]:
    """The option taken."""
    got = pair(*_wrapped(labeler, CHAT, method="POST", taken="on"))
    yield "JSON of 1.2 KB, visible", _us(got, _TIMES), f"x{got.ratio:.2f}", ""
    for taken, target in (("visible", "x1.8"), ("visible c2pa", "x2.6")):
        got = pair(*_wrapped(labeler, CHAT, method="POST", headers={"x-stream": "1"}, taken=taken))
        yield f"SSE of 1,000 events, {taken}", _us(got), f"x{got.ratio:.2f}", target


def first_byte(labeler: Labeler) -> Iterator[Row]:
    """How long the first event of a stream takes through the middleware, on the clock; bare beside it."""
    subject, base = _wrapped(labeler, CHAT, method="POST", headers={"x-stream": "1"}, taken="visible c2pa")
    waits: tuple[list[float], list[float]] = ([], [])
    for _ in range(100):
        for driver, kept in zip((subject, base), waits, strict=True):
            driver()
            kept.append(apps.Clock.came - apps.Clock.left)
    longest, median, bare = max(waits[0]), statistics.median(waits[0]), statistics.median(waits[1])
    yield "first byte, visible c2pa, median of 100", f"{median * 1e6:.0f} us against {bare * 1e6:.0f}", "", ""
    yield "first byte, visible c2pa, longest of 100", f"{longest * 1e6:.0f} us", "", "1 ms"


def _wrapped(
    labeler: Labeler, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, taken: str = ""
) -> tuple[apps.Driver, apps.Driver]:
    """The labelled app and the bare one; with the option taken it is proven that a label came."""
    given = dict(headers or {})
    times = 1 if "x-stream" in given or path == "/stream" else _TIMES
    base = apps.Driver(apps.bare(), path, method=method, headers=given, times=times)
    if taken:
        given["prefer"] = f'ai-label="{taken}"'
    subject = apps.Driver(
        LabelingMiddleware(apps.bare(), labeler=labeler), path, method=method, headers=given, times=times
    )
    more = subject.bytes_of_one() - base.bytes_of_one()
    assert (more > 0) is bool(taken), f"{path}: {more} bytes more than bare"
    return subject, base


def photo(size: int) -> Image.Image:
    """A picture with the smooth parts and the grain of a photograph."""
    rng = random.Random(7)
    small = Image.new("RGB", (24, 24))
    small.putdata([(rng.randrange(256), rng.randrange(256), rng.randrange(256)) for _ in range(576)])
    smooth = small.resize((size, size), Image.Resampling.BICUBIC)
    return Image.blend(smooth, Image.effect_noise((size, size), 48).convert("RGB"), 0.12)


def pictures(labeler: Labeler) -> Iterator[Row]:
    """Pictures of 1024 px against sha256 of the bytes and one ECDSA signature."""
    key = ec.generate_private_key(ec.SECP256R1())
    drawn = photo(1024)
    for kind, target, options in (("png", "x3", {}), ("jpeg", "x7", {"quality": 90}), ("webp", "x10", {"quality": 90})):
        file = io.BytesIO()
        drawn.save(file, kind, **options)
        data = file.getvalue()

        def bound(data: bytes = data) -> object:
            return key.sign(hashlib.sha256(data).digest(), ec.ECDSA(hashes.SHA256()))

        def subject(data: bytes = data) -> object:
            return labeler.image(data, marks={"metadata", "c2pa"})

        got = pair(subject, bound)
        yield f"{kind.upper()} of {len(data) // 1024:,} KB, metadata + c2pa", _us(got), f"x{got.ratio:.2f}", target
        whole = alone(lambda data=data: labeler.image(data), rounds=15)  # type: ignore[misc]
        plain = alone(lambda data=data, kind=kind: _by_pillow(data, kind), rounds=7)  # type: ignore[misc]
        figures = f"{whole * 1e3:.1f} ms against {plain * 1e3:.1f}"
        target = "60 ms" if kind == "png" else ""
        yield f"{kind.upper()}, badge + metadata + c2pa / Pillow", figures, f"x{whole / plain:.2f}", target


def _by_pillow(data: bytes, kind: str) -> None:
    """What a badge alone costs by Pillow: decode, draw a box, encode as Pillow does when nothing is said."""
    image = Image.open(io.BytesIO(data))
    image.paste((0, 0, 0), (600, 900, 1000, 1000))
    image.save(io.BytesIO(), kind)


def text(labeler: Labeler) -> Iterator[Row]:
    """Text: the notice, and the notice with a signed wrapper."""
    for kilobytes in (1, 10, 100):
        words = "word " * (kilobytes * 205)
        for marks, target in (({"visible"}, ""), ({"c2pa"}, "0.35 ms" if kilobytes == 1 else "")):
            taken = alone(lambda words=words, marks=marks: labeler.text(words, marks=marks))  # type: ignore[misc]
            name = f"text of {kilobytes} KB, {' + '.join(marks)}"
            yield name, f"{taken * 1e3:.3f} ms, {taken * 1e6 / kilobytes:.1f} us/KB", "", target


def signatures(labeler: Labeler) -> Iterator[Row]:
    """How many signatures one signed text takes."""
    assert labeler.signer is not None
    counted = 0
    plain = type(labeler.signer).sign

    def counting(self: Signer, data: bytes) -> bytes:
        nonlocal counted
        counted += 1
        return plain(self, data)

    type(labeler.signer).sign = counting  # type: ignore[method-assign]
    try:
        for at in range(200):
            labeler.text(f"Answer {at}. " + "word " * 200, marks={"c2pa"})
    finally:
        type(labeler.signer).sign = plain  # type: ignore[method-assign]
    yield "signatures per signed text, mean of 200", f"{counted / 200:.2f}", "", "1 or 2"


def _us(got: Pair, times: int = 1) -> str:
    return f"{got.subject / times * 1e6:,.1f} us against {got.base / times * 1e6:,.1f}"


def main() -> None:
    """Print every figure beside its target."""
    with tempfile.TemporaryDirectory() as folder:
        labeler = Labeler(
            Generator(provider="Acme", system="acme-chat", version="2.1"),
            signer=Signer.development(Path(folder)),
            policy="ru",
        )
        parts: tuple[Callable[[Labeler], Iterator[Row]], ...] = (
            middleware_off,
            middleware_on,
            first_byte,
            pictures,
            text,
            signatures,
        )
        console = Console(width=130)
        for part in parts:
            table = Table("what", "CPU time", "ratio", "target", title=part.__doc__)
            table.columns[0].min_width = 48
            for row in part(labeler):
                table.add_row(*row)
            console.print(table)


if __name__ == "__main__":
    main()
