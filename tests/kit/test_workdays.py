"""Working days of Vietnam: the shipped table against the law and against the moon."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.kit.workdays import BadCalendar, Calendar, Off, Worked, days, read, vietnam

CALENDAR = vietnam()
YEARS = (2025, 2026, 2027)


# ── The moon, computed by itself ─────────────────────────────────────────


def new_moon(k: int) -> float:
    """Julian day (terrestrial time) of a new moon, Meeus chapter 49 without the smallest terms."""
    t = k / 1236.85
    jde = 2451550.09766 + 29.530588861 * k + 0.00015437 * t * t
    m, mp, f = (math.radians(x) for x in (
        2.5534 + 29.1053567 * k, 201.5643 + 385.81693528 * k, 160.7108 + 390.67050284 * k))  # fmt: skip
    terms = [(-0.4072, mp), (0.17241, m), (0.01608, 2 * mp), (0.01039, 2 * f), (0.00739, mp - m), (-0.00514, mp + m),
             (0.00208, 2 * m), (-0.00111, mp - 2 * f), (-0.00057, mp + 2 * f)]  # fmt: skip
    return jde + sum(factor * math.sin(angle) for factor, angle in terms)


def moon_days(year: int) -> list[date]:
    """First days of the lunar months that begin in a year, in Hanoi."""
    found = []
    for k in range(int((year - 2000) * 12.3685) - 1, int((year - 2000) * 12.3685) + 15):
        local = new_moon(k) - 70 / 86400 + 7 / 24  # ΔT, then UTC+7
        day = date(1858, 11, 17) + timedelta(days=math.floor(local - 2400000.5))
        if day.year == year:
            found.append(day)
    return found


def first_of_tet(year: int) -> date:
    """The new moon nearest to 4 February."""
    return min(moon_days(year), key=lambda day: abs(day - date(year, 2, 4)))


@pytest.mark.parametrize(("year", "tet", "kings"), [
    (2025, date(2025, 1, 29), date(2025, 4, 7)),
    (2026, date(2026, 2, 17), date(2026, 4, 26)),
    (2027, date(2027, 2, 6), date(2027, 4, 16)),
])  # fmt: skip
def test_lunar_days_are_where_the_moon_puts_them(year: int, tet: date, kings: date) -> None:
    months = moon_days(year)
    first = first_of_tet(year)
    third_month = months[months.index(first) + 2]
    assert (first, third_month + timedelta(days=9)) == (tet, kings)
    for day in days(tet, tet + timedelta(days=2)):
        assert CALENDAR.holiday(day) is not None, day
    assert CALENDAR.holiday(kings) == Off("Giỗ Tổ Hùng Vương", "Hung Kings")


@pytest.mark.parametrize("year", YEARS)
def test_the_law_gives_eleven_days_and_those_after_a_weekend(year: int) -> None:
    """Labour Code art. 112: New Year 1, Tết 5, Kings 1, Victory 1, Labour 1, National Day 2; those of them that fall
    on a weekend are made good (111.3). 2027 has what is not announced yet marked so."""
    mine = {day: off for day, off in CALENDAR.off.items() if day.year == year and off.english != "Off in exchange"}
    assert len([day for day in mine if day.isoweekday() < 6]) == 11
    names = Counter(off.name for off in mine.values())
    assert set(names) >= {"Tết Dương lịch", "Giỗ Tổ Hùng Vương", "Ngày Chiến thắng", "Quốc tế Lao động", "Quốc khánh"}
    fixed = [date(year, 1, 1), date(year, 4, 30), date(year, 5, 1), date(year, 9, 2)]
    assert all(CALENDAR.holiday(day) for day in fixed)


def test_who_works_a_saturday_is_off_on_another_day() -> None:
    assert {day: w.instead_of for day, w in CALENDAR.worked.items()} == {
        date(2025, 4, 26): date(2025, 5, 2), date(2026, 1, 10): date(2026, 1, 2), date(2026, 8, 22): date(2026, 8, 31),
    }  # fmt: skip
    assert CALENDAR.is_workday(date(2025, 4, 26))
    assert not CALENDAR.is_workday(date(2025, 5, 2))


def test_what_is_not_confirmed_changes_nothing() -> None:
    assert CALENDAR.is_workday(date(2026, 8, 31))
    assert not CALENDAR.is_workday(date(2026, 8, 22))
    assert CALENDAR.holiday(date(2027, 2, 5)) is None


def test_working_days_are_counted_over_tet() -> None:
    assert CALENDAR.after(date(2025, 1, 24), 1) == date(2025, 2, 3)
    assert CALENDAR.workdays(date(2025, 1, 24), date(2025, 2, 4)) == 3
    assert CALENDAR.after(date(2025, 4, 25), 1) == date(2025, 4, 26)


@given(st.dates(date(2024, 1, 1), date(2028, 1, 1)), st.integers(1, 30))
def test_counting_forward_and_between_agree(day: date, count: int) -> None:
    assert CALENDAR.workdays(day + timedelta(days=1), CALENDAR.after(day, count)) == count


def test_a_further_calendar_has_the_last_word() -> None:
    more = Calendar({date(2026, 3, 9): Off("Ngày hội", "Feast")}, {date(2026, 8, 22): Worked(date(2026, 8, 31))})
    both = CALENDAR.with_more(more)
    assert not both.is_workday(date(2026, 3, 9))
    assert both.is_workday(date(2026, 8, 22))


@pytest.mark.parametrize("entry", [
    '[[table.off]]\nfirst = 2026-01-02\nlast = 2026-01-01\nname = "a"\nenglish = "a"\nconfirmed = true',
    '[[table.off]]\nfirst = 2026-01-02\nname = ""\nenglish = "a"\nconfirmed = true',
    "[[table.worked]]\nday = 2026-01-10\ninstead_of = 2026-01-02\nconfirmed = true",
])  # fmt: skip
def test_a_calendar_that_makes_no_sense_is_refused(entry: str) -> None:
    with pytest.raises(BadCalendar):
        read(f'[[table]]\nvalid_from = 2026-01-01\ncitation = "x"\n{entry}')
