"""The cycle runs every step, survives a failing one, and waits when idle."""

from __future__ import annotations

import pytest

from canh.engine import cycle as cycle_module
from canh.engine.cycle import Cycle
from canh.engine.steps import all_steps

pytestmark = pytest.mark.django_db


class Once:
    def __init__(self, name: str, works: int = 1, fails: int = 0) -> None:
        self.name, self.works, self.fails, self.calls = name, works, fails, 0

    def __call__(self) -> bool:
        self.calls += 1
        if self.calls <= self.fails:
            raise OSError("disk is away")
        return self.calls <= self.fails + self.works


def test_a_failing_step_holds_up_no_other(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    now = 100.0
    monkeypatch.setattr(cycle_module.time, "monotonic", lambda: now)
    bad, good = Once("bad", fails=2), Once("good", works=3)
    cycle = Cycle([bad, good], lambda _s: True)
    cycle.once()
    assert (bad.calls, good.calls) == (1, 1)
    cycle.once()
    assert bad.calls == 1  # it rests
    now += 1.1
    cycle.once()
    now += 1.0
    cycle.once()
    assert bad.calls == 2  # the pause doubled
    now += 1.1
    assert cycle.once()
    assert (cycle.tracks["bad"].failures, cycle.tracks["bad"].in_a_row) == (2, 0)
    assert "disk is away" in caplog.text


def test_it_goes_round_while_there_is_work_and_waits_when_there_is_none() -> None:
    waits: list[float] = []
    step = Once("step", works=3)

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        cycle.is_stopping = True
        return False

    cycle = Cycle([step], wait)
    cycle.run()
    assert (step.calls, waits) == (4, [cycle_module.TICK_S])


def test_the_real_steps_run_on_an_empty_house() -> None:
    cycle = Cycle(all_steps(), lambda _s: True)
    while cycle.once():
        pass
    assert all(track.failures == 0 for track in cycle.tracks.values())
    names = [
        "intake.copy",
        "sites.end_tests",
        "sites.end_rotations",
        "intake.silence",
        "alarms.unshelve",
        "alarms.release",
        "alarms.raise",
        "alarms.arming",
        "alarms.closing",
        "alarms.routines",
        "occupancy.inside",
        "monitoring.desks",
        "incidents.group",
        "response.escalate",
        "liaison.receipts",
        "alarms.floods",
        "incidents.retain",
        "audit.seal",
        "audit.head",
    ]
    assert [s.name for s in cycle.steps] == names
