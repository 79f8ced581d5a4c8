"""Wake-up between processes of one machine: a datagram that may be lost.

Nothing depends on a hint arriving: every listener also looks on its own tick. It only saves
the wait. Sent after commit, never before.
"""

from __future__ import annotations

import os
import select
import socket
from pathlib import Path

from canh.kit import paths


class Ear:
    """Listens for hints to `name` (for example "engine" or "web-1234")."""

    def __init__(self, name: str) -> None:
        self.path = paths.folder("run", "ears") / name
        self.path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(paths.socket_address(self.path))

    def wait(self, seconds: float) -> bool:
        """True when a hint came within `seconds`; swallows all that queued up."""
        ready, _, _ = select.select([self.socket], [], [], seconds)
        return bool(ready) and self.drain()

    def drain(self) -> bool:
        heard = False
        try:
            while self.socket.recv(16):
                heard = True
        except BlockingIOError:
            pass  # nothing more is queued
        return heard

    def close(self) -> None:
        self.socket.close()
        self.path.unlink(missing_ok=True)


def tell(prefix: str) -> None:
    """Nudge every listener whose name starts with `prefix`. Never raises, never blocks."""
    folder = paths.folder("run", "ears")
    names = [name for name in os.listdir(folder) if name.startswith(prefix)]
    if not names:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
        mouth.setblocking(False)
        for name in names:
            _nudge(mouth, folder / name)


def _nudge(mouth: socket.socket, ear: Path) -> None:
    try:
        mouth.sendto(b"!", paths.socket_address(ear))
    except BlockingIOError:
        pass  # its queue is full: it will wake anyway
    except OSError:
        ear.unlink(missing_ok=True)  # left behind by a process that died
