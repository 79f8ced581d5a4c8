"""A receiver before a whole Canh, killed at random: what it was told is kept is there, and rings once."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.mlr2 import HEARTBEAT, Receiver, Wire
from tests.house import House, free_port, until

pytestmark = pytest.mark.faults
EVENTS, KILLS = 200, 20


class BehindHouse(House):
    """Behind a receiver that dials in, and one that is dialled."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.in_port, self.out_port = free_port(), free_port()

    @property
    def environment(self) -> dict[str, str]:
        mine = {"CANH_RECEIVER_PORT": str(self.in_port), "CANH_RECEIVERS": f"127.0.0.1:{self.out_port}"}
        return {**super().environment, **mine}

    def open(self) -> None:
        self.start("gateway")
        until(lambda: self.listens(self.in_port), 60)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[BehindHouse]:
    with BehindHouse(tmp_path / "data") as house:
        house.furnish(["3001", "3002"])
        yield house


def event(account: str, zone: int) -> str:
    """A hold-up: nothing holds it back, however many there are."""
    return f"5011 18{account}E12201{zone:03d}"


def hold_ups(house: House) -> list[dict]:
    """Without what Canh says of so many."""
    return [alarm for alarm in house.rows("alarms") if alarm["code"] == "122"]


def test_kills_lose_nothing_and_double_nothing(house: BehindHouse) -> None:
    chance = random.Random(19)  # noqa: S311  # the same moments each time
    house.start("engine")
    house.open()
    with Receiver(house.in_port) as dialling, Receiver(None, listen_on=house.out_port) as dialled:
        for number in range(KILLS):
            share = EVENTS // KILLS
            zones = range(number * share + 1, (number + 1) * share + 1)
            dialling.report(*[event("3001", zone) for zone in zones])
            dialled.report(*[event("3002", zone) for zone in zones])
            time.sleep(chance.uniform(0.01, 0.3))
            house.kill("gateway")
            house.open()
        until(lambda: not dialling.waiting and not dialled.waiting, 180, 0.2)
    until(lambda: len(hold_ups(house)) >= 2 * EVENTS, 180, 1)
    rung = Counter((alarm["account"], int(alarm["zone"]), alarm["count"]) for alarm in hold_ups(house))
    assert rung == Counter({(account, zone, 1): 1 for account in ("3001", "3002") for zone in range(1, EVENTS + 1)})
    firsts = [row for row in house.rows("signals") if row["repeat_of"] is None and row["code"] == "122"]
    assert len(firsts) == 2 * EVENTS
    assert {row["is_whole"] for row in house.rows("verify")} == {True}


def test_killed_before_its_ack_a_message_comes_again_and_rings_once(house: BehindHouse) -> None:
    """The ACK never reaches the receiver: it hangs up at the moment it has sent, and comes back."""
    house.start("engine")
    house.open()
    wire = Wire(house.in_port)
    wire.send(HEARTBEAT, event("3001", 7))
    until(lambda: house.rows("signals"), 60, 0.3)
    house.kill("gateway")
    wire.close()
    house.open()
    again = Wire(house.in_port)
    again.send(HEARTBEAT, event("3001", 7))
    assert again.answer(2) == b"\x06\x06"
    until(lambda: len(house.rows("signals")) == 2, 60, 0.3)
    assert [row["repeat_of"] is None for row in house.rows("signals")] == [True, False]
    (alarm,) = house.rows("alarms")
    assert alarm["zone"] == "007"
