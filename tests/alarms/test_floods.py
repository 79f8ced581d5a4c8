"""Floods are bounded, and what may never be held back never is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from canh.accounts.queries import Viewer
from canh.alarms import actions, queries, rules
from canh.alarms.models import Alarm, Storm, Tally
from canh.alarms.rules import Reading, Run
from canh.alarms.steps import RaiseAlarms, TellFloods
from canh.alarms.terms import Priority
from canh.intake.models import Signal
from canh.intake.terms import NEVER_HELD_BACK, HeldBack, Kind, Turn, Verdict
from canh.sites import actions as sites
from tests.cast import Cast, make_cast
from tests.clock import START, Hands, stopped
from tests.senders import copy, entry
from tests.watch import Night, data_folder, give_class, open_codes

TABLE = queries.floods(START.date())
ALL = Viewer(sees_all=True, unit_paths=frozenset(), area_paths=frozenset(), roles=frozenset({"operator"}))
BURGLARY = Reading(
    panel_id=1, kind=Kind.INTRUSION, condition="burglary", turn=Turn.NEW, verdict=Verdict.ACCEPTED, partition="1",
    zone_number="5", zone_use="interior", is_repeat=False,
)  # fmt: skip


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped() as hands:
        yield Night(hands)


@pytest.fixture
def people(night: Night) -> Cast:
    return make_cast()


class TestRules:
    def test_the_thirty_first_is_a_runaway_the_thirtieth_is_not(self) -> None:
        run = Run()
        for n in range(30):
            run = rules.run_after(run, START + timedelta(minutes=29 * n), TABLE)
        assert (run.count, run.is_runaway) == (30, False)
        assert rules.run_after(run, START + timedelta(minutes=29 * 30), TABLE).is_runaway

    def test_a_gap_of_half_an_hour_begins_anew(self) -> None:
        run = Run(30, START)
        assert rules.run_after(run, START + timedelta(minutes=30), TABLE).count == 1
        assert not rules.run_after(Run(99, START, is_runaway=True), START + timedelta(minutes=30), TABLE).is_runaway

    def test_it_is_over_after_half_an_hour_without_one(self) -> None:
        run = Run(40, START, is_runaway=True)
        assert not rules.is_over(run, START + timedelta(minutes=29, seconds=59), TABLE)
        assert rules.is_over(run, START + timedelta(minutes=30), TABLE)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({}, True),
            ({"turn": Turn.STILL}, True),
            ({"turn": Turn.RESTORE}, False),
            ({"is_repeat": True}, False),
            ({"kind": Kind.HOLD_UP}, False),
            ({"is_own": True}, False),
            ({"panel_id": None}, False),
            ({"verdict": Verdict.GARBAGE}, False),
            ({"verdict": Verdict.DOWNGRADE}, False),
            ({"verdict": Verdict.BAD_TIME}, False),
            ({"verdict": Verdict.WRONG_KEY, "kind": Kind.SECURITY}, False),
        ],
    )
    def test_what_counts(self, change: dict[str, object], expected: bool) -> None:
        from dataclasses import replace

        assert rules.is_counted(replace(BURGLARY, **change), Priority.HIGH) == expected  # type: ignore[arg-type]

    def test_openings_and_closings_do_not(self) -> None:
        assert not rules.is_counted(BURGLARY, None)

    @given(
        kind=st.sampled_from(list(Kind)), turn=st.sampled_from(list(Turn)), priority=st.sampled_from(list(Priority)),
        verdict=st.sampled_from([Verdict.ACCEPTED, Verdict.BAD_TIME, Verdict.DOWNGRADE, Verdict.WRONG_KEY]),
        is_on_test=st.booleans(), is_runaway=st.booleans(), is_own=st.booleans(),
    )  # fmt: skip
    def test_what_is_held_back(
        self, kind: Kind, turn: Turn, priority: Priority, verdict: Verdict, is_on_test: bool, is_runaway: bool,
        is_own: bool,
    ) -> None:  # fmt: skip
        from dataclasses import replace

        reading = replace(BURGLARY, kind=kind, turn=turn, verdict=verdict, is_own=is_own)
        held = rules.held_back(reading, priority, is_on_test=is_on_test, is_runaway=is_runaway)
        if kind in NEVER_HELD_BACK or is_own or turn == Turn.RESTORE:
            assert held is None
        elif is_on_test:
            assert held == HeldBack.ON_TEST
        else:
            is_attack = kind == Kind.SECURITY and verdict in {Verdict.DOWNGRADE, Verdict.WRONG_KEY}
            passes = priority == Priority.URGENT or is_attack
            assert (held == HeldBack.RUNAWAY) == (is_runaway and not passes)

    @pytest.mark.parametrize(("on_test", "drill"), [(False, False), (True, False), (False, True), (True, True)])
    def test_from_a_test_or_a_drill_the_police_wait_for_a_human_key(self, on_test: bool, drill: bool) -> None:
        assert rules.needs_human_key(is_on_test=on_test, is_drill=drill) == (on_test or drill)


class TestRunaway:
    def test_one_alarm_the_rest_kept_and_it_clears_itself(self, night: Night, people: Cast) -> None:
        for n in range(40):
            night.hands.forward(20)
            night.arrives(entry("1002", "BA", str(10 + n)))
        assert Alarm.objects.filter(code="BA").count() == 30
        assert Signal.objects.filter(held_back="runaway").count() == 10
        night.passes(4)
        alarm = Alarm.objects.get(code="runaway")
        assert (alarm.panel, alarm.priority, alarm.returned_at) == (people.school_panel, 2, None)
        night.passes(29 * 60, 60)
        assert "runaway" in open_codes()
        night.passes(3 * 60, 30)
        alarm.refresh_from_db()
        assert alarm.returned_at is not None
        night.arrives(entry("1002", "BA", "77"))
        assert Alarm.objects.filter(code="BA").count() == 31
        assert Alarm.objects.filter(code="runaway").count() == 1

    def test_it_outlives_the_engine(self, night: Night, people: Cast) -> None:
        night.arrives(*[entry("1002", "BA", str(n)) for n in range(1, 26)])
        night.start_engine()
        night.arrives(*[entry("1002", "BA", str(n)) for n in range(26, 36)])
        night.passes(4)
        assert Alarm.objects.filter(code="BA").count() == 30
        assert Alarm.objects.filter(code="runaway").count() == 1

    def test_other_panels_and_urgent_alarms_go_on(self, night: Night, people: Cast) -> None:
        night.arrives(*[entry("1001", "BA", str(n)) for n in range(10, 60)])
        night.arrives(entry("1001", "HA", "1"), entry("1001", "BA", "2"), entry("1002", "BA", "1"))
        kinds = set(Alarm.objects.filter(zone_number__in=["1", "2"]).values_list("code", "priority"))
        assert kinds == {("HA", 1), ("BA", 1), ("BA", 2)}, "hold-up, the vault, and another panel"

    @pytest.mark.parametrize("verdict", ["wrong_key", "replay", "downgrade", "bad_time"])
    def test_forged_messages_silence_no_detector(self, night: Night, people: Cast, verdict: str) -> None:
        night.arrives(*[entry("1001", "BA", str(n), verdict=verdict) for n in range(10, 60)])
        night.arrives(entry("1001", "BA", "7"))
        assert Alarm.objects.filter(zone_number="7").exists()
        assert not Signal.objects.filter(held_back="runaway").exists()

    def test_an_attack_is_told_in_a_runaway_too(self, night: Night, people: Cast) -> None:
        night.arrives(*[entry("1001", "BA", str(n)) for n in range(10, 60)])
        night.arrives(entry("1001", "BA", "7", verdict="wrong_key"))
        assert Alarm.objects.filter(kind="security").count() == 1

    def test_a_crash_before_the_mark_tells_it_once(
        self, night: Night, people: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        night.stop_engine()
        copy(*[entry("1002", "BA", str(n)) for n in range(1, 40)])
        RaiseAlarms()()
        with monkeypatch.context() as broken:
            broken.setattr(TellFloods, "_mark", _stop)
            with pytest.raises(RuntimeError):
                TellFloods()()
        night.start_engine()
        night.passes(4)
        assert Alarm.objects.get(code="runaway").count == 1


def _stop(*_: object) -> None:
    raise RuntimeError("the machine stops here")


class TestOnTest:
    def test_signals_are_kept_and_ring_nobody(self, night: Night, people: Cast) -> None:
        sites.put_on_test(actor_id=people.chi.id, site=people.bank, minutes=30, reason="Bảo trì")
        night.arrives(entry("1001", "BA", "2"), entry("1002", "BA", "1"))
        assert [a.panel for a in Alarm.objects.all()] == [people.school_panel]
        assert Signal.objects.get(panel=people.bank_panel).held_back == "on_test"
        night.passes(31 * 60, 60)
        night.arrives(entry("1001", "BA", "2"))
        assert Alarm.objects.filter(panel=people.bank_panel).count() == 1

    def test_a_walk_test_is_no_runaway(self, night: Night, people: Cast) -> None:
        sites.put_on_test(actor_id=people.chi.id, site=people.bank, minutes=30, reason="Đi thử")
        night.arrives(*[entry("1001", "BA", str(n)) for n in range(1, 60)])
        assert not Tally.objects.exists()

    def test_a_hold_up_rings_first_marked_and_waits_for_a_key(self, night: Night, people: Cast) -> None:
        sites.put_on_test(actor_id=people.chi.id, site=people.bank, minutes=30, reason="Bảo trì")
        night.arrives(entry("1002", "BA", "1"), entry("1001", "HA", "1"))
        first = queries.open_alarms(ALL)[0]
        assert (first.code, first.is_on_test, first.needs_human_key, first.state) == (
            "HA",
            True,
            True,
            "unacknowledged",
        )

    def test_pressed_again_after_the_work_it_is_no_test_any_more(self, night: Night, people: Cast) -> None:
        test = sites.put_on_test(actor_id=people.chi.id, site=people.bank, minutes=30, reason="Bảo trì")
        night.arrives(entry("1001", "HA", "1"))
        actions.acknowledge_alarm(Alarm.objects.get(), people.dung)
        night.passes(10)
        sites.take_off_test(test, actor_id=people.chi.id)
        night.arrives(entry("1001", "HA", "1"))
        alarm = Alarm.objects.get()
        assert (alarm.is_on_test, alarm.needs_human_key, alarm.state) == (False, False, "unacknowledged")

    def test_a_restore_still_ends_what_rang_before(self, night: Night, people: Cast) -> None:
        night.arrives(entry("1001", "BA", "2"))
        night.passes(4)
        sites.put_on_test(actor_id=people.chi.id, site=people.bank, minutes=30, reason="Bảo trì")
        night.passes(4)
        night.arrives(entry("1001", "BR", "2"))
        assert Alarm.objects.get().returned_at is not None


class TestCutOff:
    def cut(self, night: Night) -> None:
        give_class(self.people.bank_panel, 90)
        night.polls("1001", "L0")
        night.polls("1001", "L1")
        night.passes(110)

    @pytest.fixture(autouse=True)
    def _people(self, people: Cast) -> None:
        self.people = people

    def test_it_is_one_entry_and_the_path_that_stays_lost_comes_out_of_it(self, night: Night) -> None:
        self.cut(night)
        assert [a.code for a in queries.open_alarms(ALL)] == ["cut_off"]
        assert queries.parts_of(Alarm.objects.get(code="cut_off")).count() == 2
        night.always = [("1001", "L0")]
        night.passes(6)
        rows = [(a.code, a.zone_number, a.returned_at is None) for a in queries.open_alarms(ALL)]
        assert rows == [("cut_off", "", False), ("path_lost", "sia L1", True)]

    def test_closed_with_it_is_what_is_back_to_normal(self, night: Night) -> None:
        self.cut(night)
        night.always = [("1001", "L0")]
        night.passes(6)
        cut = Alarm.objects.get(code="cut_off")
        actions.close_alarm(actions.acknowledge_alarm(cut, self.people.dung), self.people.dung, "equipment")
        left = [(a.zone_number, a.fold) for a in Alarm.objects.exclude(state="closed")]
        assert left == [("sia L1", "")]
        closed = Alarm.objects.get(zone_number="sia L0")
        assert (closed.state, closed.closed_by, closed.close_reason) == ("closed", self.people.dung, "equipment")

    def test_closed_while_it_lasts_the_paths_become_rows_again(self, night: Night) -> None:
        self.cut(night)
        cut = Alarm.objects.get(code="cut_off")
        actions.close_alarm(actions.acknowledge_alarm(cut, self.people.dung), self.people.dung, "equipment")
        assert [a.code for a in queries.open_alarms(ALL)] == ["path_lost", "path_lost"]


def neighbours(cast: Cast, count: int) -> list[str]:
    """Panels of many premises."""
    accounts = [f"{0x7000 + n:X}" for n in range(count)]
    for n, account in enumerate(accounts):
        site = sites.add_site(actor_id=None, unit_id=cast.bank_unit.id, name=f"PGD {n}", kind="bank_branch")
        sites.add_panel(actor_id=None, site=site, account=account)
    return accounts


class TestStorm:
    def test_many_panels_are_one_entry_and_a_hold_up_stands_before_it(self, night: Night, people: Cast) -> None:
        accounts = neighbours(people, 60)
        night.arrives(entry("1002", "BA", "1"))
        for code in ("AT", "YT", "YC", "AT", "YC"):
            night.arrives(*[entry(account, code) for account in accounts])
            night.passes(2)
        night.arrives(entry("1001", "HA", "1"))
        assert [a.code for a in queries.open_alarms(ALL)] == ["HA", "BA"]
        told = queries.storm_figures(ALL)
        assert told is not None
        assert (told.sites, told.alarms, told.waiting) == (60, 180, 180)
        assert queries.open_counts(ALL) == {1: 1, 2: 1}

    @pytest.mark.parametrize(("lines", "code"), [(["L0"], "path_lost"), (["L0", "L1"], "cut_off")])
    @pytest.mark.parametrize("is_before", [False, True])
    def test_a_bank_that_is_cut_off_is_a_row_and_a_school_is_not(
        self, night: Night, people: Cast, lines: list[str], code: str, is_before: bool
    ) -> None:
        storm = [entry(account, "AT") for account in neighbours(people, 60)]
        for panel in (people.bank_panel, people.school_panel):
            give_class(panel, 90)
            for line in lines:
                night.polls(panel.account, line)
        if not is_before:
            night.arrives(*storm)
        night.passes(110)
        if is_before:
            night.arrives(*storm)
        assert [(a.code, a.panel) for a in queries.open_alarms(ALL)] == [(code, people.bank_panel)]
        folded = set(queries.storm_alarms(ALL).filter(code=code).values_list("panel", flat=True))
        assert folded == {people.school_panel.id}

    def test_below_the_threshold_every_alarm_is_a_row(self, night: Night, people: Cast) -> None:
        night.arrives(*[entry(account, "AT") for account in neighbours(people, TABLE.storm_panels - 1)])
        assert queries.open_alarms(ALL).count() == TABLE.storm_panels - 1
        assert not Storm.objects.exists()

    def test_it_ends_by_itself_and_then_alarms_are_rows_again(self, night: Night, people: Cast) -> None:
        accounts = neighbours(people, TABLE.storm_panels)
        night.arrives(*[entry(account, "AT") for account in accounts])
        night.passes(TABLE.storm_pause.total_seconds() + 10, 30)
        assert Storm.objects.get().ended_at is not None
        night.arrives(entry("1002", "AT"))
        assert [a.panel for a in queries.open_alarms(ALL)] == [people.school_panel]

    def test_after_it_what_was_back_and_fails_again_is_a_row(self, night: Night, people: Cast) -> None:
        accounts = neighbours(people, TABLE.storm_panels)
        night.arrives(*[entry(account, "AT") for account in accounts])
        night.arrives(entry(accounts[0], "AR"))
        night.arrives(entry(accounts[0], "AT"), entry(accounts[0], "AR"))
        assert not queries.open_alarms(ALL).exists(), "while it lasts they stay in its entry"
        night.passes(TABLE.storm_pause.total_seconds() + 10, 30)
        night.arrives(entry(accounts[0], "AT"), entry(accounts[1], "AT"))
        assert [a.panel.account for a in queries.open_alarms(ALL)] == [accounts[0]]

    def test_an_engine_that_was_away_when_it_ended_adds_nothing_to_it(self, night: Night, people: Cast) -> None:
        night.arrives(*[entry(account, "AT") for account in neighbours(people, TABLE.storm_panels)])
        night.hands.forward(TABLE.storm_pause.total_seconds() + 10)
        copy(entry("1002", "AT"), gateway="gw2")
        RaiseAlarms()()
        assert [a.panel for a in queries.open_alarms(ALL)] == [people.school_panel]
        assert Storm.objects.get().ended_at is not None

    def test_all_are_taken_and_those_back_to_normal_closed_in_one_act(self, night: Night, people: Cast) -> None:
        accounts = neighbours(people, TABLE.storm_panels)
        night.arrives(*[entry(account, "AT") for account in accounts])
        night.passes(10)
        night.arrives(*[entry(account, "AR") for account in accounts[:10]])
        mine = queries.storm_alarms(ALL)
        assert actions.acknowledge_storm(mine, people.dung) == len(accounts)
        assert actions.close_storm(mine, people.dung, "environment") == 10
        told = queries.storm_figures(ALL)
        assert told is not None
        assert (told.alarms, told.waiting, told.returned) == (len(accounts) - 10, 0, 0)


CODES = ["HA", "FA", "PA", "BA", "TA", "AT", "YC", "OP", "BR", "AR"]
URGENT = {"HA", "FA", "PA"}
MOVES = st.one_of(
    st.tuples(st.just("signal"), st.sampled_from(["1001", "1002", "1003"]), st.sampled_from(CODES), st.integers(1, 4)),
    st.tuples(st.just("flood"), st.sampled_from(["1001", "1002", "1003"]), st.sampled_from(CODES), st.integers(25, 40)),
    st.tuples(st.just("test"), st.sampled_from(["1001", "1002", "1003"]), st.just(""), st.integers(1, 60)),
    st.tuples(st.just("storm"), st.just(""), st.just(""), st.just(0)),
    st.tuples(st.just("drill"), st.sampled_from(["1001", "1002", "1003"]), st.just(""), st.integers(0, 1)),
    st.tuples(st.just("acknowledge"), st.just(""), st.just(""), st.integers(0, 5)),
    st.tuples(st.just("pass"), st.just(""), st.just(""), st.integers(1, 3000)),
)


class NeverSuppressed(TestCase):
    """Whatever else happens: hold-up, panic and fire wait for a person within the same step, before all others."""

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(moves=st.lists(MOVES, min_size=1, max_size=10))
    def test_hold_up_panic_and_fire_always_ring_first(self, moves: list[tuple[str, str, str, int]]) -> None:
        with stopped() as hands:
            self.cast = make_cast()
            self.sites = {"1001": self.cast.bank, "1002": self.cast.school, "1003": self.cast.fund}
            for name, account, code, number in moves:
                hands.forward(1)
                getattr(self, f"_{name}")(hands, account, code, number)

    def _raise(self) -> None:
        while RaiseAlarms()():
            pass

    def _signal(self, _hands: Hands, account: str, code: str, number: int) -> None:
        copy(entry(account, code, str(number)), entry("1002", "BA", "9"))
        self._raise()
        if code in URGENT:
            self._check(account, code, str(number))

    def _check(self, account: str, code: str, zone: str) -> None:
        mine = Alarm.objects.exclude(state="closed").get(panel__account=account, code=code, zone_number=zone)
        assert (mine.state, mine.fold, mine.priority) == ("unacknowledged", "", 1)
        queue = list(queries.open_alarms(ALL))
        before = queue[: queue.index(mine)]
        assert all(alarm.kind in NEVER_HELD_BACK for alarm in before)
        assert not Signal.objects.filter(kind__in=NEVER_HELD_BACK).exclude(held_back="").exists()

    def _flood(self, _hands: Hands, account: str, code: str, number: int) -> None:
        copy(*[entry(account, code, str(20 + n)) for n in range(number)])
        self._raise()
        if code in URGENT:
            self._check(account, code, str(20 + number - 1))

    def _test(self, _hands: Hands, account: str, _code: str, number: int) -> None:
        sites.put_on_test(actor_id=self.cast.chi.id, site=self.sites[account], minutes=number, reason="x")

    def _storm(self, *_: object) -> None:
        Storm.objects.create(began_at=START, last_at=START + timedelta(hours=9))

    def _drill(self, _hands: Hands, account: str, _code: str, number: int) -> None:
        type(self.cast.bank).objects.filter(id=self.sites[account].id).update(is_drill=bool(number))

    def _acknowledge(self, _hands: Hands, _account: str, _code: str, number: int) -> None:
        for alarm in queries.open_alarms(ALL)[:number]:
            if alarm.state == "unacknowledged":
                actions.acknowledge_alarm(alarm, self.cast.dung)

    def _pass(self, hands: Hands, _account: str, _code: str, number: int) -> None:
        hands.forward(number)
