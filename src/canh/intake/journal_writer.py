"""Writing the journal: one thread, group commit.

It takes all that waits, commits it at once (`synchronous=FULL`: one fdatasync), and only then
calls back, so the more arrives the larger the batches become.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from canh.intake.journal import Discovery, Entry, Heard, link, open_file, tail
from canh.kit import clock

MAX_BATCH = 4096
CHUNK = 128  # rows of one INSERT: each statement gives the interpreter away three times and must win it back

log = logging.getLogger(__name__)


class JournalBroken(RuntimeError):
    """The journal cannot be written; nothing may be acknowledged."""


Done = Callable[[list[int]], None]
Job = tuple[Sequence[Entry], Done | None]
Finished = list[tuple[Done, list[int]]]


class Side(NamedTuple):
    """What is written beside the entries: only the newest of each."""

    heard: dict[tuple[str, str, str], Heard]
    found: dict[tuple[str, str], Discovery]
    counters: dict[str, int]


NOTHING_BESIDE = Side({}, {}, {})


def call_here(finished: Finished) -> None:
    """Run the callbacks in the writer thread."""
    for done, ids in finished:
        done(ids)


class JournalWriter:
    """The one writer of a journal file. `submit` from any thread.

    `deliver` gets all callbacks of a commit at once; an event loop passes a function that hands
    them to the loop with a single wake-up. `on_commit` runs after each commit. `on_failure` gets
    the callbacks of a batch that could not be written: they will never be called. All three run
    in the writer thread and must not block.
    """

    def __init__(
        self,
        path: Path,
        deliver: Callable[[Finished], None] = call_here,
        on_commit: Callable[[], None] | None = None,
        on_failure: Callable[[list[Done]], None] | None = None,
    ) -> None:
        self.path = path
        self.commits = 0
        self.broken: Exception | None = None
        """Why the last batch could not be written; None again after the next commit that succeeds."""
        self._deliver, self._on_commit, self._on_failure = deliver, on_commit, on_failure
        self._side_is_due = False
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._side = Side({}, {}, {})
        self._side_lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._connection = open_file(path)
        self._file = _identity(path)
        self._last_id, self._last_hash = self._tail()

    def start(self) -> None:
        self._thread.start()

    def submit(self, entries: Sequence[Entry], done: Done | None = None) -> None:
        """Queue entries for the next commit; `done(ids)` is called once they are on the disk.

        A batch that cannot be written is never reported done: the panel repeats it.
        """
        self._jobs.put((entries, done))

    def note_heard(self, heard: Heard) -> None:
        """Keep the newest sign of life of a path; written with the next `flush_side`."""
        with self._side_lock:
            self._side.heard[heard.door, heard.account, heard.path] = heard

    def note_found(self, found: Discovery) -> None:
        """Keep what a door discovered; written with the next `flush_side`."""
        with self._side_lock:
            self._side.found[found.door, found.account] = found

    def set_counters(self, counters: dict[str, int]) -> None:
        with self._side_lock:
            self._side.counters.update(counters)

    def flush_side(self) -> None:
        """Write signs of life and counters with the next commit (or in one of their own)."""
        self._side_is_due = True
        self._jobs.put(((), None))

    def stop(self) -> None:
        """Write what is queued, then close."""
        self._jobs.put(None)
        if self._thread.ident is None:  # never started: nobody else closes the file
            self._run()
        else:
            self._thread.join()

    def _tail(self) -> tuple[int, bytes]:
        return tail(self._connection)

    def _run(self) -> None:
        stopping = False
        while not stopping:
            jobs, stopping = self._take()
            side = self._take_side()
            try:
                finished = self._write(jobs, side)
            except Exception as error:  # disk full, file gone: stay up, acknowledge nothing
                self._fail(error, jobs, side)
            else:
                self._report(finished)
        self._connection.close()

    def _take(self) -> tuple[list[Job], bool]:
        """Wait for one job, then take all that is there."""
        jobs: list[Job] = []
        taken = 0
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            taken += len(job[0])
            if taken >= MAX_BATCH:
                return jobs, False
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _take_side(self) -> Side:
        if not self._side_is_due:
            return NOTHING_BESIDE
        self._side_is_due = False
        with self._side_lock:
            side, self._side = self._side, Side({}, {}, {})
        return side

    def _write(self, jobs: list[Job], side: Side) -> Finished:
        last_id, last_hash, written_at = self._last_id, self._last_hash, clock.now_us()
        rows, finished = [], []
        for entries, done in jobs:
            ids = []
            for entry in entries:
                last_id += 1
                last_hash = link(last_hash, last_id, written_at, entry)
                rows.append((last_id, entry.received_at, written_at, entry.door, entry.peer, entry.verdict,
                             entry.raw, entry.facts, last_hash))  # fmt: skip
                ids.append(last_id)
            if done is not None:
                finished.append((done, ids))
        self._commit(rows, side)
        self._last_id, self._last_hash = last_id, last_hash
        return finished

    def _commit(self, rows: Sequence[tuple[object, ...]], side: Side) -> None:
        if not rows and not any(side):
            return
        if _identity(self.path) != self._file:
            # SQLite would go on writing to the nameless file, and those alarms would be gone.
            raise JournalBroken(f"{self.path} was moved, removed or replaced while the gateway runs")
        if any(side) or len(rows) > CHUNK:
            self._write_all(rows, side)
        else:  # one statement is a transaction of its own
            self._insert(rows)
        self.commits += 1
        self.broken = None

    def _write_all(self, rows: Sequence[tuple[object, ...]], side: Side) -> None:
        run = self._connection
        run.execute("BEGIN IMMEDIATE")
        for at in range(0, len(rows), CHUNK):
            self._insert(rows[at : at + CHUNK])
        run.executemany(
            "INSERT OR REPLACE INTO heard VALUES (?,?,?,?,?,?,?)",
            [(h.door, h.account, h.path, h.peer, h.heard_at, h.skew_ms, h.dialect) for h in side.heard.values()],
        )
        run.executemany(
            "INSERT OR REPLACE INTO found VALUES (?,?,?,?,?,?)",
            [(f.door, f.account, f.kind, f.name, f.facts, f.found_at) for f in side.found.values()],
        )
        run.executemany("INSERT OR REPLACE INTO counter VALUES (?,?)", side.counters.items())
        run.execute("COMMIT")

    def _insert(self, rows: Sequence[tuple[object, ...]]) -> None:
        self._connection.execute(_INSERTS[len(rows)], [*chain.from_iterable(rows)])

    def _report(self, finished: Finished) -> None:
        try:
            self._deliver(finished)
            if self._on_commit:
                self._on_commit()
        except Exception:  # a listener's fault must not end the only thread that can write
            log.exception("a listener of the journal failed")

    def _fail(self, error: Exception, jobs: list[Job], side: Side) -> None:
        if self.broken is None:
            log.error("the journal cannot be written, nothing is acknowledged: %s", error)
        self.broken = error
        self._put_back(side)
        try:
            if self._on_failure:
                self._on_failure([done for _, done in jobs if done is not None])
            self._connection.rollback()
            self._last_id, self._last_hash = self._tail()
        except Exception:  # the next batch tries again
            log.exception("the journal could not be put right")

    def _put_back(self, side: Side) -> None:
        """What was not written, unless there is something newer."""
        with self._side_lock:
            now = self._side
            self._side = Side(side.heard | now.heard, side.found | now.found, side.counters | now.counters)


_ROW = "(?,?,?,?,?,?,?,?,?)"
_INSERTS = [f"INSERT INTO entry VALUES {','.join([_ROW] * n)}" for n in range(CHUNK + 1)]  # noqa: S608  # only marks


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
