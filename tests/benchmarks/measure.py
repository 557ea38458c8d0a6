"""Measuring: CPU time, subject and base in turn within one run; medians, and the median of the ratios pair by pair."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]
_ROUND = 0.004  # seconds of work in one round, so that the clock's grain does not show


@dataclass(frozen=True, slots=True)
class Pair:
    """CPU seconds per call of a subject and of what it is measured against, and how many times the base that is."""

    subject: float
    base: float
    ratio: float


def pair(subject: Work, base: Work, *, rounds: int = 120) -> Pair:
    """Time two pieces of work in turn, A B A B, so that a machine whose speed drifts does not show in the ratio."""
    counts = [_count(work) for work in (subject, base)]
    times: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for work, count, kept in zip((subject, base), counts, times, strict=True):
                kept.append(_timed(work, count) / count)
    finally:
        gc.enable()
    ratios = [one / other for one, other in zip(*times, strict=True)]
    return Pair(*(statistics.median(kept) for kept in (*times, ratios)))


def alone(work: Work, *, rounds: int = 40) -> float:
    """CPU seconds of one call, the median over the rounds."""
    count = _count(work)
    return statistics.median(_timed(work, count) / count for _ in range(rounds))


def _timed(work: Work, count: int) -> float:
    begin = time.process_time()  # of all threads: what a thread hop costs counts too
    for _ in range(count):
        work()
    return time.process_time() - begin


def _count(work: Work) -> int:
    work()
    count = 1
    while (taken := _timed(work, count)) < _ROUND / 2:
        count *= 2
    return max(1, round(count * _ROUND / taken))
