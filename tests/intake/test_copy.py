"""Journals become signals: once, in order, with their place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from canh.audit.models import Line
from canh.intake import actions, queries, rules
from canh.intake.journal import Heard
from canh.intake.models import Cursor, Signal
from canh.intake.models import Path as SignalPath
from canh.intake.observation import Observation
from canh.kit import clock
from canh.sites.queries import panel_places
from tests.cast import Cast
from tests.clock import START, stopped
from tests.senders import copy, entry, journal


def test_a_signal_has_site_panel_zone_and_meaning(cast: Cast) -> None:
    [signal] = copy(entry("1001", "HA", "1"))
    assert (signal.site, signal.panel, signal.zone.name) == (cast.bank, cast.bank_panel, "Nút khẩn quầy 2")
    assert (signal.kind, signal.turn, signal.is_urgent) == ("hold_up", "new", True)


def test_copying_the_same_entries_again_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    kept = journal(tmp_path / "gw1.db", [entry("1001", "BA", "2"), entry("1002", "BA", "1")])
    actions.copy_entries("gw1", kept, panel_places())
    actions.copy_entries("gw1", kept, panel_places())
    assert Signal.objects.count() == 2
    assert Cursor.objects.get().journal_id == 2


def test_a_changed_journal_still_rings_and_the_break_is_kept(cast: Cast, tmp_path: Path) -> None:
    from dataclasses import replace

    kept = journal(tmp_path / "gw1.db", [entry("1001", "BA", "2"), entry("1002", "BA", "1")])
    kept[1] = replace(kept[1], raw=b"other")
    actions.copy_entries("gw1", kept, panel_places())
    assert Signal.objects.count() == 2
    assert Cursor.objects.get().broken_at == 2
    assert Line.objects.filter(action="journal.broken").count() == 1


def test_a_missing_entry_is_noticed(cast: Cast, tmp_path: Path) -> None:
    kept = journal(tmp_path / "gw1.db", [entry("1001", "BA", "2"), entry("1002", "BA", "1")])
    actions.copy_entries("gw1", kept[1:], panel_places())
    assert Signal.objects.get().journal_id == 2
    assert Cursor.objects.get().broken_at == 1


def test_several_events_of_one_message_become_signals_with_one_proof(cast: Cast) -> None:
    more = [Observation(protocol="SIA-DCS", account="1001", code="BA", zone="1")]
    first, second = copy(entry("1001", "BA", "2", more=more))
    assert (first.part, second.part) == (0, 1)
    assert bytes(first.raw)
    assert second.raw is None
    assert second.zone.name == "Nút khẩn quầy 2"


def test_bytes_that_are_no_message_are_kept(cast: Cast) -> None:
    from canh.intake.journal import Entry

    [signal] = copy(Entry(clock.now_us(), "sia", "127.0.0.1:1", "garbage", b"GET / HTTP/1.1\r\n", "[]"))
    assert bytes(signal.raw) == b"GET / HTTP/1.1\r\n"
    assert signal.site is None


class TestRepeats:
    def test_the_same_message_again_is_marked(self, cast: Cast) -> None:
        with stopped() as hands:
            [first] = copy(entry("1002", "BA", "1", number="0007"))
            hands.forward(30)
            [again] = copy(entry("1002", "BA", "1", number="0007"))
        assert again.repeat_of_id == first.id

    def test_in_one_batch_too(self, cast: Cast) -> None:
        first, again, other = copy(
            entry("1002", "BA", "1", number="0007"),
            entry("1002", "BA", "1", number="0007"),
            entry("1002", "BA", "1", number="0008"),
        )
        assert (first.repeat_of_id, again.repeat_of_id, other.repeat_of_id) == (None, first.id, None)

    def test_after_the_window_it_is_a_new_message(self, cast: Cast) -> None:
        with stopped() as hands:
            copy(entry("1002", "BA", "1", number="0007"))
            hands.forward(181)
            [later] = copy(entry("1002", "BA", "1", number="0007"))
        assert later.repeat_of_id is None

    def test_a_third_delivery_points_at_the_first(self) -> None:
        arrivals = [rules.Delivery(n, "d", START + timedelta(seconds=n * 60)) for n in range(1, 4)]
        assert rules.repeats(arrivals, {}, timedelta(seconds=180)) == {2: 1, 3: 1}

    @pytest.mark.parametrize("verdict", ["bad_crc", "unknown_account", "wrong_key"])
    def test_what_did_not_count_neither_repeats_nor_is_repeated(self, cast: Cast, verdict: str) -> None:
        copy(entry("1002", "BA", "1", number="0007", verdict=verdict))
        [good] = copy(entry("1002", "BA", "1", number="0007"))
        assert good.repeat_of_id is None


class TestTime:
    def test_a_good_clock_is_believed(self) -> None:
        said = START - timedelta(seconds=3)
        assert rules.trusted_time(said, START, is_bad_time=False) == said

    @pytest.mark.parametrize("seconds", [21, 3600, -90000])
    def test_a_wild_clock_is_not(self, seconds: int) -> None:
        assert rules.trusted_time(START + timedelta(seconds=seconds), START, is_bad_time=False) == START

    def test_a_message_outside_its_window_is_not(self) -> None:
        assert rules.trusted_time(START - timedelta(seconds=60), START, is_bad_time=True) == START


def test_the_last_word_of_a_path_is_kept_not_each_poll(cast: Cast) -> None:
    with stopped() as hands:
        for _ in range(3):
            actions.note_heard([Heard("sia", "1001", "L0", "10.0.0.9:1", clock.now_us(), 250)], panel_places())
            hands.forward(60)
        assert SignalPath.objects.get().heard_at == clock.now() - timedelta(seconds=60)
    assert queries.was_heard(cast.bank_panel.id)
    assert not queries.was_heard(cast.school_panel.id)


def test_the_copy_tells_what_was_sealed(cast: Cast) -> None:
    copy(entry("1001", "HA", "1"), entry("1002", "BA", "1"))
    assert queries.first_retold("gw1", until=2) is None
    Signal.objects.filter(journal_id=2).update(code="RP")
    assert queries.first_retold("gw1", until=2) == 2
