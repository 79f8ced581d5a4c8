"""Which accounts the gateway knows, in memory, kept near the register.

The register says by one number whether anything changed. That number is read every second, and at
once when an unknown account calls, so that a panel just entered works with its first message.
Reading happens in one thread of its own: the event loop never waits for the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from canh.intake.queries_doors import Accepted
    from canh.sites.queries import PanelEntry

Recall = Callable[[int, bytes, int], "Accepted | None"]
"""Panel, end of the ciphertext, time stamp in µs -> the message accepted with it."""

TICK_S = 1.0
MIN_GAP_S = 0.1  # between two looks, however many unknown accounts call

log = logging.getLogger(__name__)


class Directory:
    """Account → panel. `load`, `revision` and `recall` run in the directory's thread."""

    def __init__(
        self, load: Callable[[], Mapping[str, PanelEntry]], revision: Callable[[], int], recall: Recall | None = None
    ) -> None:
        self._load, self._revision, self._recall = load, revision, recall
        self._entries: Mapping[str, PanelEntry] = {}
        self._known: int | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="directory")
        self._next: asyncio.Task[bool] | None = None
        self._looked_at = 0.0
        self._ticker: asyncio.Task[None] | None = None

    def get(self, account: str) -> PanelEntry | None:
        return self._entries.get(account)

    def of_door(self, door: str) -> list[PanelEntry]:
        """Everything registered at a door, for one that calls its devices."""
        return [entry for entry in self._entries.values() if entry.door == door]

    @property
    def revision(self) -> int | None:
        """Grows when what is known has changed."""
        return self._known

    async def start(self) -> None:
        """Wait for the first reading: without it every account would be unknown."""
        while not await self._look():
            await asyncio.sleep(TICK_S)
        self._ticker = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        if self._ticker:
            self._ticker.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def look_again(self, within_s: float) -> bool:
        """True once the register was read in a look that began after this call; False when it
        failed or took longer than `within_s`.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._look_in_turn())
        try:
            return await asyncio.wait_for(asyncio.shield(self._next), within_s)
        except TimeoutError:
            return False

    async def look_back(self, panel_id: int, tail: bytes, sent_at: int, within_s: float) -> Accepted | None:
        """The sealed message that was accepted from a panel with this end of its ciphertext; None also when
        the register cannot tell in time."""
        if self._recall is None:
            return None
        asked = asyncio.get_running_loop().run_in_executor(self._thread, self._recall, panel_id, tail, sent_at)
        try:
            return await asyncio.wait_for(asked, within_s)
        except Exception as error:  # slow, or database away: the message is kept as one with a wrong clock
            log.warning("cannot tell whether an old message was accepted before: %s", error or "too slow")
            return None

    async def _look_in_turn(self) -> bool:
        gap = self._looked_at + MIN_GAP_S - asyncio.get_running_loop().time()
        await asyncio.sleep(max(gap, 0))
        self._next = None  # who asks from here on cannot use this look
        return await self._look()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self._look()

    async def _look(self) -> bool:
        loop = asyncio.get_running_loop()
        self._looked_at = loop.time()
        try:
            await loop.run_in_executor(self._thread, self._read)
        except Exception as error:  # database away: the last reading holds
            log.warning("the register of panels cannot be read: %s", error)
            return False
        return True

    def _read(self) -> None:
        revision = self._revision()  # before the rows: a change between the two is read twice, not missed
        if revision != self._known:
            self._entries, self._known = self._load(), revision


def fixed(entries: Mapping[str, PanelEntry]) -> Directory:
    """A directory that does not ask a database: tests, benchmarks."""
    return Directory(lambda: entries, lambda: 0)


def from_register() -> Directory:
    """The register of this installation."""
    from django.db import close_old_connections

    from canh.intake.queries_doors import accepted_before
    from canh.sites import queries

    def revision() -> int:
        close_old_connections()  # a connection that a database restart broke is opened anew
        return queries.directory_revision()

    return Directory(queries.panel_directory, revision, accepted_before)
