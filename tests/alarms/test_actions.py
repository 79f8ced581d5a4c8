"""People act on alarms: one wins, nothing is lost, all is written down."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from canh.accounts.queries import viewer
from canh.alarms import actions, queries
from canh.alarms.models import Alarm
from canh.alarms.rules import IllegalMove
from canh.alarms.steps import RaiseAlarms
from canh.alarms.terms import EventKind, State
from canh.audit.models import Line
from tests.cast import Cast
from tests.clock import stopped
from tests.senders import copy, entry


def _ring(account: str = "1001", code: str = "HA", zone: str = "1") -> Alarm:
    copy(entry(account, code, zone))
    RaiseAlarms()()
    return Alarm.objects.latest("id")


def test_acknowledge_and_close_tell_their_story(cast: Cast) -> None:
    with stopped() as hands:
        alarm = _ring()
        hands.forward(3)
        actions.acknowledge_alarm(alarm, cast.dung)
        hands.forward(60)
        actions.close_alarm(alarm, cast.dung, "nothing_found", "Đã gọi bảo vệ")
    kinds = [line.kind for line in queries.timeline(alarm)]
    assert kinds == [EventKind.RECEIVED, EventKind.STORED, EventKind.RAISED, EventKind.ACKNOWLEDGED, EventKind.CLOSED]
    assert queries.timeline(alarm)[-1].note == "Đã gọi bảo vệ"
    acts = [line.action for line in Line.objects.filter(subject=f"alarm:{alarm.id}").order_by("id")]
    assert acts == ["alarm.raise", "alarm.acknowledge", "alarm.close"]
    assert "Đã gọi" not in str(list(Line.objects.values_list("detail", flat=True)))


def test_the_second_to_acknowledge_learns_who_was_first(cast: Cast) -> None:
    alarm = _ring()
    actions.acknowledge_alarm(alarm, cast.dung)
    actions.acknowledge_alarm(alarm, cast.dung)  # a double press is harmless
    with pytest.raises(actions.TooLate) as late:
        actions.acknowledge_alarm(alarm, cast.chi)
    assert late.value.alarm.acknowledged_by == cast.dung
    assert alarm.events.filter(kind=EventKind.ACKNOWLEDGED).count() == 1


@pytest.mark.parametrize(("reason", "note"), [("", ""), ("unheard", "x"), ("other", "  ")])
def test_closing_needs_a_reason(cast: Cast, reason: str, note: str) -> None:
    alarm = actions.acknowledge_alarm(_ring(), cast.dung)
    with pytest.raises(ValidationError):
        actions.close_alarm(alarm, cast.dung, reason, note)
    alarm.refresh_from_db()
    assert alarm.state == State.ACKNOWLEDGED


def test_an_unacknowledged_alarm_cannot_be_closed(cast: Cast) -> None:
    with pytest.raises(IllegalMove):
        actions.close_alarm(_ring(), cast.dung, "test")


class TestReopen:
    def test_a_mistake_is_undone_and_kept(self, cast: Cast) -> None:
        alarm = actions.acknowledge_alarm(_ring(), cast.dung)
        actions.close_alarm(alarm, cast.dung, "test")
        actions.reopen_alarm(alarm, cast.chi, "Bấm nhầm")
        assert (alarm.state, alarm.close_reason, alarm.acknowledged_by) == (State.ACKNOWLEDGED, "", cast.chi)
        assert [line.kind for line in queries.timeline(alarm)][-2:] == [EventKind.CLOSED, EventKind.REOPENED]

    def test_not_after_a_day(self, cast: Cast) -> None:
        with stopped() as hands:
            alarm = actions.acknowledge_alarm(_ring(), cast.dung)
            actions.close_alarm(alarm, cast.dung, "test")
            hands.forward(24 * 3600 + 1)
            with pytest.raises(ValidationError):
                actions.reopen_alarm(alarm, cast.dung, "Bấm nhầm")

    def test_not_beside_a_newer_one_of_the_same_condition(self, cast: Cast) -> None:
        alarm = actions.acknowledge_alarm(_ring(), cast.dung)
        actions.close_alarm(alarm, cast.dung, "test")
        _ring()
        with pytest.raises(ValidationError):
            actions.reopen_alarm(alarm, cast.dung, "Bấm nhầm")


def test_people_see_their_own_premises_only(cast: Cast) -> None:
    _ring("1001"), _ring("1002", "BA", "1")
    seen = {name: queries.open_alarms(viewer(user)).count()
            for name, user in {"chi": cast.chi, "dung": cast.dung, "en": cast.en, "la": cast.la}.items()}  # fmt: skip
    assert seen == {"chi": 2, "dung": 1, "en": 2, "la": 0}


def test_every_change_moves_the_pulse(cast: Cast) -> None:
    alarm = _ring()
    pulses = [queries.pulse()]
    actions.acknowledge_alarm(alarm, cast.dung)
    pulses.append(queries.pulse())
    actions.add_note(alarm, cast.dung, "Đang gọi")
    pulses.append(queries.pulse())
    actions.close_alarm(alarm, cast.dung, "test")
    pulses.append(queries.pulse())
    assert pulses == sorted(set(pulses))
    assert [a.id for a in queries.changed_after(viewer(cast.chi), pulses[-2])] == [alarm.id]
