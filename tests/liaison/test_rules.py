"""Which police desk, and which act is possible when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import product

import pytest

from canh.liaison import rules
from canh.liaison.rules import DeskFacts, IllegalMove
from canh.liaison.terms import DeskKind, ReferralState

S, K = ReferralState, DeskKind
CITY, WARD, OTHER_WARD = 1, 2, 3
AREAS = [WARD, CITY]
DESKS = [
    DeskFacts(10, K.EMERGENCY, None, None, None),
    DeskFacts(11, K.CITY, CITY, None, None),
    DeskFacts(12, K.WARD, WARD, time(7), time(19)),
    DeskFacts(13, K.WARD, OTHER_WARD, None, None),
]


def test_in_danger_the_emergency_call_comes_first() -> None:
    assert rules.in_order(DESKS, AREAS, time(9), is_urgent=True) == [10, 12, 11]


def test_otherwise_the_nearest_that_is_there_at_this_hour() -> None:
    assert rules.in_order(DESKS, AREAS, time(9), is_urgent=False) == [12, 11, 10]
    assert rules.in_order(DESKS, AREAS, time(22), is_urgent=False) == [11, 10, 12]


def test_premises_without_a_ground_have_what_is_for_everywhere() -> None:
    assert rules.in_order(DESKS, [], time(9), is_urgent=False) == [10]


@pytest.mark.parametrize(
    ("opens", "closes", "at", "is_there"),
    [(None, None, time(3), True), (time(7), time(19), time(7), True), (time(7), time(19), time(19), False),
     (time(19), time(7), time(23), True), (time(19), time(7), time(6, 59), True), (time(19), time(7), time(7), False)],
)  # fmt: skip
def test_hours_also_over_midnight(opens: time | None, closes: time | None, at: time, is_there: bool) -> None:
    assert rules.is_open(opens, closes, at) is is_there


def test_what_is_over_takes_no_further_act() -> None:
    acts = {act for _state, act in rules.MOVES}
    for state, act in product((S.REJECTED, S.CANCELLED, S.CLOSED), acts):
        with pytest.raises(IllegalMove):
            rules.moved(state, act)
    assert rules.moved(S.NEW, "accept") == S.ACCEPTED
    with pytest.raises(IllegalMove):
        rules.moved(S.ACCEPTED, "reject")


def test_a_desk_counts_as_tested_for_a_month() -> None:
    now, month = datetime(2031, 3, 1, tzinfo=UTC), timedelta(days=31)
    assert not rules.is_tested(None, now, month)
    assert rules.is_tested(now - timedelta(days=30), now, month)
    assert not rules.is_tested(now - timedelta(days=31), now, month)
