"""pysiaalarm from PyPI as its users run it, with the listen backlog raised. It stores nothing."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

from pysiaalarm.aio import SIAAccount, SIAClient

from bench.peers import KEY, accounts


async def ignore(_event: Any) -> None:
    pass


async def serve(port: int, is_sealed: bool) -> None:
    key = KEY.hex().upper() if is_sealed else None
    known = [SIAAccount(account, key) for account in accounts()]
    client = SIAClient("127.0.0.1", port, known, ignore)
    await client.async_start(backlog=4096)
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(int(sys.argv[1]), "sealed" in sys.argv[3:]))
