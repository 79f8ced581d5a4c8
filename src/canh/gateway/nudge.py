"""Tells the engine that the journal has grown: the first time at once, then at most every 10 ms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

GAP_S = 0.010


class Nudge:
    """Call it after every commit, in the event loop. The last call is never swallowed."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._told_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        if self._timer is not None:
            return
        wait = self._told_at + GAP_S - self._loop.time()
        if wait <= 0:
            self._now()
        else:
            self._timer = self._loop.call_later(wait, self._now)

    def _now(self) -> None:
        self._timer = None
        self._told_at = self._loop.time()
        self._tell()
