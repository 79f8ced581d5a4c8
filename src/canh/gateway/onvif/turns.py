"""Heavy work of many cameras, one piece in each turn of the loop."""

from __future__ import annotations

import asyncio


class Turns:
    """`async with turns:` — whoever leaves lets the loop go round before the next may enter. So twenty cameras that
    answer in the same moment hold up an ACK of a panel no longer than one of them."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> None:
        await self._lock.acquire()

    async def __aexit__(self, *_error: object) -> None:
        try:
            await asyncio.sleep(0)
        finally:
            self._lock.release()
