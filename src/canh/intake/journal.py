"""The gateway's journal: append-only, durable before the acknowledgement, chained by hash.

A SQLite file of its own, because one that is shared with another writer costs 16 times at p99.
Each entry's hash covers its fields and the hash before it; so a changed, missing or inserted
entry is found, here and in the copy that `intake` keeps. `journal_writer` writes it.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

FIRST_HASH = b"\0" * 32

SCHEMA = """
PRAGMA journal_mode=WAL;
CREATE TABLE IF NOT EXISTS entry (
    id          INTEGER PRIMARY KEY,   -- 1, 2, 3 … without gaps: a gap is a broken chain
    received_at INTEGER NOT NULL,      -- us since 1970 UTC: the last byte of the message was read
    written_at  INTEGER NOT NULL,      -- us: the batch was handed to the disk; the ACK comes after
    door        TEXT NOT NULL,         -- which protocol folder of the gateway
    peer        TEXT NOT NULL,         -- who sent it: "address:port"
    verdict     TEXT NOT NULL,         -- intake.terms.Verdict
    raw         BLOB NOT NULL,         -- exactly what was received
    facts       TEXT NOT NULL,         -- JSON list of observations (intake/observation.py)
    hash        BLOB NOT NULL CHECK (length(hash) = 32)
);
-- Polls leave no entry: only when each path was last heard.
CREATE TABLE IF NOT EXISTS heard (
    door TEXT NOT NULL, account TEXT NOT NULL, path TEXT NOT NULL, peer TEXT NOT NULL,
    heard_at INTEGER NOT NULL, skew_ms INTEGER, dialect TEXT NOT NULL,
    PRIMARY KEY (door, account, path)
) WITHOUT ROWID;
-- What doors discovered that may be adopted: only the newest word of each.
CREATE TABLE IF NOT EXISTS found (
    door TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    facts TEXT NOT NULL,                   -- JSON object of texts
    found_at INTEGER NOT NULL,
    PRIMARY KEY (door, account)
) WITHOUT ROWID;
-- A lost or older file goes on where the engine's copy ends, so that no number is used twice:
-- the number and hash after which it went on, one row each time.
CREATE TABLE IF NOT EXISTS resumed (id INTEGER PRIMARY KEY, hash BLOB NOT NULL CHECK (length(hash) = 32));
-- What the gateway counted since it was set up, and its heartbeat: name -> number.
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
# Columns that came after the first release, by table: (name, as it is added to a file made before). Only at the end
# of a table, with a default: files of every release are read and written.
ADDED = {"heard": (("dialect", "TEXT NOT NULL DEFAULT ''"),)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as received."""

    received_at: int
    door: str
    peer: str
    verdict: str
    raw: bytes
    facts: str = "[]"


@dataclass(frozen=True, slots=True)
class KeptEntry(Entry):
    """An entry read back from the file."""

    id: int = 0
    written_at: int = 0
    hash: bytes = b""


class Heard(NamedTuple):
    """A sign of life on a path. A tuple: the engine reads hundreds a second."""

    door: str
    account: str
    path: str
    peer: str
    heard_at: int
    skew_ms: int | None = None
    dialect: str = ""
    """How the message departed from the standard (observation.Observation.dialect)."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """Something a door discovered. `kind`: sites.terms.PanelKind; `facts`: a JSON object of texts."""

    door: str
    account: str
    kind: str
    name: str
    facts: str
    found_at: int


_size = struct.Struct(">I").pack


def link(before: bytes, entry_id: int, written_at: int, entry: Entry) -> bytes:
    """The hash of an entry: SHA-256 over the hash before it and every field, lengths included."""
    head = f"{entry_id}|{entry.received_at}|{written_at}|{entry.door}|{entry.peer}|{entry.verdict}".encode()
    raw, facts = entry.raw, entry.facts.encode()
    parts = (before, _size(len(head)), head, _size(len(raw)), raw, _size(len(facts)), facts)
    return hashlib.sha256(b"".join(parts)).digest()


def open_file(path: Path) -> sqlite3.Connection:
    """The writer's connection: makes the file when missing."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10, cached_statements=144)
    connection.executescript(SCHEMA)
    _add_columns(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=4000")
    return connection


def _add_columns(connection: sqlite3.Connection) -> None:
    """What a file of an older release lacks: CREATE TABLE IF NOT EXISTS leaves a table as it is."""
    for table, columns in ADDED.items():
        present = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        for name, definition in columns:
            if name not in present:
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {definition}")


def tail(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Number and hash after which the next entry comes."""
    row = connection.execute(
        "SELECT id, hash FROM (SELECT id, hash FROM entry ORDER BY id DESC LIMIT 1)"
        " UNION ALL SELECT id, hash FROM resumed ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return row or (0, FIRST_HASH)


def resume_after(path: Path, entry_id: int, digest: bytes) -> bool:
    """Let a file that is behind the engine's copy (lost, or an older backup) go on after it.

    Else its next entries would bear numbers that the engine has passed, and never be copied.
    Called before the writer opens the file. True when there was something to mend.
    """
    with closing(open_file(path)) as connection:
        if tail(connection)[0] >= entry_id:
            return False
        connection.execute("INSERT OR REPLACE INTO resumed VALUES (?, ?)", (entry_id, digest))
    return True


class JournalReader:
    """Reads a journal that another process writes."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=10)

    def is_ready(self) -> bool:
        """False while the gateway is still making the file."""
        tables = self._connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('entry', 'counter')")
        return int(tables.fetchone()[0]) == 2

    def resumed_after(self, entry_id: int) -> bytes | None:
        """The hash after which the file went on at this number, if it did."""
        row = self._connection.execute("SELECT hash FROM resumed WHERE id = ?", (entry_id,)).fetchone()
        return row[0] if row else None

    def after(self, cursor: int, limit: int) -> list[KeptEntry]:
        """Entries with id > cursor, oldest first."""
        rows = self._connection.execute(
            "SELECT id, received_at, written_at, door, peer, verdict, raw, facts, hash"
            " FROM entry WHERE id > ? ORDER BY id LIMIT ?",
            (cursor, limit),
        )
        return [
            KeptEntry(
                received_at=r[1],
                door=r[3],
                peer=r[4],
                verdict=r[5],
                raw=r[6],
                facts=r[7],
                id=r[0],
                written_at=r[2],
                hash=r[8],
            )
            for r in rows
        ]

    def of_door(self, door: str, verdict: str, after: int) -> Iterator[tuple[int, str]]:
        """Time of reception and facts of a door's entries after a number: for a door that must remember."""
        query = "SELECT received_at, facts FROM entry WHERE id > ? AND door = ? AND verdict = ? ORDER BY id"
        yield from self._connection.execute(query, (after, door, verdict))

    def number_before(self, moment_us: int) -> int:
        """The newest entry received before a moment, found by halving: numbers and times grow together."""
        low, high = 1, self.last_id() + 1
        while low < high:
            middle = (low + high) // 2
            row = self._connection.execute(
                "SELECT received_at FROM entry WHERE id >= ? ORDER BY id LIMIT 1", (middle,)
            ).fetchone()
            if row is not None and row[0] < moment_us:
                low = middle + 1
            else:
                high = middle
        return low - 1

    def last_id(self) -> int:
        """The number of the newest entry, or of the one after which an empty file goes on."""
        return tail(self._connection)[0]

    def heard_since(self, moment_us: int) -> list[Heard]:
        """Signs of life after a moment. `*`: a gateway of an older release that still runs keeps fewer columns."""
        rows = self._connection.execute("SELECT * FROM heard WHERE heard_at > ?", (moment_us,))
        return list(starmap(Heard, rows))

    def found_since(self, moment_us: int) -> list[Discovery]:
        """What doors discovered after a moment; [] in a file of a gateway that knows no discoveries yet."""
        if not self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'found'").fetchone():
            return []
        rows = self._connection.execute(
            "SELECT door, account, kind, name, facts, found_at FROM found WHERE found_at > ?", (moment_us,)
        )
        return [Discovery(*row) for row in rows]

    def counters(self) -> dict[str, int]:
        return dict(self._connection.execute("SELECT name, value FROM counter"))

    def close(self) -> None:
        self._connection.close()


def first_break(entries: Iterable[KeptEntry], before: bytes = FIRST_HASH, last_id: int = 0) -> int | None:
    """The id of the first entry that does not fit the chain, or None."""
    for entry in entries:
        if entry.id != last_id + 1 or link(before, entry.id, entry.written_at, entry) != entry.hash:
            return last_id + 1
        before, last_id = entry.hash, entry.id
    return None
