"""What is expected of premises: a table of moments, hours against a second reckoning, and the page's actions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from canh.kit.workdays import Calendar, vietnam
from canh.sites import actions_hours, actions_panels, queries_hours
from canh.sites.models import HoursRule
from canh.sites.rules_hours import Exceptional, Hours, Schedule, expected, hours_of, last_deadline
from tests.cast import Cast
from tests.clock import stopped

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
EIGHT, FIVE = time(8), time(17)
OFFICE = tuple(Hours(day, EIGHT, FIVE) for day in range(1, 6))
NOON = tuple(h for day in range(1, 6) for h in (Hours(day, EIGHT, time(11, 30)), Hours(day, time(13, 30), FIVE)))
NIGHT = tuple(Hours(day, time(22), time(6), is_overnight=True) for day in range(1, 6))
SUMMER = Exceptional(date(2026, 6, 1), date(2026, 8, 31), reason="Nghỉ hè")
INVENTORY = Exceptional(date(2026, 7, 4), date(2026, 7, 4), time(9), time(12), reason="Kiểm kê")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def school(*exceptions: Exceptional, weekly: tuple[Hours, ...] = OFFICE, calendar: Calendar | None = None) -> Schedule:
    return Schedule(weekly, exceptions, vietnam() if calendar is None else calendar)


TABLE = [
    # schedule, moment, open?, since, until, because
    ("a working day", school(), "2026-03-09T09:14", True, "2026-03-09T08:00", "2026-03-09T17:00", ""),
    ("the minute of opening", school(), "2026-03-09T08:00", True, "2026-03-09T08:00", "2026-03-09T17:00", ""),
    ("the minute of closing", school(), "2026-03-09T17:00", False, "2026-03-09T17:00", "2026-03-10T08:00", ""),
    ("a weekend", school(), "2026-03-07T12:00", False, "2026-03-06T17:00", "2026-03-09T08:00", ""),
    ("Tết", school(), "2026-02-17T09:00", False, "2026-02-13T17:00", "2026-02-23T08:00", "Tết Bính Ngọ"),
    ("Tết, whose hours do not know it", school(calendar=Calendar()), "2026-02-17T09:00", True, "2026-02-17T08:00",
     "2026-02-17T17:00", ""),
    ("a Sunday made good", school(), "2026-04-27T09:00", False, "2026-04-24T17:00", "2026-04-28T08:00",
     "Nghỉ bù Giỗ Tổ Hùng Vương"),
    ("a Saturday worked for a Friday", school(), "2025-04-26T09:00", True, "2025-04-26T08:00", "2025-04-26T17:00", ""),
    ("the Friday off for it", school(), "2025-05-02T09:00", False, "2025-04-29T17:00", "2025-05-05T08:00",
     "Nghỉ hoán đổi"),
    ("a Friday off, not confirmed", school(), "2026-01-02T09:00", True, "2026-01-02T08:00", "2026-01-02T17:00", ""),
    ("a Saturday worked, not confirmed", school(), "2026-01-10T09:00", True, "2026-01-10T08:00", "2026-01-10T17:00",
     ""),
    ("2027 not announced yet", school(), "2027-02-05T09:00", True, "2027-02-05T08:00", "2027-02-05T17:00", ""),
    ("noon is no closing", school(weekly=NOON), "2026-03-09T12:30", True, "2026-03-09T08:00", "2026-03-09T17:00", ""),
    ("overnight, before midnight", school(weekly=NIGHT), "2026-03-09T23:00", True, "2026-03-09T22:00",
     "2026-03-10T06:00", ""),
    ("overnight, after midnight", school(weekly=NIGHT), "2026-03-10T05:59", True, "2026-03-09T22:00",
     "2026-03-10T06:00", ""),
    ("overnight, between", school(weekly=NIGHT), "2026-03-10T06:00", False, "2026-03-10T06:00", "2026-03-10T22:00", ""),
    ("overnight into a holiday", school(weekly=NIGHT), "2026-04-30T03:00", True, "2026-04-29T22:00",
     "2026-04-30T06:00", ""),
    ("the night of a holiday", school(weekly=NIGHT), "2026-04-30T23:00", False, "2026-04-30T06:00",
     "2026-05-04T22:00", "Ngày Chiến thắng"),
    ("summer", school(SUMMER), "2026-07-15T09:00", False, "2026-05-29T17:00", "2026-09-03T08:00", "Nghỉ hè"),
    ("an inventory in summer", school(SUMMER, INVENTORY), "2026-07-04T10:00", True, "2026-07-04T09:00",
     "2026-07-04T12:00", ""),
    ("a day before it", school(SUMMER, INVENTORY), "2026-07-03T10:00", False, "2026-05-29T17:00", "2026-07-04T09:00",
     "Nghỉ hè"),
    ("a holiday that somebody works", school(Exceptional(date(2026, 4, 30), date(2026, 4, 30), EIGHT, FIVE)),
     "2026-04-30T09:00", True, "2026-04-30T08:00", "2026-04-30T17:00", ""),
    ("open and closed for one day", school(Exceptional(date(2026, 3, 9), date(2026, 3, 9), reason="Nghỉ"),
                                           Exceptional(date(2026, 3, 9), date(2026, 3, 9), time(9), time(10))),
     "2026-03-09T09:30", True, "2026-03-09T09:00", "2026-03-09T10:00", ""),
    ("the night in which summer time begins elsewhere", school(weekly=NIGHT), "2026-03-30T02:30", False,
     "2026-03-28T06:00", "2026-03-30T22:00", ""),
    ("a day of the year that is none elsewhere", school(weekly=(Hours(7, time(1), time(4)),)), "2026-03-29T02:30", True,
     "2026-03-29T01:00", "2026-03-29T04:00", ""),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "moment", "is_open", "since", "until", "because"), [row[1:] for row in TABLE],
                         ids=[row[0] for row in TABLE])  # fmt: skip
def test_what_is_expected(schedule: Schedule, moment: str, is_open: bool, since: str, until: str, because: str) -> None:
    found = expected(schedule, at(moment))
    assert (found.is_open, found.since, found.until, found.because) == (is_open, at(since), at(until), because)


def test_without_any_hours_nothing_is_expected() -> None:
    found = expected(Schedule(()), at("2026-03-09T09:00"))
    assert (found.is_open, found.since, found.until) == (False, None, None)


@pytest.mark.parametrize(("moment", "deadline"), [
    ("2026-03-09T17:29", "2026-03-06T17:30"),
    ("2026-03-09T17:30", "2026-03-09T17:30"),
    ("2026-03-10T09:00", "2026-03-09T17:30"),
    ("2026-02-20T09:00", "2026-02-13T17:30"),
    ("2026-08-01T09:00", "2026-05-29T17:30"),
])  # fmt: skip
def test_the_last_deadline(moment: str, deadline: str) -> None:
    assert last_deadline(school(SUMMER), at(moment)) == at(deadline)


def test_who_opens_again_within_the_grace_need_not_have_closed() -> None:
    twice = (*OFFICE, *(Hours(day, time(20, 15), time(21)) for day in range(1, 6)))
    schedule = Schedule(twice, late=timedelta(hours=4))
    assert last_deadline(schedule, at("2026-03-10T00:30")) == at("2026-03-07T01:00")
    assert last_deadline(schedule, at("2026-03-10T01:00")) == at("2026-03-10T01:00")


HOURS = st.builds(
    lambda day, opens, length: Hours(day, time(opens // 4, opens % 4 * 15), _later(opens, length),
                                     opens + length >= 96),
    st.integers(1, 7), st.integers(0, 95), st.integers(2, 60),
)  # fmt: skip


def _later(opens: int, length: int) -> time:
    minute = (opens + length) * 15 % 1440
    return time(minute // 60, minute % 60)


@settings(max_examples=200, deadline=None)
@given(st.lists(HOURS, max_size=5), st.integers(0, 14 * 96))
def test_open_means_that_some_hours_hold_or_a_noon_lies_between(weekly: list[Hours], quarter: int) -> None:
    """Reckoned a second time, minute by minute, without merging: outside breaks at noon the two agree."""
    moment = at("2026-03-02T00:00") + timedelta(minutes=quarter * 15)
    schedule = Schedule(tuple(weekly))
    plain = any(_holds(hours, moment) for hours in weekly)
    found = expected(schedule, moment)
    assert found.is_open >= plain
    if found.is_open and not plain:
        near = [m for m in range(-180, 181, 15) if any(_holds(h, moment + timedelta(minutes=m)) for h in weekly)]
        assert min(near) < 0 < max(near)
    if found.is_open and found.since and found.until:
        assert found.since <= moment < found.until


def _holds(hours: Hours, moment: datetime) -> bool:
    now, day = moment.time(), moment.isoweekday()
    if not hours.is_overnight:
        return hours.weekday == day and hours.opens <= now < hours.closes
    before = hours.weekday % 7 + 1
    return (hours.weekday == day and now >= hours.opens) or (before == day and now < hours.closes)


def test_of_two_exceptions_the_shorter_is_meant() -> None:
    assert hours_of(school(SUMMER, INVENTORY), date(2026, 7, 4)) == [Hours(6, time(9), time(12))]
    assert hours_of(school(SUMMER, INVENTORY), date(2026, 7, 6)) == []


# ── In the register ──────────────────────────────────────────────────────


def test_the_schedule_of_premises_is_read_from_the_register(cast: Cast) -> None:
    assert queries_hours.schedules([cast.school.id]) == {}
    with stopped():
        actions_panels.add_hours(actor_id=cast.chi.id, site=cast.school, weekdays=[1], opens=EIGHT, closes=FIVE)
        actions_hours.add_exception(
            actor_id=cast.chi.id, site=cast.school, first=date(2026, 6, 1), last=date(2026, 8, 31), reason="Nghỉ hè"
        )
        actions_hours.set_rule(cast.school, actor_id=cast.chi.id, late_min=45, late_opening_min=20)
    schedule = queries_hours.schedules([cast.school.id, cast.bank.id])[cast.school.id]
    assert schedule.weekly == (Hours(1, EIGHT, FIVE),)
    assert schedule.exceptions == (SUMMER,)
    assert (schedule.late, schedule.early) == (timedelta(minutes=45), timedelta(minutes=60))
    assert schedule.late_opening == timedelta(minutes=20)
    assert schedule.calendar == vietnam()


def test_a_rule_is_what_is_usual_for_the_kind_until_somebody_says_otherwise(cast: Cast) -> None:
    found = queries_hours.rules_of([cast.bank.id, cast.school.id])
    assert (found[cast.bank.id].late_min, found[cast.school.id].late_min) == (30, 60)
    assert not HoursRule.objects.exists()


def test_the_engine_learns_of_every_change_of_hours(cast: Cast) -> None:
    with stopped() as hands:
        actions_panels.add_hours(actor_id=cast.chi.id, site=cast.school, weekdays=[1], opens=EIGHT, closes=FIVE)
        [(site, first)] = queries_hours.changed_after(datetime(2020, 1, 1, tzinfo=HANOI), 9)
        hands.forward(5)
        made = actions_hours.add_exception(
            actor_id=cast.chi.id, site=cast.school, first=date(2026, 6, 1), reason="Nghỉ"
        )
        [(_site, second)] = queries_hours.changed_after(first, 9)
        hands.forward(5)
        actions_hours.remove_exception(made, actor_id=cast.chi.id)
        assert [s for s, _at in queries_hours.changed_after(second, 9)] == [site] == [cast.school.id]
        hands.forward(5)
        actions_panels.remove_hours(cast.school.hours.get(), actor_id=cast.chi.id)
        assert queries_hours.changed_after(second, 9)[0][1] > second + timedelta(seconds=9)


@pytest.mark.parametrize(("values", "field"), [
    ({"reason": " "}, "reason"),
    ({"last": date(2026, 5, 1)}, "last"),
    ({"last": date(2028, 6, 1)}, "last"),
    ({"opens": EIGHT}, "closes"),
])  # fmt: skip
def test_an_exception_that_makes_no_sense_is_refused_in_words(
    cast: Cast, values: dict[str, object], field: str
) -> None:
    said = {"first": date(2026, 6, 1), "reason": "Nghỉ", **values}
    with pytest.raises(ValidationError) as caught:
        actions_hours.add_exception(actor_id=cast.chi.id, site=cast.school, **said)  # type: ignore[arg-type]
    assert list(caught.value.message_dict) == [field]


@pytest.mark.parametrize("values", [{"late_min": 721}, {"entry_s": 46}, {"exit_s": 301}, {"late_opening_min": 900}])
def test_a_rule_keeps_within_its_bounds(cast: Cast, values: dict[str, int]) -> None:
    with pytest.raises(ValidationError) as caught:
        actions_hours.set_rule(cast.school, actor_id=cast.chi.id, **values)
    assert list(caught.value.message_dict) == list(values)
