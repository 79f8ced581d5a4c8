"""How an exercise is scored, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from canh.alarms import actions, actions_drills, queries_drills, rules_drills
from canh.alarms.models import Alarm
from canh.alarms.models_arming import Arming
from canh.alarms.rules_drills import Happened, Sent
from canh.alarms.steps import RaiseAlarms
from canh.alarms.terms_drills import Mark
from canh.sites.models import Panel
from tests.cast import Cast
from tests.clock import START, stopped
from tests.senders import copy, entry

TABLE = queries_drills.drill_table(START.date())
S = timedelta(seconds=1)


def alarm(urgent: bool = True, **after: float) -> Happened:
    times = {f"{name}_at": START + S * seconds for name, seconds in after.items()}
    return Happened(urgent, START, times.pop("raised_at", START), **times)


def marks(sent: list[Sent], alarms: list[Happened]) -> dict[Mark, tuple[float | None, bool]]:
    return {one.mark: (one.seconds, one.is_kept) for one in rules_drills.score(sent, alarms, TABLE)}


def test_the_slowest_of_each_counts() -> None:
    sent = [Sent(START, START + S), Sent(START, START + 2 * S)]
    found = marks(sent, [alarm(raised=1, shown=1, taken=29, closed=90), alarm(raised=0, shown=2, taken=10, closed=400)])
    assert found == {
        Mark.RECEIVED: (2.0, True), Mark.RAISED: (1.0, True), Mark.SHOWN: (2.0, True), Mark.TAKEN: (29.0, True),
        Mark.CLOSED: (400.0, True),
    }  # fmt: skip


@pytest.mark.parametrize(("urgent", "seconds", "kept"), [(True, 30, True), (True, 31, False), (False, 90, True),
                                                         (False, 91, False)])  # fmt: skip
def test_calls_for_help_are_taken_sooner(urgent: bool, seconds: float, kept: bool) -> None:
    assert marks([], [alarm(urgent, taken=seconds)])[Mark.TAKEN] == (float(seconds), kept)


def test_where_there_is_a_call_for_help_the_others_may_wait() -> None:
    assert marks([], [alarm(True, taken=20), alarm(False, taken=300)])[Mark.TAKEN] == (20.0, True)


def test_of_nothing_nothing_is_kept() -> None:
    assert set(marks([], []).values()) == {(None, False)}
    assert marks([Sent(START)], [])[Mark.RECEIVED] == (None, False)


# ── What it leaves alone ─────────────────────────────────────────────────


def ring(account: str, code: str, zone: str = "1", user: str = "") -> None:
    copy(entry(account, code, zone, user=user))
    RaiseAlarms()()


def test_an_exercise_and_a_real_alarm_of_one_button_are_two(cast: Cast) -> None:
    with stopped():
        run, made = actions_drills.begin_drill(cast.bank, "hold_up_at_counter", actor_id=cast.chi.id)
        ring(made.panel.account, "HA")
        ring("1001", "HA")
        assert list(Alarm.objects.order_by("id").values_list("is_drill", "kind", "state")) == [
            (True, "hold_up", "unacknowledged"), (False, "hold_up", "unacknowledged")]  # fmt: skip
        assert Alarm.objects.values("zone_number", "zone_name").distinct().count() == 1
        assert queries_drills.alarms_of(run).count() == 1


def test_openings_of_the_panel_of_an_exercise_arm_and_disarm_nothing(cast: Cast) -> None:
    with stopped():
        _run, made = actions_drills.begin_drill(cast.bank, "hold_up_at_counter", actor_id=None)
        ring(made.panel.account, "OP", "", user="1")
        assert not Arming.objects.exists()


def test_one_at_a_time_and_its_key_is_forgotten(cast: Cast) -> None:
    with stopped() as hands:
        run, made = actions_drills.begin_drill(cast.bank, "hold_up_at_counter", actor_id=None)
        with pytest.raises(ValidationError, match="đang có"):
            actions_drills.begin_drill(cast.bank, "hold_up_at_counter", actor_id=None)
        ring(made.panel.account, "HA")
        hands.forward(5)
        actions.acknowledge_alarm(Alarm.objects.get(), cast.chi)
        assert not queries_drills.is_over(run)
        actions.close_alarm(Alarm.objects.get(), cast.chi, "drill")
        assert queries_drills.is_over(run)
        found = rules_drills.score([], queries_drills.happened(run), TABLE)
        ended = actions_drills.end_drill(run, found)
        panel = Panel.objects.get(id=made.panel.id)
        assert (panel.retired_at is not None, panel.key_sealed) == (True, None)
        assert {one["mark"]: one["seconds"] for one in ended.marks}["taken"] == 5.0
        assert actions_drills.end_drill(run, []).marks == ended.marks  # a second end changes nothing
        actions_drills.begin_drill(cast.bank, "hold_up_at_counter", actor_id=None)


def test_premises_without_a_panel_cannot_exercise(cast: Cast) -> None:
    Panel.objects.filter(site=cast.school).update(door="mqtt")
    with pytest.raises(ValidationError, match="không có tủ"):
        actions_drills.begin_drill(cast.school, "panic_at_reception", actor_id=None)


@pytest.mark.parametrize(
    ("sent", "arrived", "figures"),
    [(100, 700, [(100.0, True), (600.0, True)]), (121, None, [(121.0, False), (None, False)]),
     (None, None, [(None, False), (None, False)])],
)  # fmt: skip
def test_somebody_is_sent_in_time_and_the_way_is_reported(
    sent: int | None, arrived: int | None, figures: list[tuple[float | None, bool]]
) -> None:
    times = [None if seconds is None else START + S * seconds for seconds in (sent, arrived)]
    found = rules_drills.score_dispatch(START, *times, TABLE)  # type: ignore[arg-type]
    assert [one.mark for one in found] == [Mark.DISPATCHED, Mark.ARRIVED]
    assert [(one.seconds, one.is_kept) for one in found] == figures


@pytest.mark.parametrize(
    ("told", "confirmed", "figures"),
    [(90, 200, [(90.0, True), (110.0, True)]), (121, 400, [(121.0, False), (279.0, False)]),
     (60, None, [(60.0, True), (None, False)]), (None, None, [(None, False), (None, False)])],
)  # fmt: skip
def test_the_police_are_told_and_confirm_in_time(
    told: int | None, confirmed: int | None, figures: list[tuple[float | None, bool]]
) -> None:
    times = [None if seconds is None else START + S * seconds for seconds in (told, confirmed)]
    found = rules_drills.score_police(START, *times, TABLE)  # type: ignore[arg-type]
    assert [one.mark for one in found] == [Mark.POLICE, Mark.CONFIRMED]
    assert [(one.seconds, one.is_kept) for one in found] == figures
