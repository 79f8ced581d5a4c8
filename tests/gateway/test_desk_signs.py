"""What the gateway says about its own hearing: the ground on which silence is judged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from canh.gateway.desk import GAP_S, Desk
from canh.gateway.directory import fixed
from canh.gateway.limits import Limits
from canh.intake.journal import JournalReader
from canh.kit import clock
from canh.kit.saying import Saying
from tests.clock import Hands, stopped


@pytest.fixture
def hands() -> Iterator[Hands]:
    with stopped() as hands:
        yield hands


def at_desk(journal: Path, work: Callable[[Desk], None]) -> dict[str, int]:
    """Work at a desk, flush, and read what it counted."""

    async def inside() -> None:
        desk = Desk(journal, fixed({}), Limits())
        work(desk)
        desk._flush()
        await asyncio.to_thread(desk.journal.stop)

    asyncio.run(inside())
    reader = JournalReader(journal)
    try:
        return reader.counters()
    finally:
        reader.close()


def test_a_gap_in_the_heartbeat_begins_the_hearing_anew(tmp_path: Path, hands: Hands) -> None:
    def work(desk: Desk) -> None:
        desk.door_is_up("sia")
        desk.door_is_down("mqtt", Saying("no broker"))
        desk._flush()
        hands.forward(GAP_S + 1)

    counts = at_desk(tmp_path / "gw.db", work)
    assert counts["up_since:sia"] == clock.now_us()
    assert counts["up_since:mqtt"] == 0


@pytest.mark.parametrize("seconds", [0, 2, GAP_S])
def test_a_steady_heartbeat_changes_nothing(tmp_path: Path, hands: Hands, seconds: float) -> None:
    begin = clock.now_us()

    def work(desk: Desk) -> None:
        desk.door_is_up("sia")
        desk._flush()
        hands.forward(seconds)

    assert at_desk(tmp_path / "gw.db", work)["up_since:sia"] == begin


def test_so_does_a_clock_put_back(tmp_path: Path, hands: Hands) -> None:
    def work(desk: Desk) -> None:
        desk.door_is_up("sia")
        desk._flush()
        hands.forward(-3600)

    assert at_desk(tmp_path / "gw.db", work)["up_since:sia"] == clock.now_us()


def test_a_door_of_an_earlier_run_does_not_seem_to_hear(tmp_path: Path, hands: Hands) -> None:
    at_desk(tmp_path / "gw.db", lambda desk: desk.door_is_up("mqtt"))
    counts = at_desk(tmp_path / "gw.db", lambda desk: desk.door_is_up("sia"))
    assert counts["up_since:mqtt"] == 0
    assert counts["up_since:sia"] > 0
