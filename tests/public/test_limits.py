"""The limits are data; what makes no sense there is refused by name. And what holds for every report."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.kit.workdays import vietnam
from canh.public.clocks import ClockState, Report, add_months, clocks_of
from canh.public.limits import BadLimits, read, shipped

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LATER = datetime(2031, 1, 1, tzinfo=ZONE)
ENTRY = """[[clock]]
id = "x"
valid_from = 2026-01-01
valid_to = 2026-07-01
start = "received"
done = "triaged"
days = 1
owner = "canh"
name = "x"
english = "x"
citation = "x"
confirmed = true
"""


def test_a_version_holds_for_its_time() -> None:
    for day, count in ((date(2025, 12, 31), 0), (date(2026, 1, 1), 1), (date(2026, 6, 30), 1), (date(2026, 7, 1), 0)):
        assert len(clocks_of(Report({"received": day}), read(ENTRY), vietnam(), LATER, ZONE)) == count


@pytest.mark.parametrize(
    ("wrong", "about"),
    [("days = 1", "how long"), ('citation = "x"', "citation"), ('start = "received"', "start")],
)
def test_an_entry_that_makes_no_sense(wrong: str, about: str) -> None:
    with pytest.raises(BadLimits, match=about):
        read(ENTRY.replace(wrong, 'start = "x"' if about == "start" else ""))
    with pytest.raises(BadLimits, match="court"):
        read(ENTRY + 'only = { received_by = ["court"] }\n')


def test_versions_of_one_limit_do_not_overlap() -> None:
    """For every kind of report there is at most one version of each limit on each day."""
    for receiver in ("ward", "station", "agency", "remote_commune", "police"):
        for is_danger in (False, True):
            for day in {limit.valid_from for limit in shipped()} | {date(2031, 1, 1)}:
                report = Report({"received": day}, receiver, is_danger)
                holding = [limit.id for limit in shipped() if limit.holds(report, day)]
                assert len(holding) == len(set(holding))


def test_a_worked_day_of_a_weekend_that_is_not_confirmed_is_told() -> None:
    """Were it worked, the end would come a day earlier."""
    report = Report({"received": date(2026, 1, 8), "accepted": date(2026, 1, 8)}, "police")
    told = {clock.limit.id: clock for clock in clocks_of(report, shipped(), vietnam(), LATER, ZONE)}
    assert told["acceptance_notice"].last_day == date(2026, 1, 13)
    assert told["acceptance_notice"].unconfirmed == (date(2026, 1, 10),)


def test_months_end_on_the_same_number_or_the_last_day() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2027, 12, 31), 2) == date(2028, 2, 29)
    assert add_months(date(2026, 11, 15), 4) == date(2027, 3, 15)


@given(day=st.dates(date(2022, 1, 1), date(2029, 12, 31)), is_complex=st.booleans())
def test_never_shorter_than_the_law_and_never_ending_on_a_day_off(day: date, is_complex: bool) -> None:
    report = Report({"received": day}, "police", is_complex=is_complex)
    clocks = clocks_of(report, shipped(), vietnam(), LATER, ZONE)
    settle = next(clock for clock in clocks if clock.limit.id.startswith("settle"))
    assert settle.last_day is not None
    assert vietnam().is_workday(settle.last_day)
    least = add_months(day, 2) if is_complex else day + timedelta(days=20)
    assert least <= settle.last_day <= least + timedelta(days=12)  # the longest Tết with its weekends
    assert settle.due_at == datetime.combine(settle.last_day + timedelta(days=1), datetime.min.time(), ZONE)
    assert clocks == sorted(clocks, key=lambda clock: (clock.due_at, clock.limit.id))


def test_what_is_suspended_does_not_run_out() -> None:
    report = Report({"received": date(2026, 3, 2), "suspended": date(2026, 3, 10)}, "police")
    states = {clock.limit.id: clock.state for clock in clocks_of(report, shipped(), vietnam(), LATER, ZONE)}
    assert states["settle"] is ClockState.SUSPENDED
    assert states["suspension_notice"] is ClockState.OVERDUE
