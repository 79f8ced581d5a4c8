"""Engine steps of sites."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from canh.kit import clock
from canh.kit.pace import Pace
from canh.sites import actions, actions_keys

LOOK_EVERY = timedelta(seconds=1)


class _NowAndThen:
    """Looks once a second whether something is due."""

    def __init__(self, end_due: Callable[[], int]) -> None:
        self._end_due = end_due
        self._pace = Pace(LOOK_EVERY)

    def __call__(self) -> bool:
        return self._pace.is_due(clock.now()) and self._end_due() > 0


class EndTests(_NowAndThen):
    """Takes premises off test when the time that was said is over."""

    name = "sites.end_tests"

    def __init__(self) -> None:
        super().__init__(actions.end_due_tests)


class EndRotations(_NowAndThen):
    """Forgets the old key of a panel when its time is over."""

    name = "sites.end_rotations"

    def __init__(self) -> None:
        super().__init__(actions_keys.end_due_rotations)
