"""Stories over the whole flow: journal file, engine cycle, alarms, people, audit; on a clock moved by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from canh.accounts.queries import viewer
from canh.alarms import actions, queries
from canh.audit import rules as audit_rules
from canh.audit.queries import sealed_lines, unsealed_count
from canh.engine.cycle import Cycle
from canh.engine.steps import all_steps
from canh.intake.journal import Entry, Heard
from canh.intake.journal_writer import JournalWriter
from canh.intake.models import Path as SignalPath
from canh.intake.models import Signal
from canh.kit import clock, paths
from tests.cast import Cast
from tests.clock import Hands, stopped
from tests.senders import entry


class Stage:
    """A gateway's journal, the engine, and the hands of the clock."""

    def __init__(self, hands: Hands, file: Path) -> None:
        self.hands, self.file = hands, file
        self.cycle = Cycle(all_steps(), lambda _s: True)

    def arrives(self, *entries: Entry, heard: list[Heard] | None = None) -> None:
        """The gateway journals messages; the engine is not told."""
        writer = JournalWriter(self.file)
        writer.start()
        writer.submit(entries)
        for item in heard or []:
            writer.note_heard(item)
        writer.flush_side()
        writer.stop()

    def fast_forward(self, seconds: float) -> None:
        """Time passes and the engine does what there is to do."""
        self.hands.forward(seconds)
        while self.cycle.once():
            pass

    def restart_engine(self) -> None:
        self.cycle = Cycle(all_steps(), lambda _s: True)


@pytest.fixture
def hands() -> Iterator[Hands]:
    """Stopped before the cast is made: roles begin on this clock."""
    with stopped() as hands:
        yield hands


@pytest.fixture
def stage(hands: Hands, cast: Cast) -> Iterator[Stage]:
    file = paths.journal("story")
    yield Stage(hands, file)
    for leftover in file.parent.glob("story.db*"):
        leftover.unlink()


def test_a_hold_up_from_button_to_closing(stage: Stage, cast: Cast) -> None:
    stage.arrives(entry("1001", "HA", "1", number="0041"))
    stage.fast_forward(1)
    [alarm] = queries.open_alarms(viewer(cast.dung))
    assert (alarm.site, alarm.priority, alarm.zone_name) == (cast.bank, 1, "Nút khẩn quầy 2")

    stage.arrives(entry("1001", "HA", "1", number="0041"))  # the panel lost our ACK and repeats
    stage.fast_forward(20)
    assert queries.open_alarms(viewer(cast.dung)).count() == 1

    actions.acknowledge_alarm(alarm, cast.dung)
    stage.arrives(entry("1001", "HR", "1"))
    stage.fast_forward(60)
    alarm.refresh_from_db()
    assert alarm.returned_at is not None
    actions.close_alarm(alarm, cast.dung, "nothing_found", "Bấm nhầm khi lau quầy")
    stage.fast_forward(1)

    told = [line.kind.value for line in queries.timeline(alarm)]
    assert told == ["received", "stored", "raised", "repeat", "acknowledged", "returned", "closed"]
    assert unsealed_count() == 0
    assert audit_rules.first_break(sealed_lines()) is None


def test_a_night_without_the_engine_rings_in_the_morning_once(stage: Stage, cast: Cast) -> None:
    stage.arrives(*[entry("1002", "BA", str(zone)) for zone in (1, 2, 1, 2)])
    stage.hands.forward(6 * 3600)
    stage.restart_engine()
    stage.fast_forward(1)
    stage.restart_engine()
    stage.fast_forward(1)
    found = queries.open_alarms(viewer(cast.chi))
    assert [(a.zone_name, a.count) for a in found] == [("Cổng chính", 2), ("Phòng máy", 2)]
    assert all((clock.now() - a.received_at).total_seconds() > 6 * 3600 for a in found)  # true age


def test_an_opening_is_kept_and_rings_nothing(stage: Stage, cast: Cast) -> None:
    stage.arrives(entry("1001", "OP", user="7"), entry("1001", "CL", user="7"), entry("1001", "RP"))
    stage.fast_forward(1)
    assert Signal.objects.filter(handled_at__isnull=False).count() == 3
    assert queries.open_alarms(viewer(cast.en)).count() == 0


def test_a_poll_leaves_its_time_and_nothing_else(stage: Stage, cast: Cast) -> None:
    stage.arrives(heard=[Heard("sia", "1001", "L0", "10.0.0.9:40", clock.now_us())])
    stage.fast_forward(3)
    assert SignalPath.objects.get().panel == cast.bank_panel
    assert Signal.objects.count() == 0


def test_a_closed_alarm_rings_again_when_it_happens_again(stage: Stage, cast: Cast) -> None:
    ring: Callable[[], None] = lambda: stage.arrives(entry("1002", "BA", "1"))  # noqa: E731
    ring()
    stage.fast_forward(1)
    first = actions.acknowledge_alarm(queries.open_alarms(viewer(cast.chi)).get(), cast.chi)
    actions.close_alarm(first, cast.chi, "environment")
    stage.fast_forward(600)
    ring()
    stage.fast_forward(1)
    assert queries.open_alarms(viewer(cast.chi)).get().id != first.id
