"""What all doors share: journal, directory, counts, limits, connections.

A door hands in what it received with a receipt, and answers when the receipt is told that the entry
is on the disk: never before.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from canh.gateway.batch import Batch, Receipt
from canh.gateway.connections import Connection, Connections
from canh.gateway.counters import UP_SINCE, Latencies, counts_before
from canh.gateway.directory import Directory
from canh.gateway.limits import Limits, Quota
from canh.gateway.nudge import Nudge
from canh.intake.journal import Discovery, Entry, Heard, JournalReader
from canh.intake.journal_writer import Done, Finished, JournalWriter
from canh.kit import beat, clock, hint
from canh.kit.saying import Saying, english

FLUSH_S = 2.0
GAP_S = 5 * FLUSH_S
log = logging.getLogger(__name__)


class DoorState(NamedTuple):
    """Whether a door hears its devices."""

    up_since: int
    """Microseconds since 1970; 0: it is shut."""
    problems: tuple[Saying, ...] = ()

    @property
    def problem(self) -> str:
        """Why it is shut, in plain English."""
        return english(self.problems)

    def as_json(self) -> dict[str, Any]:
        return {"up_since": self.up_since, "problems": [saying.as_json() for saying in self.problems]}


class Desk:
    """Made inside the event loop; used in its thread only."""

    def __init__(self, journal_path: Path, directory: Directory, limits: Limits) -> None:
        self.loop = asyncio.get_running_loop()
        self.directory, self.limits = directory, limits
        self.journal = JournalWriter(journal_path, self._deliver, on_failure=self._give_up)
        kept = _counters(journal_path)
        self.counts = counts_before(kept)
        # A door of an earlier run that is not opened now hears nobody; it must not seem to.
        self.counts.update({name: 0 for name in kept if name.startswith(UP_SINCE)})
        self.counts["started_at"] = clock.now_us()
        self.latencies = Latencies()
        self.connections = Connections(limits, self.counts)
        self.waiting: set[Connection] = set()
        """Connections that stopped reading because all together have too much unanswered."""
        self.unanswered = 0
        self.bad_lines = Quota(limits.bad_per_minute, 60)
        self.unproven = Quota(limits.unproven_per_minute, 60)
        self.odd_polls = Quota(1, 600)
        self._commits_before = self.counts["journal_commits"]
        self._batch = Batch()
        self._is_writing = False
        self._heard: dict[tuple[str, str, str], Heard] = {}
        self.doors: dict[str, DoorState] = {}
        self._nudge = Nudge(lambda: hint.tell("engine"))
        self._tasks: set[asyncio.Task[None]] = set()
        self.address: tuple[str, int] | None = None
        """Where panels reach us; told with the heartbeat."""
        self._chores: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self.journal.start()
        await self.directory.start()
        self._chores = [asyncio.create_task(self._beat()), asyncio.create_task(self.connections.sweep())]

    async def stop(self) -> None:
        """Write all that was handed in, tell the receipts, then let go."""
        self.connections.is_closing = True
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._hand_over()
        self._flush()
        await asyncio.to_thread(self.journal.stop)
        await asyncio.sleep(0)  # the last receipts are told
        await self.directory.stop()
        await self.connections.hang_up()

    def keep(self, entry: Entry, receipt: Receipt | None = None) -> None:
        """Have it written; tell the receipt."""
        batch = self._batch
        if not batch.entries and not self._is_writing:
            self.loop.call_soon(self._hand_over)
        batch.entries.append(entry)
        if receipt is not None:
            batch.receipts.append(receipt)

    def hear(
        self, door: str, account: str, path: str, peer: str, at: int, skew_ms: int | None = None, dialect: str = ""
    ) -> None:
        """A sign of life; see intake.journal.Heard."""
        self._heard[door, account, path] = Heard(door, account, path, peer, at, skew_ms, dialect)

    def find(self, door: str, account: str, kind: str, name: str, facts: Mapping[str, str]) -> None:
        """Something that a person may adopt; `kind`: sites.terms.PanelKind, `facts`: what helps to recognise it."""
        text = json.dumps(facts, ensure_ascii=False)
        self.journal.note_found(Discovery(door, account, kind, name, text, clock.now_us()))

    def door_is_up(self, door: str) -> None:
        """The door hears its devices from now on (its port is open, its broker answers). Harmless again."""
        if not (state := self.doors.get(door)) or not state.up_since:
            self.doors[door] = DoorState(clock.now_us())

    def door_is_down(self, door: str, *problems: Saying) -> None:
        """The door hears nobody, and why, for a person. Silence of its devices does not count."""
        if self.doors.get(door) != (state := DoorState(0, problems)):
            log.warning("door %s is shut: %s", door, state.problem)
            self.doors[door] = state

    def is_held(self, connection: Connection) -> bool:
        """Whether nobody may read on just now; then the connection is told when it may."""
        if self.connections.is_closing:
            return True
        if self.unanswered >= self.limits.unanswered_total:
            self.waiting.add(connection)
            return True
        return False

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside the reading; `stop` waits for it."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hand_over(self) -> None:
        batch, self._batch = self._batch, Batch()
        self._is_writing = bool(batch.entries)
        if batch.entries:
            self.journal.submit(batch.entries, batch)

    def _deliver(self, finished: Finished) -> None:
        self.loop.call_soon_threadsafe(self._tell_kept, finished)

    def _tell_kept(self, finished: Finished) -> None:
        if finished:
            self._hand_over()  # first, so that the disk is busy while the answers leave
        for done, ids in finished:
            done(ids)
            self.latencies.note(clock.now_us() - cast("Batch", done).entries[0].received_at, len(ids))
        self._nudge()
        self._wake()

    def _give_up(self, lost: list[Done]) -> None:
        self.loop.call_soon_threadsafe(self._tell_lost, lost)

    def _tell_lost(self, lost: list[Done]) -> None:
        self.counts["journal_failures"] += 1
        if lost:
            self._hand_over()
        for batch in cast("list[Batch]", lost):  # nothing else is handed over
            batch.lose()
        self._wake()

    def _wake(self) -> None:
        """Connections that waited for room go on, once half of it is free."""
        if self.waiting and self.unanswered <= self.limits.unanswered_total // 2:
            woken, self.waiting = self.waiting, set()
            for connection in woken:
                connection.advance()

    async def _beat(self) -> None:
        while True:
            self._flush()
            beat.stamp(
                "gateway",
                journal_is_broken=self.journal.broken is not None,
                address=self.address,
                doors={name: state.as_json() for name, state in self.doors.items()},
            )
            await asyncio.sleep(FLUSH_S)

    def _flush(self) -> None:
        """Signs of life and counters into the journal."""
        self._admit_gap(clock.now_us())
        heard, self._heard = self._heard, {}
        for sign in heard.values():
            self.journal.note_heard(sign)
        for door, state in self.doors.items():
            self.counts[f"{UP_SINCE}{door}"] = state.up_since
        self.counts["connections_open"] = 0 if self.connections.is_closing else len(self.connections)
        self.counts["journal_commits"] = self.journal.commits + self._commits_before
        self.counts["ack_us_p50"], self.counts["ack_us_p99"] = self.latencies.percentiles(0.5, 0.99)
        self.counts["heartbeat_at"] = clock.now_us()
        self.latencies.turn()
        self.journal.set_counters(dict(self.counts))
        self.journal.flush_side()

    def _admit_gap(self, now_us: int) -> None:
        """A process that was stopped, a machine that slept, a clock that was moved: nobody can say who spoke
        meanwhile, so the doors hear from now on."""
        before = self.counts["heartbeat_at"]
        if before and not 0 <= now_us - before <= GAP_S * 1_000_000:
            log.warning("no heartbeat for %.0f s: silence counts from now on", (now_us - before) / 1e6)
            self.doors = {d: DoorState(now_us) if s.up_since else s for d, s in self.doors.items()}


def _counters(journal_path: Path) -> dict[str, int]:
    reader = JournalReader(journal_path)
    try:
        return reader.counters()
    finally:
        reader.close()
