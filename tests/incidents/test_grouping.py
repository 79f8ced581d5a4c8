"""Alarms become cases: by site and time, once each, in a storm for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from canh.accounts import queries as accounts
from canh.alarms.models import Alarm
from canh.alarms.steps import RaiseAlarms
from canh.audit.models import Line
from canh.incidents import queries, rules
from canh.incidents.models import Cursor, Incident, Member
from canh.incidents.rules import Heard, Placing, Standing
from canh.incidents.steps import GroupAlarms
from canh.sites import actions as sites
from canh.sites.models import Site
from tests.cast import Cast
from tests.clock import START, Hands, stopped
from tests.senders import copy, entry

TABLE = queries.grouping(START.date())


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as moved:
        yield moved


def ring(account: str, code: str = "BA", zone: str = "1") -> None:
    copy(entry(account, code, zone))
    RaiseAlarms()()


def cases() -> list[tuple[str, str, int]]:
    """Site, kind and number of members, in order of the cases' numbers."""
    return [(i.site.name, i.kind, i.members.count()) for i in Incident.objects.order_by("number")]


def test_twelve_detectors_in_three_minutes_are_one_case(cast: Cast, hands: Hands) -> None:
    step = GroupAlarms()
    for number in range(1, 13):
        ring("1002", "BA", str(number))
        step()
        hands.forward(15)
    case = Incident.objects.get()
    assert (case.label, case.kind, case.priority, case.is_drill) == ("2026-0001", "intrusion", 2, False)
    assert case.members.count() == 12
    assert case.opened_at == START
    assert case.last_at == START + timedelta(seconds=165)
    assert list(Line.objects.filter(action="incident.open").values_list("subject", flat=True)) == [
        f"incident:{case.id}"
    ]


def test_another_site_is_another_case(cast: Cast, hands: Hands) -> None:
    ring("1002")
    ring("1001", "BA", "2")
    GroupAlarms()()
    assert cases() == [(cast.school.name, "intrusion", 1), (cast.bank.name, "intrusion", 1)]


def test_after_the_window_a_new_case_begins(cast: Cast, hands: Hands) -> None:
    ring("1002", "BA", "1")
    hands.forward(1800)
    ring("1002", "BA", "2")
    hands.forward(1801)
    ring("1002", "BA", "3")
    GroupAlarms()()
    assert cases() == [(cast.school.name, "intrusion", 2), (cast.school.name, "intrusion", 1)]


def test_a_hold_up_joins_the_burglary_and_raises_it(cast: Cast, hands: Hands) -> None:
    ring("1001", "BA", "5")
    GroupAlarms()()
    hands.forward(60)
    ring("1001", "HA", "1")
    GroupAlarms()()
    assert cases() == [(cast.bank.name, "hold_up", 2)]
    assert Incident.objects.get().priority == 1
    assert Line.objects.get(action="incident.raise").detail == {"kind": "hold_up"}


def test_the_mains_belong_to_a_case_and_make_none(cast: Cast, hands: Hands) -> None:
    ring("1002", "AT", "")
    GroupAlarms()()
    assert cases() == []
    ring("1001", "BA", "5")
    ring("1001", "AT", "")
    GroupAlarms()()
    assert cases() == [(cast.bank.name, "intrusion", 2)]


def test_what_happens_after_the_closing_is_a_new_case(cast: Cast, hands: Hands) -> None:
    ring("1002", "BA", "1")
    GroupAlarms()()
    Incident.objects.update(closed_at=START, closed_by=cast.dung, outcome="nothing_found")
    ring("1002", "BA", "2")
    GroupAlarms()()
    assert [number for _s, _k, number in cases()] == [1, 1]


def test_a_drill_and_what_is_real_are_never_one_case(cast: Cast, hands: Hands) -> None:
    ring("1002", "BA", "1")
    GroupAlarms()()
    Site.objects.filter(id=cast.school.id).update(is_drill=True)
    ring("1002", "BA", "2")
    Alarm.objects.filter(zone_number="2").update(is_drill=True)
    GroupAlarms()()
    assert sorted(Incident.objects.values_list("is_drill", flat=True)) == [False, True]


def test_handled_twice_is_handled_once(cast: Cast, hands: Hands) -> None:
    ring("1002", "BA", "1")
    assert GroupAlarms()()
    Cursor.objects.all().delete()  # as if the machine had died before it moved
    assert not GroupAlarms()()
    assert (Incident.objects.count(), Member.objects.count()) == (1, 1)


def test_a_step_cut_off_in_the_middle_leaves_nothing(cast: Cast, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    ring("1002", "BA", "1")
    step = GroupAlarms()
    with monkeypatch.context() as broken:
        broken.setattr("canh.incidents.grouping.record_many", lambda _lines: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            step()
    assert (Incident.objects.count(), Cursor.objects.count()) == (0, 0)
    assert step()
    assert cases() == [(cast.school.name, "intrusion", 1)]


def test_more_than_a_batch_is_one_change_and_nothing_is_left_out(
    cast: Cast, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("canh.incidents.steps.BATCH", 7)
    copy(*[entry("1002", "BA", str(n)) for n in range(1, 25)])
    RaiseAlarms()()
    assert Alarm.objects.values("revision").distinct().count() == 1
    step = GroupAlarms()
    while step():
        pass
    assert cases() == [(cast.school.name, "intrusion", 24)]


def test_years_are_counted_apart_by_the_calendar_on_the_wall(cast: Cast) -> None:
    """19:00 UTC on the last of December is the first of January in Hanoi."""
    for begin in ("2026-12-31T16:59:00+00:00", "2026-12-31T19:00:00+00:00"):
        with stopped(datetime.fromisoformat(begin)):
            ring("1002", "BA", "1")
            GroupAlarms()()
            Alarm.objects.update(state="closed", closed_at=START, closed_by=cast.dung, close_reason="test",
                                 acknowledged_at=START, acknowledged_by=cast.dung)  # fmt: skip
    assert [i.label for i in Incident.objects.order_by("id")] == ["2026-0001", "2027-0001"]


def test_a_batch_costs_the_same_queries_whatever_its_size(
    cast: Cast, hands: Hands, django_assert_max_num_queries: object
) -> None:
    for number in range(40):
        site = sites.add_site(actor_id=None, unit_id=cast.schools.id, area_id=cast.ward.id, name=f"Trường {number}",
                              kind="school", address="")  # fmt: skip
        sites.add_panel(actor_id=None, site=site, account=f"{0x6000 + number:X}")
    copy(*[entry(f"{0x6000 + n:X}", "BA", "1") for n in range(40)])
    RaiseAlarms()()
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        GroupAlarms()()
    assert Incident.objects.count() == 40


def test_a_storm_costs_one_look_a_cycle(cast: Cast, hands: Hands) -> None:
    """Power failures raise alarms one after the other; the step looks once and writes nothing."""
    step = GroupAlarms()
    step()
    for number in range(30):
        copy(entry("1002", "AT", str(number)))
    RaiseAlarms()()
    Alarm.objects.update(fold="storm")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert not step()
    assert len(seen) <= 4
    assert not [q for q in seen if q["sql"].startswith(("INSERT", "UPDATE"))]
    with CaptureQueriesContext(connection) as seen:
        assert not step()
    assert len(seen) == 1


def test_a_stranger_sees_no_case_and_an_operator_those_of_their_sector(cast: Cast) -> None:
    ring("1001", "HA", "1")
    ring("1002", "BA", "1")
    GroupAlarms()()
    seen = {user: [i.site.name for i in queries.visible_to(accounts.viewer(user))] for user in (cast.la, cast.dung)}
    assert seen == {cast.la: [], cast.dung: [cast.bank.name]}


# ── Rules ────────────────────────────────────────────────────────────────

STANDING = Standing(START, START + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("kind", "code", "minutes", "own", "folded", "standing", "expected"),
    [
        ("intrusion", "BA", 0, False, False, None, Placing.OPEN),
        ("intrusion", "BA", 35, False, False, STANDING, Placing.JOIN),
        ("intrusion", "BA", 36, False, False, STANDING, Placing.OPEN),
        ("intrusion", "BA", -30, False, False, STANDING, Placing.JOIN),  # copied late
        ("intrusion", "BA", -31, False, False, STANDING, Placing.OPEN),
        ("power", "AT", 0, False, False, None, Placing.LEAVE),
        ("power", "AT", 1, False, False, STANDING, Placing.JOIN),
        ("power", "AT", 1, False, True, STANDING, Placing.LEAVE),  # part of a storm
        ("path", "path_lost", 1, True, False, None, Placing.LEAVE),
        ("path", "path_lost", 1, True, False, STANDING, Placing.JOIN),  # the line cut during a burglary
        ("fault", "runaway", 1, True, False, STANDING, Placing.LEAVE),
        ("unknown", "ZZ", 1, False, False, STANDING, Placing.LEAVE),
        ("unknown", "ZZ", 1, False, False, None, Placing.LEAVE),
    ],
)
def test_places(
    kind: str, code: str, minutes: int, own: bool, folded: bool, standing: Standing | None, expected: Placing
) -> None:
    alarm = Heard(kind, code, 2, START + timedelta(minutes=minutes), folded, own)
    assert rules.place(alarm, standing, TABLE) == expected


def test_a_detector_that_trips_for_ever_makes_no_eternal_case() -> None:
    standing = Standing(START, START + timedelta(hours=8))
    assert rules.place(Heard("intrusion", "BA", 2, START + timedelta(hours=8)), standing, TABLE) == Placing.JOIN
    late = Heard("intrusion", "BA", 2, START + timedelta(hours=8, seconds=1))
    assert rules.place(late, standing, TABLE) == Placing.OPEN


def test_a_vault_is_graver_than_a_door_and_a_hold_up_than_a_vault() -> None:
    grave = [("hold_up", 1), ("duress", 1), ("intrusion", 1), ("intrusion", 2), ("tamper", 2), ("power", 3)]
    assert sorted(reversed(grave), key=lambda pair: rules.gravity(*pair, TABLE)) == grave
