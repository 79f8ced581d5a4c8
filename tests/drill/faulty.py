"""pysiaalarm's receiver as its users run it: an independent one, known to depart from the standard."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.house import free_port, until

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "import asyncio, sys; from tests.drill.faulty import serve; asyncio.run(serve(*sys.argv[1:]))"


async def serve(port: str, keys: str) -> None:
    import logging

    from pysiaalarm.aio import SIAAccount, SIAClient

    async def ignore(_event: Any) -> None:
        pass

    logging.disable(logging.CRITICAL)
    accounts = [SIAAccount("1234"), *[SIAAccount(account, key) for account, key in json.loads(keys).items()]]
    await SIAClient("127.0.0.1", int(port), accounts, ignore).async_start()
    await asyncio.Event().wait()


@contextlib.contextmanager
def pysiaalarm(keys: dict[str, bytes]) -> Iterator[int]:
    """Its TCP port."""
    port = free_port()
    words = [str(port), json.dumps({account: key.decode() for account, key in keys.items()})]
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, *words], cwd=ROOT)
    try:
        until(lambda: _is_up(port), 30)
        yield port
    finally:
        process.kill()
        process.wait()


def _is_up(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
