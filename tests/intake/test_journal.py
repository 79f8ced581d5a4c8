"""The journal on real files: chain, restart, failure, healing."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from canh.intake.journal import FIRST_HASH, Entry, Heard, JournalReader, first_break, link
from canh.intake.journal_writer import Done, JournalBroken, JournalWriter


def entry(number: int) -> Entry:
    return Entry(1_000 + number, "sia", "10.0.0.1:9", "accepted", b"raw %d" % number, f'[{{"n":"{number}"}}]')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gw1.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Callable[..., JournalWriter]]:
    writers: list[JournalWriter] = []

    def begin(**words: object) -> JournalWriter:
        writer = JournalWriter(path, **words)  # type: ignore[arg-type]
        writer.start()
        writers.append(writer)
        return writer

    yield begin
    for writer in writers:
        if writer._thread.is_alive():
            writer.stop()


def write(writer: JournalWriter, *numbers: int) -> list[int]:
    """Ids, once they are on the disk."""
    told, ids = threading.Event(), []

    def done(made: list[int]) -> None:
        ids.extend(made)
        told.set()

    writer.submit([entry(n) for n in numbers], done)
    assert told.wait(5), "never reported done"
    return ids


def is_refused(writer: JournalWriter, number: int, seconds: float = 0.3) -> bool:
    told = threading.Event()
    writer.submit([entry(number)], lambda _: told.set())
    return not told.wait(seconds)


def all_of(path: Path) -> list[object]:
    reader = JournalReader(path)
    try:
        return list(reader.after(0, 10_000))
    finally:
        reader.close()


def test_what_is_reported_done_can_be_read(opened: Callable[..., JournalWriter], path: Path) -> None:
    writer = opened()
    assert write(writer, 1, 2, 3) == [1, 2, 3]
    kept = JournalReader(path).after(0, 10)
    assert [(k.id, k.raw, k.facts) for k in kept] == [(n, b"raw %d" % n, f'[{{"n":"{n}"}}]') for n in (1, 2, 3)]
    assert [k.id for k in JournalReader(path).after(1, 1)] == [2]
    assert first_break(kept) is None
    assert first_break(kept[1:], kept[0].hash, 1) is None


def test_many_jobs_share_a_commit(opened: Callable[..., JournalWriter], path: Path) -> None:
    batches: list[int] = []
    writer = JournalWriter(path, lambda finished: batches.append(len(finished)))
    for n in range(500):
        writer.submit([entry(n)], lambda _: None)
    writer.start()
    writer.stop()
    assert sum(batches) == 500
    assert writer.commits < 10
    assert first_break(JournalReader(path).after(0, 1000)) is None


def test_reopening_goes_on_with_the_chain(opened: Callable[..., JournalWriter], path: Path) -> None:
    for turn in range(3):
        writer = opened()
        assert write(writer, turn) == [turn + 1]
        writer.stop()
    kept = JournalReader(path).after(0, 10)
    assert len(kept) == 3
    assert first_break(kept) is None


def test_first_hash_and_link_never_change() -> None:
    """The form of the chain is a promise: entries of years ago must still be verified."""
    made = link(FIRST_HASH, 1, 2_000, Entry(1_000, "sia", "peer", "accepted", b"raw", "[]"))
    assert made.hex() == "12adc4ca326b920cfd221bc937a63fe257a1459cc15db1722fafca0493e31e6e"


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE entry SET raw = x'00' WHERE id = 3",
        "UPDATE entry SET facts = '[]' WHERE id = 3",
        "UPDATE entry SET received_at = received_at + 1 WHERE id = 3",
        "UPDATE entry SET written_at = written_at - 1 WHERE id = 3",
        "UPDATE entry SET peer = '' WHERE id = 3",
        "UPDATE entry SET verdict = 'bad_crc' WHERE id = 3",
        "UPDATE entry SET door = 'mqtt' WHERE id = 3",
        "UPDATE entry SET hash = zeroblob(32) WHERE id = 3",
        "DELETE FROM entry WHERE id = 3",
        "UPDATE entry SET raw = (SELECT raw FROM entry e WHERE e.id = entry.id % 5 + 1) WHERE id > 2",
    ],
)
def test_any_change_is_found_at_its_row(opened: Callable[..., JournalWriter], path: Path, harm: str) -> None:
    writer = opened()
    write(writer, 1, 2, 3, 4, 5)
    writer.stop()
    with sqlite3.connect(path) as vandal:
        vandal.execute(harm)
    assert first_break(JournalReader(path).after(0, 10)) == 3


def test_fields_cannot_be_shifted_into_each_other() -> None:
    one = Entry(1, "sia", "p", "accepted", b"ab", "c")
    assert link(FIRST_HASH, 1, 1, one) != link(FIRST_HASH, 1, 1, replace(one, raw=b"a", facts="bc"))


# -- failures


def test_moved_file_acknowledges_nothing_and_heals(opened: Callable[..., JournalWriter], path: Path) -> None:
    lost: list[Done] = []
    writer = opened(on_failure=lost.extend)
    write(writer, 1)
    path.rename(path.with_name("away"))
    assert is_refused(writer, 2)
    assert isinstance(writer.broken, JournalBroken)
    assert len(lost) == 1
    os.rename(path.with_name("away"), path)
    assert write(writer, 3) == [2]
    assert writer.broken is None
    kept = JournalReader(path).after(0, 10)
    assert [k.raw for k in kept] == [b"raw 1", b"raw 3"]
    assert first_break(kept) is None


def test_replaced_file_is_not_written_to(opened: Callable[..., JournalWriter], path: Path) -> None:
    writer = opened()
    write(writer, 1)
    other = path.with_name("other.db")
    JournalWriter(other).stop()
    before = other.read_bytes()
    other.replace(path)
    assert is_refused(writer, 2)
    assert isinstance(writer.broken, JournalBroken)
    assert path.read_bytes() == before


def test_locked_file_acknowledges_nothing_and_heals(opened: Callable[..., JournalWriter], path: Path) -> None:
    writer = opened()
    write(writer, 1)
    writer._connection.execute("PRAGMA busy_timeout=20")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert is_refused(writer, 2)
    assert "locked" in str(writer.broken)
    other.execute("ROLLBACK")
    assert write(writer, 3) == [2]
    assert first_break(JournalReader(path).after(0, 10)) is None


def test_full_disk_acknowledges_nothing_and_heals(opened: Callable[..., JournalWriter], path: Path) -> None:
    writer = opened()
    write(writer, 1)
    [(pages,)] = writer._connection.execute("PRAGMA page_count").fetchall()
    writer._connection.execute(f"PRAGMA max_page_count={pages}")
    big = replace(entry(2), raw=b"x" * 100_000)
    told = threading.Event()
    writer.submit([big], lambda _: told.set())
    assert not told.wait(0.3)
    assert "full" in str(writer.broken)
    writer._connection.execute("PRAGMA max_page_count=1000000")
    assert write(writer, 3) == [2]
    assert first_break(JournalReader(path).after(0, 10)) is None


def test_a_rival_writer_does_not_fork_the_chain(opened: Callable[..., JournalWriter], path: Path) -> None:
    first, second = opened(), opened()
    write(first, 1)
    assert is_refused(second, 2)  # it did not know of entry 1
    assert write(second, 3) == [2]  # now it does
    assert is_refused(first, 4)
    assert write(first, 5) == [3]
    assert first_break(JournalReader(path).after(0, 10)) is None


def test_a_faulty_listener_does_not_stop_the_writer(
    opened: Callable[..., JournalWriter], path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fault() -> None:
        raise ZeroDivisionError

    writer = opened(on_commit=fault)
    assert write(writer, 1) == [1]
    assert write(writer, 2) == [2]
    assert "a listener of the journal failed" in caplog.text


def test_what_was_queued_is_written_at_the_stop(opened: Callable[..., JournalWriter], path: Path) -> None:
    writer = opened()
    for n in range(200):
        writer.submit([entry(n)])
    writer.stop()
    assert len(all_of(path)) == 200


def test_stop_before_start_closes_the_file(path: Path) -> None:
    writer = JournalWriter(path)
    writer.submit([entry(1)])
    writer.stop()
    assert len(all_of(path)) == 1


# -- signs of life and counters


def heard(account: str, at: int) -> Heard:
    return Heard("sia", account, "L0", "p", at, 5)


def settled(check: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 3
    while not check() and time.monotonic() < deadline:
        time.sleep(0.01)
    return check()


def test_signs_of_life_wait_for_the_flush(opened: Callable[..., JournalWriter], path: Path) -> None:
    writer, reader = opened(), JournalReader(path)
    writer.note_heard(heard("1", 10))
    writer.note_heard(heard("1", 20))
    writer.note_heard(heard("2", 30))
    writer.set_counters({"acked": 1, "frames": 2})
    write(writer, 1)
    assert reader.heard_since(0) == []
    writer.flush_side()
    assert settled(lambda: len(reader.heard_since(0)) == 2)
    assert reader.heard_since(0) == [heard("1", 20), heard("2", 30)]
    assert reader.heard_since(20) == [heard("2", 30)]
    assert reader.counters() == {"acked": 1, "frames": 2}
    writer.set_counters({"acked": 2})
    writer.flush_side()
    assert settled(lambda: reader.counters() == {"acked": 2, "frames": 2})


def test_signs_of_life_outlive_a_failure_unless_there_are_newer(
    opened: Callable[..., JournalWriter], path: Path
) -> None:
    writer = opened()
    away = path.with_name("away")
    path.rename(away)
    writer.note_heard(heard("1", 10))
    writer.note_heard(heard("2", 10))
    writer.set_counters({"acked": 1, "nak": 1})
    writer.flush_side()
    assert settled(lambda: writer.broken is not None)
    writer.note_heard(heard("2", 20))
    writer.set_counters({"acked": 2})
    away.rename(path)
    writer.flush_side()
    assert settled(lambda: writer.broken is None)
    reader = JournalReader(path)
    assert reader.heard_since(0) == [heard("1", 10), heard("2", 20)]
    assert reader.counters() == {"acked": 2, "nak": 1}


def test_an_empty_flush_does_not_call_a_broken_journal_healed(opened: Callable[..., JournalWriter], path: Path) -> None:
    writer = opened()
    path.rename(path.with_name("away"))
    assert is_refused(writer, 1)
    writer.flush_side()
    time.sleep(0.05)
    assert writer.broken is not None


def test_reader_in_a_folder_with_signs_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "50% #1? ổ đĩa"
    folder.mkdir()
    path = folder / "gw1.db"
    writer = JournalWriter(path)
    writer.submit([entry(1)])
    writer.stop()
    assert len(all_of(path)) == 1


def test_reader_cannot_write(opened: Callable[..., JournalWriter], path: Path) -> None:
    write(opened(), 1)
    reader = JournalReader(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM entry")


def test_every_commit_reaches_the_disk(opened: Callable[..., JournalWriter], path: Path) -> None:
    """FULL is what makes an acknowledgement worth something after a power cut."""
    writer = opened()
    assert writer._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert writer._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert stat.S_ISREG(path.stat().st_mode)


def test_the_entry_before_a_moment_is_found_by_halving(opened: Callable[..., JournalWriter], path: Path) -> None:
    writer = opened()
    kept: list[int] = []
    writer.submit(
        [replace(entry(n), received_at=n * 10, door="sms" if n % 2 else "sia") for n in range(1, 10)], kept.extend
    )
    writer.stop()
    reader = JournalReader(path)
    assert [reader.number_before(moment) for moment in (0, 10, 11, 50, 55, 90, 91, 1000)] == [0, 0, 1, 4, 5, 8, 9, 9]
    mine = [at for at, _facts in reader.of_door("sms", entry(1).verdict, after=reader.number_before(50))]
    assert mine == [50, 70, 90]
