"""A journal that an older release made: today's gateway writes it, today's engine reads it, before and after."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from canh.intake.journal import FIRST_HASH, Entry, Heard, JournalReader, first_break, link
from canh.intake.journal_writer import JournalWriter

# As release 0.1 made it (4862578), never to be changed: that is what lies on the disks.
MADE_BY_0_1 = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, written_at INTEGER NOT NULL, door TEXT NOT NULL,
    peer TEXT NOT NULL, verdict TEXT NOT NULL, raw BLOB NOT NULL, facts TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
);
CREATE TABLE heard (
    door TEXT NOT NULL, account TEXT NOT NULL, path TEXT NOT NULL, peer TEXT NOT NULL,
    heard_at INTEGER NOT NULL, skew_ms INTEGER, PRIMARY KEY (door, account, path)
) WITHOUT ROWID;
CREATE TABLE resumed (id INTEGER PRIMARY KEY, hash BLOB NOT NULL CHECK (length(hash) = 32));
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
BEFORE = Entry(1_000, "sia", "192.0.2.1:9", "accepted", b"raw", "[]")
OLD_LIFE = ("sia", "1234", "", "192.0.2.1:9", 5_000, 20)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "gw1.db")) as made:
        made.executescript("PRAGMA journal_mode=WAL;" + MADE_BY_0_1)
        row = (1, 1_000, 2_000, "sia", "192.0.2.1:9", "accepted", b"raw", "[]", link(FIRST_HASH, 1, 2_000, BEFORE))
        made.execute("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?)", row)
        made.execute("INSERT INTO heard VALUES (?,?,?,?,?,?)", OLD_LIFE)
        made.commit()
    return tmp_path / "gw1.db"


def test_the_engine_reads_what_an_older_gateway_still_writes(path: Path) -> None:
    with closing(JournalReader(path)) as reader:
        assert reader.heard_since(0) == [Heard(*OLD_LIFE)]
        assert reader.found_since(0) == []
        assert first_break(reader.after(0, 10)) is None


def test_the_gateway_goes_on_in_an_older_file_while_the_engine_has_it_open(path: Path) -> None:
    with closing(JournalReader(path)) as reader:
        assert reader.heard_since(0) == [Heard(*OLD_LIFE)]
        writer, kept = JournalWriter(path), threading.Event()
        writer.start()
        life = Heard("sia", "5678", "", "192.0.2.2:9", 6_000, None, "lower_crc")
        writer.note_heard(life)
        writer.flush_side()
        writer.submit([Entry(3_000, "sia", "192.0.2.2:9", "accepted", b"more")], lambda _: kept.set())
        assert kept.wait(30), f"not acknowledged: {writer.broken}"
        writer.stop()
        assert sorted(reader.heard_since(0)) == [Heard(*OLD_LIFE), life]
        assert [e.id for e in reader.after(0, 10)] == [1, 2]
        assert first_break(reader.after(0, 10)) is None


def test_an_older_file_gets_the_columns_of_a_new_one(path: Path, tmp_path: Path) -> None:
    for file in (path, path, tmp_path / "new.db"):  # opened twice: nothing is added again
        JournalWriter(file).stop()
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(tmp_path / "new.db")) as new:
        for (table,) in new.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            ask = f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}') ORDER BY cid"
            assert old.execute(ask).fetchall() == new.execute(ask).fetchall(), table
