"""Ladders as pure rules: who is called, when, by which way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from canh.accounts.terms import Reach
from canh.response import rules
from canh.response.rules import Ladder, Near, People, Place, Rung
from canh.response.terms import Target

T0 = datetime(2031, 3, 1, 8, tzinfo=UTC)
DUTY, HEAD, SUPERIOR = Rung(30, Target.ON_DUTY), Rung(60, Target.SECURITY_HEAD), Rung(90, Target.SUPERIOR)
LADDER = Ladder((DUTY, HEAD, SUPERIOR), rounds=2, again_s=300)


def s(seconds: int) -> datetime:
    return T0 + timedelta(seconds=seconds)


def test_each_rung_waits_for_the_one_before() -> None:
    place, climbed = rules.first(LADDER, T0), []
    while place.at is not None:
        climbed.append((place.round, place.rung, (place.at - T0).seconds))
        place = rules.after(LADDER, place, place.at, has_told=True)
    assert climbed == [(1, 0, 30), (1, 1, 90), (1, 2, 180), (2, 0, 480), (2, 1, 540), (2, 2, 630)]


def test_a_rung_that_told_nobody_costs_no_time() -> None:
    assert rules.after(LADDER, Place(1, 0, s(30)), s(30), has_told=False) == Place(1, 1, s(30))
    # At the end of a round the pause stays: else an empty ladder would run round at once.
    assert rules.after(LADDER, Place(1, 2, s(30)), s(30), has_told=False) == Place(2, 0, s(330))


def test_an_empty_ladder_tells_nobody() -> None:
    assert rules.first(Ladder(()), T0) == Place(1, 0, None)


@pytest.mark.parametrize(
    ("on_duty", "called"),
    [
        ([Near(1, 0), Near(2, 1), Near(3, 2)], [1, 2]),  # the premises and their own unit count as one
        ([Near(3, 3), Near(4, 2), Near(5, 2)], [4, 5]),  # nobody near: the nearest unit that has anybody
        ([], []),
    ],
)
def test_who_is_on_duty_is_the_nearest(on_duty: list[Near], called: list[int]) -> None:
    assert rules.whom(DUTY, People(on_duty), ()) == called


def test_the_next_unit_is_the_first_above_that_has_anybody() -> None:
    people = People(
        on_duty=[Near(1, 1), Near(7, 3)], by_role={Target.SECURITY_HEAD: [Near(2, 1), Near(8, 3), Near(9, 4)]}
    )
    assert rules.whom(SUPERIOR, people, ()) == [7, 8]
    assert rules.whom(SUPERIOR, people, {7, 8}) == [9]
    assert rules.whom(HEAD, people, ()) == [2]


def test_nobody_is_called_twice_in_a_round_but_who_is_named() -> None:
    people = People(on_duty=[Near(1, 0), Near(1, 1), Near(2, 1)])
    assert rules.whom(DUTY, people, {2}) == [1]
    assert rules.whom(Rung(0, Target.PERSON, person=2), people, {2}) == [2]


def test_what_is_known_to_work_comes_first_and_what_is_off_never() -> None:
    reaches = [(1, Reach.BROKEN), (2, Reach.OFF), (3, Reach.LAPSED), (4, Reach.WORKS), (5, Reach.UNCONFIRMED),
               (6, Reach.WORKS)]  # fmt: skip
    assert rules.ways(reaches) == [4, 6, 5, 3, 1]


def test_what_may_not_be_written() -> None:
    assert rules.problems([DUTY, HEAD]) == []
    bad = [Rung(-1, Target.ON_DUTY), Rung(3601, Target.ON_DUTY), Rung(0, Target.PERSON), Rung(0, Target.SIREN)]
    assert rules.problems(bad) == [(0, "wait"), (1, "wait"), (2, "person"), (3, "topic")]
    assert rules.problems([DUTY] * 9) == [(-1, "many")]


def test_a_ladder_survives_being_kept() -> None:
    rungs = (*LADDER.rungs, Rung(5, Target.PERSON, person=42), Rung(0, Target.SIREN, topic="canh/siren/hall"))
    assert rules.rungs_of([rung.as_data() for rung in rungs]) == rungs
