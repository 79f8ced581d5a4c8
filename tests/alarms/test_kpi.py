"""The figures of a desk, from a known night whose figures are counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from canh.accounts.queries import viewer
from canh.alarms import actions, rules_kpi
from canh.alarms import queries_kpi as kpi
from canh.alarms.actions_shelf import shelve_alarm
from canh.alarms.models import Alarm
from canh.alarms.rules_kpi import Taken
from canh.alarms.steps import RaiseAlarms
from canh.kit import clock
from tests.cast import Cast
from tests.clock import START, Hands, stopped
from tests.senders import copy, entry

TABLE = kpi.kpi_table(START.date())
LATER = START.replace(year=2031)
"""After today: ids tell when an alarm was raised, and never go back within a process."""


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped(LATER) as hands:
        yield hands


def _ring(account: str = "1002", code: str = "BA", zone: str = "1") -> Alarm:
    copy(entry(account, code, zone))
    RaiseAlarms()()
    return Alarm.objects.latest("last_at", "id")


def _span() -> kpi.Span:
    return kpi.Span(clock.now() - timedelta(days=1), clock.now())


# ── Rules ────────────────────────────────────────────────────────────────


def test_rates_of_a_known_hour() -> None:
    found = rules_kpi.rates({3: 2, 7: 14, 9: 11}, 60, TABLE)
    assert (found.alarms, found.per_hour, found.peak, found.peak_window) == (27, 2.7, 14, 7)
    assert (found.floods, found.flood_share) == ((7, 9), 2 / 60)


def test_rates_of_nothing() -> None:
    found = rules_kpi.rates({}, 144, TABLE)
    assert (found.alarms, found.per_hour, found.peak, found.peak_window, found.flood_share) == (0, 0.0, 0, None, 0.0)
    assert rules_kpi.shares({}) == {}


def test_ten_in_a_window_are_no_flood_and_eleven_are() -> None:
    assert rules_kpi.rates({1: 10}, 6, TABLE).floods == ()
    assert rules_kpi.rates({1: 11}, 6, TABLE).floods == (1,)


def test_no_alarm_is_no_proof_of_speed() -> None:
    assert (Taken(30, 0.8, 0, 0).share, Taken(30, 0.8, 0, 0).is_kept) == (None, True)
    assert not Taken(30, 0.8, 1, 3).is_kept


# ── A night ──────────────────────────────────────────────────────────────


def test_a_night_counted_by_hand(hands: Hands, cast: Cast) -> None:
    for zone in range(1, 13):  # twelve within one window
        alarm = _ring("1002", "BA", str(zone))
        hands.forward(20)
        actions.acknowledge_alarm(alarm, cast.chi)
    hands.forward(3600)
    hold_up = _ring("1001", "HA", "1")
    hands.forward(45)
    actions.acknowledge_alarm(hold_up, cast.dung)
    hands.forward(3600)
    seen = viewer(cast.chi)
    found = kpi.rates(seen, _span())
    assert (found.alarms, found.peak, len(found.floods)) == (13, 12, 1)
    assert kpi.in_window(seen, _span(), found.floods[0]).count() == 12
    assert kpi.window_at(found.floods[0]) <= LATER < kpi.window_at(found.floods[0] + 1)
    assert kpi.by_priority(seen, _span()) == {1: 1, 2: 12}
    urgent, others = kpi.times(seen, _span())
    assert [(one.in_time, one.alarms) for one in urgent] == [(0, 1), (1, 1)]
    assert [(one.in_time, one.alarms) for one in others] == [(12, 12), (12, 12)]
    assert not kpi.late(seen, _span()).exists()
    assert [(p.name, p.alarms, p.peak) for p in kpi.people(seen, _span())] == [
        ("Nguyễn Thị Chi", 12, 12), ("Đỗ Tiến Dũng", 1, 1)]  # fmt: skip


def test_taken_over_later_the_first_time_counts(hands: Hands, cast: Cast) -> None:
    alarm = _ring()
    hands.forward(60)
    actions.acknowledge_alarm(alarm, cast.chi)
    hands.forward(600)
    copy(entry("1002", "BR", "1")), RaiseAlarms()()
    copy(entry("1002", "BA", "1")), RaiseAlarms()()  # it waits again
    hands.forward(600)
    actions.acknowledge_alarm(alarm, cast.chi)
    _urgent, others = kpi.times(viewer(cast.chi), _span())
    assert [(one.in_time, one.alarms) for one in others] == [(1, 1), (1, 1)]


def test_what_nobody_took_is_late_when_its_time_is_over(hands: Hands, cast: Cast) -> None:
    alarm = _ring()
    hands.forward(179)
    assert not kpi.late(viewer(cast.chi), _span()).exists()
    assert kpi.times(viewer(cast.chi), _span())[1][1].alarms == 0  # it still may be in time
    hands.forward(2)
    assert kpi.late(viewer(cast.chi), _span()).get() == alarm
    assert [(one.in_time, one.alarms) for one in kpi.times(viewer(cast.chi), _span())[1]] == [(0, 1), (0, 1)]


def test_taken_in_the_last_moment_and_one_moment_later(hands: Hands, cast: Cast) -> None:
    for zone, wait in (("1", 90), ("2", 90.01)):
        alarm = _ring("1002", "BA", zone)
        hands.forward(wait)
        actions.acknowledge_alarm(alarm, cast.chi)
    assert [(one.in_time, one.alarms) for one in kpi.times(viewer(cast.chi), _span())[1]] == [(1, 2), (2, 2)]


def test_who_puts_it_on_the_shelf_has_looked_at_it(hands: Hands, cast: Cast) -> None:
    alarm = _ring()
    hands.forward(10)
    shelve_alarm(alarm, cast.chi, timedelta(minutes=10), "repair")
    hands.forward(300)
    assert not kpi.late(viewer(cast.chi), _span()).exists()
    assert [(one.in_time, one.alarms) for one in kpi.times(viewer(cast.chi), _span())[1]] == [(1, 1), (1, 1)]


def test_a_source_that_rings_often_and_one_that_chatters(hands: Hands, cast: Cast) -> None:
    for _n in range(3):
        alarm = actions.acknowledge_alarm(_ring("1002", "BA", "1"), cast.chi)
        actions.close_alarm(alarm, cast.chi, "equipment")
        hands.forward(300)
    for _n in range(3):
        chatters = _ring("1002", "BA", "2")
        hands.forward(1)
    first, second = kpi.top_sources(viewer(cast.chi), _span())
    assert (first.alarm.zone_name, first.alarms, second.alarms) == ("Cổng chính", 3, 1)
    assert list(kpi.chattering(viewer(cast.chi), _span())) == [chatters]


def test_stale_is_open_for_longer_than_a_day(hands: Hands, cast: Cast) -> None:
    alarm = _ring()
    hands.forward(24 * 3600)
    assert not kpi.stale(viewer(cast.chi), clock.now()).exists()
    hands.forward(1)
    assert kpi.stale(viewer(cast.chi), clock.now()).get() == alarm
    actions.close_alarm(actions.acknowledge_alarm(alarm, cast.chi), cast.chi, "test")
    assert not kpi.stale(viewer(cast.chi), clock.now()).exists()


@pytest.mark.parametrize("mark", [{"is_drill": True}, {"is_on_test": True}, {"fold": "storm"}])
def test_drills_tests_and_storms_are_never_stale(hands: Hands, cast: Cast, mark: dict[str, object]) -> None:
    Alarm.objects.filter(id=_ring().id).update(**mark)
    hands.forward(2 * 24 * 3600)
    assert not kpi.stale(viewer(cast.chi), clock.now()).exists()


@pytest.mark.parametrize("mark", [{"is_drill": True}, {"is_on_test": True}, {"fold": "storm"}])
def test_drills_tests_and_storms_are_not_counted(hands: Hands, cast: Cast, mark: dict[str, object]) -> None:
    Alarm.objects.filter(id=_ring().id).update(**mark)
    hands.forward(600)
    found = kpi.rates(viewer(cast.chi), _span())
    assert (found.alarms, kpi.times(viewer(cast.chi), _span())[1][0].alarms) == (0, 0)


def test_each_sees_their_own(hands: Hands, cast: Cast) -> None:
    _ring("1002", "BA", "1")
    hands.forward(1)
    assert kpi.rates(viewer(cast.dung), _span()).alarms == 0
    assert kpi.rates(viewer(cast.la), _span()).alarms == 0
    assert kpi.people(viewer(cast.la), _span()) == []


def test_a_span_has_every_window_in_it() -> None:
    since = START.replace(minute=0, second=0)
    assert kpi.Span(since, since + timedelta(hours=1)).windows == 6
    assert kpi.Span(since + timedelta(seconds=1), since + timedelta(hours=1, seconds=1)).windows == 7


def test_the_figures_cost_the_same_for_any_number(
    hands: Hands, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for zone in range(1, 20):
        actions.acknowledge_alarm(_ring("1002", "BA", str(zone)), cast.chi)
    hands.forward(60)
    seen = viewer(cast.chi)
    for ask, cost in ((kpi.rates, 1), (kpi.by_priority, 1), (kpi.top_sources, 2), (kpi.times, 1), (kpi.people, 1)):
        with django_assert_num_queries(cost):
            ask(seen, _span())  # type: ignore[operator]
