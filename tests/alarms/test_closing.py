"""Opening and closing against the hours: each case is told once, ends by itself, and never where it does not belong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from canh.alarms import actions, actions_arming, closing, queries_arming, rules_closing
from canh.alarms.models import Alarm
from canh.alarms.models_arming import Lapse, SiteClosing
from canh.alarms.rules_closing import Part, Told
from canh.alarms.terms_arming import LapseCode
from canh.intake.journal import Entry
from canh.intake.models import Signal
from canh.kit import clock
from canh.sites import actions as sites
from canh.sites import actions_hours, actions_panels
from canh.sites.models import Site
from tests.alarms.barehouse import (
    DOOR,
    WINDOW,
    alarm_of,
    bare,
    closes,
    local,
    office_hours,
    opens,
    ringing,
    seen_by,
    states,
)
from tests.cast import Cast, make_cast
from tests.clock import stopped
from tests.senders import entry
from tests.sites.test_hours import NIGHT, at, school
from tests.watch import Night, data_folder

DAWN = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)  # a Monday, 07:30 in Hanoi


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped(DAWN) as hands:
        yield Night(hands)


@pytest.fixture
def cast(night: Night) -> Cast:
    cast = make_cast()
    for site in (cast.bank, cast.school):
        office_hours(cast, site)
    night.engine()
    return cast


def until(night: Night, text: str, step_s: float = 1800) -> None:
    """The engine works until a moment of March 2026 in Hanoi: `until(night, "09T17:45")`."""
    left = (at(f"2026-03-{text}") - clock.now()).total_seconds()
    while left > 0:
        night.hands.forward(min(step_s, left))
        left -= step_s
        night.engine()


def hears(night: Night, *entries: Entry) -> None:
    """Messages, and the look at openings and closings that comes within a second or two."""
    night.arrives(*entries)
    night.hands.forward(2)
    night.engine()


# ── Late to close ────────────────────────────────────────────────────────


def test_a_school_that_is_not_closed_in_time_is_told_once_and_ends_with_closing(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "OP", user="7"))
    until(night, "09T17:59:59")
    assert ringing(cast.chi) == []
    until(night, "09T18:00:00")
    assert ringing(cast.chi) == ["late_to_close"]
    alarm = alarm_of("late_to_close")
    assert (alarm.site, alarm.panel, alarm.kind, alarm.priority) == (cast.school, cast.school_panel, "open_close", 3)
    until(night, "09T23:00:00")
    assert (alarm_of("late_to_close").count, Alarm.objects.count()) == (1, 1)
    hears(night, entry("1002", "CL", user="7"))
    alarm.refresh_from_db()
    assert local(alarm.returned_at) == "09/03 23:00"
    assert (alarm.state, ringing(cast.chi)) == ("unacknowledged", [])


def test_a_bank_is_more_urgent(night: Night, cast: Cast) -> None:
    hears(night, entry("1001", "OP"))
    until(night, "09T17:30:00")
    assert (alarm_of("late_to_close").site, alarm_of("late_to_close").priority) == (cast.bank, 2)


def test_closed_in_time_nothing_is_told(night: Night, cast: Cast) -> None:
    for day in ("09", "10", "11"):
        until(night, f"{day}T07:30:00")
        hears(night, entry("1002", "OP"))
        until(night, f"{day}T17:40:00")
        hears(night, entry("1002", "CL"))
    until(night, "12T02:00:00", 7200)
    assert Signal.objects.filter(door="own").count() == 0


def test_not_closed_all_night_ends_when_hours_begin_and_is_told_anew_the_next(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "OP"))
    until(night, "10T07:59:00", 7200)
    assert ringing(cast.chi) == ["late_to_close"]
    until(night, "10T08:00:00")
    assert ringing(cast.chi) == []
    until(night, "10T18:00:00", 7200)
    assert ringing(cast.chi) == ["late_to_close"]
    assert (Lapse.objects.count(), alarm_of("late_to_close").count) == (2, 2)


def test_what_is_reported_after_the_engine_was_away_all_night_is_one_true_alarm(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "OP"))
    night.stop_engine()
    for _hour in range(25):
        night.hands.forward(3600)
    night.start_engine()
    night.engine()
    alarm = alarm_of("late_to_close")
    assert (Alarm.objects.count(), alarm.count, alarm.returned_at is not None) == (1, 1, True)
    night.start_engine()
    night.engine()
    assert Alarm.objects.count() == 1


def test_closed_while_the_engine_was_away_nothing_is_told(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "OP"))
    night.stop_engine()
    night.hands.forward(9 * 3600)
    night.journal(entry("1002", "CL"))
    night.hands.forward(15 * 3600)
    night.start_engine()
    night.engine()
    assert Alarm.objects.count() == 0


def test_the_panel_that_says_it_itself_is_not_echoed(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "OP"))
    until(night, "09T17:10:00")
    hears(night, entry("1002", "CI"))
    until(night, "09T22:00:00")
    assert ringing(cast.chi) == ["CI"]


def test_premises_without_hours_and_those_that_never_reported_are_left_alone(night: Night, cast: Cast) -> None:
    hears(night, entry("1003", "OP"))
    until(night, "10T03:00:00", 7200)
    assert Alarm.objects.count() == 0
    standings = dict(queries_arming.visible_to(seen_by(cast.en)).values_list("site", "standing"))
    assert standings == {cast.fund.id: "open", cast.bank.id: "unknown", cast.school.id: "unknown"}


def test_while_on_test_nothing_is_told_and_afterwards_what_still_is(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "OP"))
    until(night, "09T17:00:00")
    sites.put_on_test(actor_id=cast.chi.id, site=cast.school, minutes=180, reason="Thay tủ")
    until(night, "09T19:59:00")
    assert ringing(cast.chi) == []
    until(night, "09T20:00:30")
    assert ringing(cast.chi) == ["late_to_close"]


def test_a_drill_site_is_marked(night: Night, cast: Cast) -> None:
    Site.objects.filter(id=cast.school.id).update(is_drill=True)
    sites.touch_register()
    hears(night, entry("1002", "OP"))
    until(night, "09T18:00:00")
    assert alarm_of("late_to_close").is_drill


# ── Unexpected opening ───────────────────────────────────────────────────


@pytest.mark.parametrize(("account", "moment", "expected"), [
    ("1002", "10T02:00:00", ["unexpected_opening"]),
    ("1002", "10T06:59:00", ["unexpected_opening"]),
    ("1002", "10T07:00:00", []),
    ("1002", "09T17:30:00", []),
    ("1001", "10T02:00:00", ["unexpected_opening"]),
    ("1001", "10T07:29:00", ["unexpected_opening"]),
    ("1001", "10T07:31:00", []),  # kept as a signal: nobody has to act
    ("1001", "10T08:00:00", []),
])  # fmt: skip
def test_an_opening_outside_hours(night: Night, cast: Cast, account: str, moment: str, expected: list[str]) -> None:
    hears(night, entry(account, "CL"))
    until(night, moment, 24 * 3600)
    hears(night, entry(account, "OP", user="7"))
    assert ringing(cast.chi) == expected


def test_it_ends_with_closing_and_the_next_one_is_told_anew(night: Night, cast: Cast) -> None:
    hears(night, entry("1001", "CL"))
    until(night, "10T02:00:00", 24 * 3600)
    hears(night, entry("1001", "OP"))
    until(night, "10T02:10:00")
    hears(night, entry("1001", "OP"))
    assert alarm_of("unexpected_opening").count == 1, "one alarm a case"
    hears(night, entry("1001", "CL"))
    assert ringing(cast.dung) == []
    actions.acknowledge_alarm(alarm_of("unexpected_opening"), cast.dung)
    until(night, "10T03:00:00")
    hears(night, entry("1001", "OP"))
    alarm = alarm_of("unexpected_opening")
    assert (alarm.state, alarm.count, alarm.returned_at) == ("unacknowledged", 2, None)


def test_opened_and_closed_while_nobody_looked_is_told_all_the_same(night: Night, cast: Cast) -> None:
    hears(night, entry("1001", "CL"))
    night.stop_engine()
    night.hands.forward(18.5 * 3600)
    night.journal(entry("1001", "OP"))
    night.hands.forward(600)
    night.journal(entry("1001", "CL"))
    night.hands.forward(6 * 3600)
    night.start_engine()
    night.engine()
    alarm = alarm_of("unexpected_opening")
    assert (Alarm.objects.count(), alarm.returned_at is not None, local(Lapse.objects.get().due_at)) == (
        1, True, "10/03 02:00")  # fmt: skip


def test_it_becomes_usual_when_hours_begin(night: Night, cast: Cast) -> None:
    hears(night, entry("1001", "CL"))
    until(night, "10T06:00:00", 24 * 3600)
    hears(night, entry("1001", "OP"))
    until(night, "10T08:00:00")
    assert ringing(cast.dung) == []
    assert SiteClosing.objects.get(site=cast.bank).standing == "open"


def test_a_holiday_and_an_exception_make_an_opening_unexpected(night: Night, cast: Cast) -> None:
    actions_hours.add_exception(
        actor_id=cast.chi.id, site=cast.school, first=date(2026, 3, 10), last=date(2026, 3, 12), reason="Nghỉ"
    )
    hears(night, entry("1002", "CL"))
    until(night, "10T09:00:00", 24 * 3600)
    hears(night, entry("1002", "OP"))
    assert ringing(cast.chi) == ["unexpected_opening"]
    assert SiteClosing.objects.get(site=cast.school).because == "Nghỉ"


def test_a_working_saturday_makes_it_usual(night: Night, cast: Cast) -> None:
    actions_hours.add_exception(
        actor_id=cast.chi.id, site=cast.school, first=date(2026, 3, 14), opens=time(8), closes=time(17), reason="Bù"
    )
    hears(night, entry("1002", "CL"))
    until(night, "14T09:00:00", 24 * 3600)
    hears(night, entry("1002", "OP"))
    assert ringing(cast.chi) == []
    until(night, "14T18:00:00", 7200)
    assert ringing(cast.chi) == ["late_to_close"]


def test_a_panel_that_says_early_itself_is_not_echoed(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "CL"))
    until(night, "10T02:00:00", 24 * 3600)
    hears(night, entry("1002", "OK"))
    assert (ringing(cast.chi), states(cast.school)) == (["OK"], {"": "disarmed"})


def test_hours_that_change_count_at_once(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "OP"))
    until(night, "09T16:00:00")
    for hours in list(cast.school.hours.all()):
        actions_panels.remove_hours(hours, actor_id=cast.chi.id)
    office_hours(cast, cast.school, end=time(14))
    until(night, "09T16:00:02")
    assert ringing(cast.chi) == ["late_to_close"]
    for hours in list(cast.school.hours.all()):
        actions_panels.remove_hours(hours, actor_id=cast.chi.id)
    until(night, "09T16:00:04")
    assert ringing(cast.chi) == [], "nobody is late where nobody states hours"


# ── Not opened, not armed ────────────────────────────────────────────────


def test_not_opened_in_time_is_told_where_somebody_wants_to_know(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "CL"), entry("1001", "CL"))
    actions_hours.set_rule(cast.school, actor_id=cast.chi.id, late_opening_min=15)
    until(night, "10T08:15:00", 7200)
    assert ringing(cast.chi) == ["late_to_open"]
    hears(night, entry("1002", "OP"))
    assert ringing(cast.chi) == []


@pytest.mark.parametrize("code", ["CC", "NE"])
def test_a_panel_that_could_not_arm_is_told_until_it_did(night: Night, cast: Cast, code: str) -> None:
    hears(night, entry("1002", "OP"))
    until(night, "09T16:30:00")
    hears(night, entry("1002", code))
    assert ringing(cast.chi) == ["failed_to_arm"]
    assert alarm_of("failed_to_arm").priority == 2
    hears(night, entry("1002", "CL"))
    assert ringing(cast.chi) == []


def test_canh_arms_bare_sensors_when_closing_and_grace_are_over(night: Night, cast: Cast) -> None:
    bare(cast)
    office_hours(cast, cast.fund)
    actions_hours.set_rule(cast.fund, actor_id=cast.chi.id, by_schedule="both")
    until(night, "09T08:05:00")
    actions_arming.disarm(cast.fund.id, cast.dung)
    until(night, "09T17:30:00")
    assert states(cast.fund) == {"": "arming"}
    until(night, "09T17:31:00", 60)
    assert states(cast.fund) == {"": "armed_away"}
    until(night, "10T08:00:00", 7200)
    assert states(cast.fund) == {"": "disarmed"}
    assert Alarm.objects.count() == 0


def test_what_stands_open_is_told_by_the_schedule_and_ends_when_it_is_armed(night: Night, cast: Cast) -> None:
    bare(cast)
    office_hours(cast, cast.fund)
    actions_hours.set_rule(cast.fund, actor_id=cast.chi.id, by_schedule="arm")
    actions_arming.disarm(cast.fund.id, cast.dung)
    hears(night, opens(WINDOW))
    until(night, "09T20:00:00")
    assert ringing(cast.dung) == ["failed_to_arm"]
    hears(night, closes(WINDOW))
    actions_arming.arm(cast.fund.id, cast.dung, "armed_away")
    until(night, "09T20:05:00", 100)
    assert (states(cast.fund), ringing(cast.dung)) == ({"": "armed_away"}, [])


def test_what_rings_is_not_disarmed_by_the_schedule(night: Night, cast: Cast) -> None:
    bare(cast)
    office_hours(cast, cast.fund)
    actions_hours.set_rule(cast.fund, actor_id=cast.chi.id, by_schedule="both")
    actions_arming.arm(cast.fund.id, cast.dung, "armed_away")
    until(night, "10T07:50:00", 24 * 3600)
    hears(night, opens(DOOR))
    until(night, "10T08:30:00", 60)
    assert (states(cast.fund), ringing(cast.dung)) == ({"": "armed_away"}, ["contact"])


def test_a_person_who_disarms_at_night_is_told_too(night: Night, cast: Cast) -> None:
    bare(cast)
    office_hours(cast, cast.fund)
    actions_arming.arm(cast.fund.id, cast.dung, "armed_away")
    until(night, "10T02:00:00", 24 * 3600)
    actions_arming.disarm(cast.fund.id, cast.dung)
    night.hands.forward(2)
    night.engine()
    assert ringing(cast.dung) == ["unexpected_opening"]
    assert alarm_of("unexpected_opening").panel.door == "mqtt"


def test_premises_whose_sensors_are_gone_are_neither_armed_nor_late(night: Night, cast: Cast) -> None:
    panels = bare(cast)
    office_hours(cast, cast.fund)
    actions_hours.set_rule(cast.fund, actor_id=cast.chi.id, by_schedule="arm")
    until(night, "09T08:05:00")
    actions_arming.disarm(cast.fund.id, cast.dung)
    for panel in panels.values():
        sites.retire_panel(panel, actor_id=cast.chi.id)
    until(night, "09T20:00:00")
    assert (Alarm.objects.count(), states(cast.fund)) == (0, {"": "disarmed"})
    assert SiteClosing.objects.get(site=cast.fund).standing == "unknown"
    assert night.cycle is not None
    assert all(track.failures == 0 for track in night.cycle.tracks.values())


def test_who_thinks_better_of_leaving_opened_nothing(night: Night, cast: Cast) -> None:
    bare(cast)
    office_hours(cast, cast.fund)
    until(night, "09T21:00:00", 24 * 3600)
    actions_arming.arm(cast.fund.id, cast.dung, "armed_away")
    night.hands.forward(20)
    actions_arming.disarm(cast.fund.id, cast.dung)
    night.hands.forward(2)
    night.engine()
    assert (states(cast.fund), ringing(cast.dung)) == ({"": "disarmed"}, [])


# ── The rule ─────────────────────────────────────────────────────────────

OPEN = Part(1, "disarmed", at("2026-03-09T07:30"))
SHUT = Part(2, "armed_away", at("2026-03-09T07:30"))


@pytest.mark.parametrize(("parts", "moment", "standing"), [
    ([], "2026-03-09T12:00", "unknown"),
    ([OPEN], "2026-03-09T12:00", "open"),
    ([OPEN, SHUT], "2026-03-09T12:00", "open"),
    ([OPEN], "2026-03-09T17:10", "closing"),
    ([OPEN], "2026-03-09T17:30", "late"),
    ([SHUT], "2026-03-09T20:00", "closed"),
    ([Part(3, "arming", at("2026-03-09T17:25"))], "2026-03-09T17:30", "closed"),
])  # fmt: skip
def test_how_premises_stand(parts: list[Part], moment: str, standing: str) -> None:
    assert rules_closing.look(school(), parts, [], at(moment), None).standing == standing


def test_what_is_open_at_night_by_its_hours_is_not_late() -> None:
    watch = Part(1, "disarmed", at("2026-03-09T21:55"))
    schedule = school(weekly=NIGHT)
    assert rules_closing.look(schedule, [watch], [], at("2026-03-10T05:00"), None).tells == ()
    [(code, due_at, part)] = rules_closing.look(schedule, [watch], [], at("2026-03-10T06:30"), None).tells
    assert (code, due_at, part) == ("late_to_close", at("2026-03-10T06:30"), 1)


def test_a_vault_that_stays_closed_does_not_hide_an_open_counter() -> None:
    [(code, _due, part)] = rules_closing.look(school(), [SHUT, OPEN], [], at("2026-03-09T18:00"), None).tells
    assert (code, part) == (LapseCode.LATE, OPEN.id)


def test_a_longer_grace_tells_nothing_twice() -> None:
    running = Told(LapseCode.LATE, at("2026-03-09T17:15"))
    assert rules_closing.look(school(), [OPEN], [running], at("2026-03-09T18:00"), None).tells == ()


def test_when_to_look_again() -> None:
    def again(moment: str) -> datetime | None:
        return rules_closing.look(school(), [OPEN], [], at(moment), None).look_at

    assert again("2026-03-09T16:30") == at("2026-03-09T17:00")
    assert again("2026-03-09T17:10") == at("2026-03-09T17:30")
    assert again("2026-03-09T20:00") == at("2026-03-09T21:00")
    assert rules_closing.look(None, [OPEN], [], at("2026-03-09T16:30"), None).look_at is None


def test_two_rooms_open_an_hour_apart_are_one_case(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "OP"))
    second = sites.add_panel(actor_id=None, site=cast.school, account="1012").panel
    hears(night, entry(second.account, "OP"))
    until(night, "09T20:00:00", 3600)
    assert ringing(cast.chi) == ["late_to_close"]
    hears(night, entry("1002", "CL"))
    assert ringing(cast.chi) == ["late_to_close"], "one of them is still open"
    sites.retire_panel(second, actor_id=cast.chi.id)
    until(night, "09T21:30:00", 3600)
    assert ringing(cast.chi) == [], "a panel out of use is not waited for"


def test_the_stranger_and_the_neighbour_learn_nothing(night: Night, cast: Cast) -> None:
    hears(night, entry("1002", "OP"))
    until(night, "09T18:00:00")
    assert ringing(cast.dung) == ringing(cast.la) == []


def test_a_crash_between_saying_and_marking_tells_nothing_twice(
    night: Night, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears(night, entry("1002", "OP"))
    with monkeypatch.context() as broken:
        broken.setattr("canh.alarms.closing.bulk.insert", _dies)
        until(night, "09T18:00:00")
        assert Lapse.objects.count() == 0
    night.start_engine()
    night.engine()
    assert (alarm_of("late_to_close").count, Lapse.objects.count()) == (1, 1)


def _dies(rows: object) -> None:
    raise OSError("the power is cut")


def test_who_arms_while_the_engine_looks_is_looked_at_again(
    night: Night, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare(cast)
    office_hours(cast, cast.fund)
    until(night, "09T08:05:00")
    actions_arming.disarm(cast.fund.id, cast.dung)
    until(night, "09T17:29:00")

    def armed_meanwhile(_lapses: object) -> None:
        night.hands.forward(0.01)
        actions_arming.arm(cast.fund.id, cast.dung, "armed_away")

    with monkeypatch.context() as busy:
        busy.setattr("canh.alarms.closing.actions_own.tell_lapses", armed_meanwhile)
        SiteClosing.objects.filter(site=cast.fund.id).update(look_at=clock.now())
        closing.look(clock.now())
    closing.look(clock.now())
    assert SiteClosing.objects.get(site=cast.fund.id).state == "arming"


def test_looking_at_many_costs_the_same_queries(
    night: Night, cast: Cast, django_assert_max_num_queries: object
) -> None:
    for n in range(30):
        site = sites.add_site(actor_id=None, unit_id=cast.schools.id, name=f"Trường {n}", kind="school")
        sites.add_panel(actor_id=None, site=site, account=f"{0x7000 + n:X}")
        office_hours(cast, site)
    hears(night, *[entry(f"{0x7000 + n:X}", "OP") for n in range(30)])
    SiteClosing.objects.update(look_at=clock.now())
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        closing.look(clock.now())
    with django_assert_max_num_queries(2):  # type: ignore[operator]
        assert closing.look(clock.now() + timedelta(seconds=1)) is False
