"""Who is connected, how many may be, and who has been slow for too long."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Protocol

from canh.gateway.limits import Limits
from canh.kit.net import is_loopback

PARTING_S = 1.0  # how long the last answers may take to leave


class Connection(Protocol):
    """What is asked of a door's connection."""

    host: str

    def advance(self) -> None:
        """Go on reading, if it may."""

    def is_overdue(self, now_s: float) -> bool:
        """Whether it has kept us waiting for too long."""

    def end(self) -> None:
        """Stop at once."""

    def hang_up(self) -> None:
        """Stop when all that was written is sent."""


class Connections:
    """All open connections of all doors."""

    def __init__(self, limits: Limits, counts: Counter[str]) -> None:
        self._limits, self._counts = limits, counts
        self._open: set[Connection] = set()
        self._per_host: Counter[str] = Counter()
        self.is_closing = False

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, connection: Connection) -> bool:
        """Whether there is room for one more from there."""
        host, limits = connection.host, self._limits
        is_crowded = self._per_host[host] >= limits.per_peer and not is_loopback(host)
        if self.is_closing or is_crowded or len(self._open) >= limits.connections:
            self._counts["connections_refused"] += 1
            return False
        self._open.add(connection)
        self._per_host[host] += 1
        self._counts["connections_total"] += 1
        return True

    def dismiss(self, connection: Connection) -> None:
        """It has ended. Harmless for one that was not admitted."""
        if connection not in self._open:
            return
        self._open.discard(connection)
        self._per_host[connection.host] -= 1
        if not self._per_host[connection.host]:
            del self._per_host[connection.host]

    async def sweep(self) -> None:
        """For ever: end those that hold a place and send nothing whole."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._limits.sweep_s)
            now_s = loop.time()
            for connection in [c for c in self._open if c.is_overdue(now_s)]:
                self._counts["closed_slow"] += 1
                connection.end()

    async def hang_up(self) -> None:
        """End all, after their last answers."""
        loop = asyncio.get_running_loop()
        for connection in list(self._open):
            connection.hang_up()
        deadline = loop.time() + PARTING_S
        while self._open and loop.time() < deadline:
            await asyncio.sleep(0.01)
