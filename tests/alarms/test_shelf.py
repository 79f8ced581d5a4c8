"""The shelf: an alarm waits for a time, with a reason, in sight of all; then it is back, as old as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from canh.accounts.queries import viewer
from canh.alarms import actions, queries
from canh.alarms.actions_shelf import shelve_alarm, unshelve_alarm
from canh.alarms.models import Alarm
from canh.alarms.rules import IllegalMove
from canh.alarms.steps import RaiseAlarms
from canh.alarms.steps_owners import EndShelving
from canh.alarms.terms import EventKind, State
from canh.audit.models import Line
from canh.intake.terms import NEVER_HELD_BACK
from tests.cast import Cast
from tests.clock import Hands, stopped
from tests.senders import copy, entry

HOUR = timedelta(hours=1)


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


def _ring(account: str = "1002", code: str = "BA", zone: str = "1") -> Alarm:
    copy(entry(account, code, zone))
    RaiseAlarms()()
    return Alarm.objects.latest("last_at", "id")


def test_it_leaves_the_queue_and_comes_back_as_old_as_it_is(hands: Hands, cast: Cast) -> None:
    alarm = _ring()
    came = alarm.received_at
    hands.forward(60)
    shelve_alarm(alarm, cast.chi, HOUR, "repair", "Thợ hẹn 15 giờ")
    assert not queries.open_alarms(viewer(cast.chi)).exists()
    assert queries.open_counts(viewer(cast.chi)) == {}
    assert queries.open_by_site(viewer(cast.chi)) == {}
    assert queries.shelved_alarms(viewer(cast.chi)).get() == alarm
    hands.forward(3599)
    assert not EndShelving()()
    hands.forward(1)
    assert EndShelving()()
    back = queries.open_alarms(viewer(cast.chi)).get()
    assert (back.state, back.received_at, back.shelved_until) == (State.UNACKNOWLEDGED, came, None)
    story = [(line.kind, line.actor) for line in queries.timeline(back)][3:]
    assert story == [(EventKind.SHELVED, "Nguyễn Thị Chi"), (EventKind.UNSHELVED, "")]
    acts = list(Line.objects.filter(subject=f"alarm:{alarm.id}").order_by("id").values_list("action", flat=True))
    assert acts == ["alarm.raise", "alarm.shelve", "alarm.unshelve"]
    assert "Thợ" not in str(list(Line.objects.values_list("detail", flat=True)))


def test_an_engine_that_slept_brings_back_what_is_overdue_once(hands: Hands, cast: Cast) -> None:
    alarm = shelve_alarm(_ring(), cast.chi, HOUR, "repair")
    hands.forward(5 * 3600)
    assert EndShelving()()
    hands.forward(2)
    assert not EndShelving()()
    assert alarm.events.filter(kind=EventKind.UNSHELVED).count() == 1


def test_what_rings_again_meanwhile_stays_aside_and_is_counted(hands: Hands, cast: Cast) -> None:
    alarm = shelve_alarm(_ring(), cast.chi, HOUR, "repair")
    hands.forward(30)
    assert _ring() == alarm
    alarm.refresh_from_db()
    assert (alarm.state, alarm.count) == (State.SHELVED, 2)
    assert not queries.open_alarms(viewer(cast.chi)).exists()


def test_what_is_restored_meanwhile_comes_back_all_the_same(hands: Hands, cast: Cast) -> None:
    alarm = shelve_alarm(_ring(), cast.chi, HOUR, "repair")
    copy(entry("1002", "BR", "1"))
    RaiseAlarms()()
    hands.forward(3600)
    EndShelving()()
    back = queries.open_alarms(viewer(cast.chi)).get()
    assert back == alarm
    assert back.returned_at is not None


@pytest.mark.parametrize(("code", "zone"), [("HA", "1"), ("FA", "3"), ("PA", "4")])
def test_a_cry_for_help_is_refused(hands: Hands, cast: Cast, code: str, zone: str) -> None:
    alarm = _ring("1001", code, zone)
    assert alarm.kind in NEVER_HELD_BACK
    with pytest.raises(ValidationError, match=r"never|không"):
        shelve_alarm(alarm, cast.dung, timedelta(minutes=1), "other", "vì")
    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.filter(id=alarm.id).update(
            state=State.SHELVED, shelved_until=alarm.raised_at + HOUR, shelved_by=cast.dung, shelve_reason="other",
            acknowledged_at=alarm.raised_at, acknowledged_by=cast.dung,
        )  # fmt: skip
    assert queries.open_alarms(viewer(cast.dung)).get() == alarm


@pytest.mark.parametrize(
    ("span", "reason", "note"),
    [(HOUR, "", ""), (HOUR, "unheard", ""), (HOUR, "other", " "), (timedelta(0), "repair", ""),
     (timedelta(hours=4, seconds=1), "repair", ""), (-HOUR, "repair", "")],
)  # fmt: skip
def test_no_end_too_late_an_end_or_no_reason_is_refused(
    hands: Hands, cast: Cast, span: timedelta, reason: str, note: str
) -> None:
    alarm = _ring()
    with pytest.raises(ValidationError):
        shelve_alarm(alarm, cast.chi, span, reason, note)
    alarm.refresh_from_db()
    assert alarm.state == State.UNACKNOWLEDGED


def test_back_before_its_time_and_only_once(hands: Hands, cast: Cast) -> None:
    alarm = shelve_alarm(_ring(), cast.chi, HOUR, "repair")
    unshelve_alarm(alarm, cast.dung)
    assert alarm.state == State.UNACKNOWLEDGED
    with pytest.raises(actions.TooLate):
        unshelve_alarm(alarm, cast.chi)
    actions.acknowledge_alarm(alarm, cast.dung)
    assert actions.close_alarm(alarm, cast.dung, "equipment").state == State.CLOSED


def test_the_second_to_move_it_is_told(hands: Hands, cast: Cast) -> None:
    alarm = _ring()
    stale = Alarm.objects.get(id=alarm.id)
    shelve_alarm(alarm, cast.chi, HOUR, "repair")
    with pytest.raises(actions.TooLate):
        actions.acknowledge_alarm(stale, cast.dung)
    stale.state = State.UNACKNOWLEDGED
    with pytest.raises(actions.TooLate):
        shelve_alarm(stale, cast.dung, HOUR, "work")
    with pytest.raises(IllegalMove):
        shelve_alarm(alarm, cast.dung, HOUR, "work")
    with pytest.raises(IllegalMove):
        actions.close_alarm(alarm, cast.dung, "test")


def test_a_stranger_sees_no_shelf(hands: Hands, cast: Cast) -> None:
    shelve_alarm(_ring(), cast.chi, HOUR, "repair")
    assert not queries.shelved_alarms(viewer(cast.la)).exists()
    assert not queries.shelved_alarms(viewer(cast.dung)).exists()  # the school is none of the banks' desk
