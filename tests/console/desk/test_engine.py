"""A desk says so when nobody works behind it: failing steps, signals and entries that stay where they are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from canh.alarms.steps import RaiseAlarms
from canh.console.desk import engine
from canh.intake.actions import copy_entries
from canh.intake.journal import JournalReader, KeptEntry
from canh.intake.queries import cursor
from canh.kit import beat, clock
from canh.sites.queries import panel_places
from tests.clock import stopped
from tests.senders import copy, entry, journal

pytestmark = pytest.mark.usefixtures("data", "cast")


def track(in_a_row: int) -> dict[str, int]:
    return {"runs": 9, "failures": in_a_row, "in_a_row": in_a_row, "longest_ms": 12}


@pytest.mark.parametrize(
    ("steps", "fails"),
    [
        ({"intake.copy": 0, "alarms.raise": 1}, False),
        ({"intake.copy": 0, "alarms.raise": 2}, True),
        ({"intake.copy": 5, "alarms.raise": 0}, True),
        ({"alarms.raise": 0, "audit.head": 9}, False),  # no alarm waits for it
    ],
)
def test_steps_that_fail_again_and_again(steps: dict[str, int], fails: bool) -> None:
    beat.stamp("engine", steps={name: track(n) for name, n in steps.items()})
    assert engine.Watch().is_failing() is fails


def test_an_engine_that_never_ran_is_silent_not_failing() -> None:
    assert engine.age_s() is None
    assert not engine.Watch().is_failing()


def test_a_signal_that_waits() -> None:
    watch = engine.Watch()
    with stopped(clock.now()) as hands:
        copy(entry("1001", "HA", "1"))
        assert not looks(watch)
        hands.forward(11)
        assert looks(watch)
        RaiseAlarms()()
        assert not looks(watch)


def looks(watch: engine.Watch) -> bool:
    """Two looks: each question once."""
    watch.is_failing()
    return watch.is_failing()


def test_an_entry_that_is_not_copied(data: Path) -> None:
    watch = engine.JournalWatch()
    file = data / "journal" / "gw1.db"
    file.parent.mkdir()
    with stopped(clock.now()) as hands:
        kept = journal(file, [entry("1001", "HA", "1")])
        assert not watch.is_stuck()
        hands.forward(11)
        assert watch.is_stuck()
        copy_entries("gw1", kept, panel_places())
        assert not watch.is_stuck()


def test_a_gateway_that_is_always_a_little_ahead_is_no_trouble(data: Path) -> None:
    watch = engine.JournalWatch()
    file = data / "journal" / "gw1.db"
    file.parent.mkdir()
    with stopped(clock.now()) as hands:
        journal(file, [entry("1001", "HA", "1"), entry("1001", "HA", "1")])
        for _ in range(8):
            assert not watch.is_stuck()
            hands.forward(4)
            copy_entries("gw1", unread(file), panel_places())
            journal(file, [entry("1001", "HA", "1")])
        hands.forward(4)
        assert not watch.is_stuck()


def unread(file: Path) -> list[KeptEntry]:
    """All but the last."""
    reader = JournalReader(file)
    try:
        return reader.after(cursor("gw1").journal_id, 100)[:-1]
    finally:
        reader.close()


def test_a_journal_that_lost_entries_is_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.queries, "journal_lags", lambda: {"gw1": -1})
    assert engine.JournalWatch().is_stuck()


def test_what_cannot_be_checked_is_not_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.queries, "journal_lags", lambda: 1 / 0)
    assert looks(engine.Watch())


def test_a_look_is_cheap(data: Path, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    (data / "journal").mkdir()
    copy_entries("gw1", journal(data / "journal" / "gw1.db", [entry("1001", "HA", "1")]), panel_places())
    watch = engine.Watch()
    for _ in range(2):
        with django_assert_max_num_queries(1):
            watch.is_failing()


def test_the_age_of_the_beat() -> None:
    beat.stamp("engine")
    with stopped(clock.now() + timedelta(seconds=41)):
        assert 40 < (engine.age_s() or 0) < 42
