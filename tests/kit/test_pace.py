"""How often a step looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from canh.kit.pace import Pace

NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_due_at_once_and_then_after_each_interval() -> None:
    pace = Pace(SECOND * 10)
    asked = [pace.is_due(NOON + SECOND * s) for s in (0, 1, 9, 10, 11, 19, 20)]
    assert asked == [True, False, False, True, False, False, True]


def test_a_clock_set_back_is_no_reason_to_wait() -> None:
    pace = Pace(SECOND * 10)
    assert pace.is_due(NOON)
    assert pace.is_due(NOON - timedelta(hours=2))
    assert not pace.is_due(NOON - timedelta(hours=2) + SECOND)


def test_when_there_was_more_it_looks_again_at_once() -> None:
    pace = Pace(SECOND * 10)
    assert pace.is_due(NOON)
    pace.again()
    assert pace.is_due(NOON + SECOND)
    assert not pace.is_due(NOON + SECOND * 2)
