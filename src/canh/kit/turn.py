"""Whose turn it is to write: a fair lock between processes for the one SQLite writer.

SQLite lets one writer in and the rest retry on a timer; a busy engine that commits and begins
again at once starves the others for seconds. Two file locks mend that: a *gate* and a *room*.
A writer takes the gate, waits for the room, then lets the gate go. Who has just left the room
must pass the gate again, and finds there whoever was already waiting. Both locks die with the
process that holds them.
"""

from __future__ import annotations

import fcntl
import os


class Turn:
    """One holder's end of the lock. Not for sharing between threads."""

    def __init__(self, path: str) -> None:
        self._gate = os.open(path + ".gate", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._room = os.open(path + ".room", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.is_held = False

    def take(self) -> None:
        """Wait until it is our turn."""
        if self.is_held:
            raise RuntimeError("this turn is held already")
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._room, fcntl.LOCK_EX)
            self.is_held = True
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)

    def give(self) -> None:
        """Let the next one in. Harmless when not held."""
        if self.is_held:
            self.is_held = False
            fcntl.flock(self._room, fcntl.LOCK_UN)

    def close(self) -> None:
        self.give()
        os.close(self._gate)
        os.close(self._room)
