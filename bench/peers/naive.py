"""The floor: every message is checked, committed on its own, then acknowledged. No batches, no chain.

It gets the same event loop, the same CRC in C and the same durability, and understands nothing of
what it keeps.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
import time
from pathlib import Path
from typing import cast

import uvloop
from fastcrc.crc16 import arc

FORM = re.compile(rb'\n([0-9A-F]{4})([0-9A-F]{4})("([^"]+)"([0-9]{4}R[0-9A-F]+L[0-9A-F]+#[0-9A-F]+)\[.*)', re.DOTALL)


class Naive(asyncio.Protocol):
    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.peer = str(transport.get_extra_info("peername"))

    def data_received(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\r")
        for line in lines:
            self.take(line)

    def take(self, line: bytes) -> None:
        found = FORM.fullmatch(line)
        if found is None or int(found[1], 16) != arc(found[3]):
            return
        row = (time.time_ns(), self.peer, line)
        self.database.execute("INSERT INTO message (at, peer, raw) VALUES (?, ?, ?)", row)
        self.database.commit()
        answer = b'"ACK"' + found[5] + b"[]"
        self.transport.write(b"\n%04X%04X%b\r" % (arc(answer), len(answer), answer))


async def serve(port: int, folder: Path) -> None:
    database = sqlite3.connect(folder / "naive.db")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, at INTEGER, peer TEXT, raw BLOB)")
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Naive(database), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
