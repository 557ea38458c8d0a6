"""Work off the event loop, with threads of our own: neither starves the other (starlette#3410, starlette#1724)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from anyio.lowlevel import RunVar

Result = TypeVar("Result")

# Enough that signers who wait for a network do not queue, few enough that pictures in hand do not fill the memory.
_MOST_THREADS = 16
_limiter: RunVar[CapacityLimiter] = RunVar("labelkit.middleware.threads")


async def off_loop(work: Callable[[], Result]) -> Result:
    """Do work in a thread. A cancelled caller waits for it: it is bounded, and it may hold a key."""
    try:
        limiter = _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(_MOST_THREADS)
        _limiter.set(limiter)
    return await anyio.to_thread.run_sync(work, limiter=limiter)
