"""Signals become alarms: once each, urgent ones first, one bad signal stops no other."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from canh.alarms import actions, queries
from canh.alarms.models import Alarm
from canh.alarms.steps import RaiseAlarms
from canh.alarms.terms import EventKind
from canh.intake.models import Signal
from canh.intake.queries import waiting_signals
from tests.cast import Cast
from tests.clock import stopped
from tests.senders import copy, entry


def test_one_condition_is_one_alarm_however_often_reported(cast: Cast) -> None:
    copy(*[entry("1002", "BA", "1") for _ in range(5)])
    RaiseAlarms()()
    copy(entry("1002", "BA", "1"))
    RaiseAlarms()()
    alarm = Alarm.objects.get()
    assert (alarm.count, alarm.zone_name, alarm.priority) == (6, "Cổng chính", 2)


def test_two_zones_are_two_alarms(cast: Cast) -> None:
    copy(entry("1002", "BA", "1"), entry("1002", "BA", "2"))
    RaiseAlarms()()
    assert Alarm.objects.count() == 2


def test_return_to_normal_is_kept_and_taken_back(cast: Cast) -> None:
    with stopped() as hands:
        copy(entry("1002", "BA", "1"))
        RaiseAlarms()()
        hands.forward(10)
        copy(entry("1002", "BR", "1"))
        RaiseAlarms()()
        alarm = Alarm.objects.get()
        assert (alarm.returned_at - alarm.received_at).total_seconds() == 10
        assert alarm.state == "unacknowledged"
        copy(entry("1002", "BA", "1"))
        RaiseAlarms()()
    alarm.refresh_from_db()
    assert alarm.returned_at is None
    assert alarm.count == 2


def test_a_hold_up_waits_behind_nothing(cast: Cast) -> None:
    copy(*[entry("1002", "AT") for _ in range(3)], entry("1001", "HA", "1"))
    assert waiting_signals(1)[0].code == "HA"


def test_a_repeated_hold_up_touches_its_alarm_or_raises_one(cast: Cast) -> None:
    copy(entry("1001", "HA", "1", number="0009"), entry("1001", "HA", "1", number="0009"))
    RaiseAlarms()()
    alarm = Alarm.objects.get()
    assert alarm.count == 1
    assert alarm.events.filter(kind=EventKind.REPEAT).count() == 1
    Alarm.objects.update(state="closed", closed_at=alarm.raised_at, closed_by=cast.dung, close_reason="test",
                         acknowledged_at=alarm.raised_at, acknowledged_by=cast.dung)  # fmt: skip
    copy(entry("1001", "HA", "1", number="0009"))
    RaiseAlarms()()
    assert Alarm.objects.exclude(state="closed").count() == 1


def test_what_returned_and_happens_again_asks_for_a_person_again(cast: Cast) -> None:
    for code in ("BA", "ack", "BR", "BA"):
        if code == "ack":
            actions.acknowledge_alarm(Alarm.objects.get(), cast.dung)
            continue
        copy(entry("1002", code, "1"))
        RaiseAlarms()()
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.count, alarm.returned_at) == ("unacknowledged", 2, None)
    assert [e.kind for e in alarm.events.all()][-1] == EventKind.REACTIVATED
    actions.acknowledge_alarm(alarm, cast.chi)
    assert alarm.acknowledged_by == cast.chi


def test_a_database_that_is_away_is_no_fault_of_a_signal(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("database is locked")

    copy(entry("1001", "HA", "1"))
    with monkeypatch.context() as broken:
        broken.setattr("canh.alarms.steps.record_many", away)
        with pytest.raises(OperationalError):
            RaiseAlarms()()
    assert waiting_signals(9)
    RaiseAlarms()()
    assert Alarm.objects.get().code == "HA"


def test_an_unknown_account_raises_nothing_and_is_kept(cast: Cast) -> None:
    copy(entry("9999", "HA", "1", verdict="unknown_account"))
    RaiseAlarms()()
    assert Alarm.objects.count() == 0
    assert Signal.objects.get().handled_at is not None


def test_a_plain_message_of_a_keyed_panel_rings_twice(cast: Cast) -> None:
    copy(entry("1001", "HA", "1", verdict="downgrade"))
    RaiseAlarms()()
    assert sorted(Alarm.objects.values_list("kind", flat=True)) == ["hold_up", "security"]


def test_a_wrong_key_is_an_attack(cast: Cast) -> None:
    copy(entry("1001", "", "", verdict="wrong_key"))
    RaiseAlarms()()
    assert Alarm.objects.get().kind == "security"


def test_a_signal_that_cannot_be_handled_stops_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from canh.alarms import rules

    real = rules.decide

    def decide(reading: rules.Reading, *rest: object) -> rules.Act:
        if reading.condition == "tamper":
            raise ZeroDivisionError("a rule with a fault")
        return real(reading, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(rules, "decide", decide)
    copy(entry("1002", "BA", "1"), entry("1002", "TA", "2"), entry("1001", "HA", "1"))
    RaiseAlarms()()
    assert sorted(Alarm.objects.values_list("code", flat=True)) == ["BA", "HA"]
    assert "ZeroDivision" in Signal.objects.get(code="TA").problem
    assert not waiting_signals(9)


def test_an_alarm_keeps_the_name_its_zone_had(cast: Cast) -> None:
    copy(entry("1001", "HA", "1"))
    RaiseAlarms()()
    cast.bank_panel.zones.filter(number=1).update(name="Quầy mới")
    assert Alarm.objects.get().zone_name == "Nút khẩn quầy 2"


def test_handling_twice_is_harmless(cast: Cast) -> None:
    copy(entry("1001", "HA", "1"))
    step = RaiseAlarms()
    assert step()
    assert not step()
    assert Alarm.objects.get().count == 1
    assert queries.pulse() == 1


def test_a_batch_costs_the_same_queries_whatever_its_size(cast: Cast, django_assert_max_num_queries: object) -> None:
    copy(*[entry("1002", "BA", str(n)) for n in range(1, 200)])
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        RaiseAlarms()()
