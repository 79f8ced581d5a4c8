"""kill -9 at random moments under load: nothing acknowledged is missing, nothing is doubled."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.house import House, house_in, until

pytestmark = pytest.mark.faults
ACCOUNTS = [f"3{n:03d}" for n in range(12)]
KILLS = int(os.environ.get("CANH_KILLS", "200"))
SEED = int(os.environ.get("CANH_KILL_SEED", "4152"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as house:
        house.furnish(ACCOUNTS)
        yield house


def test_two_hundred_kills_lose_nothing_and_double_nothing(house: House) -> None:
    chance = random.Random(SEED)  # noqa: S311  # the same moments each time
    house.start("gateway", "engine", "web")
    killed: Counter[str] = Counter()
    with Load(house.dc09_port, ACCOUNTS) as load:
        while sum(killed.values()) < KILLS:
            time.sleep(chance.uniform(0.02, 0.4))
            victim = chance.choice(["gateway", "gateway", "gateway", "engine", "engine", "web"])
            house.kill(victim)
            house.start(victim)
            killed[victim] += 1
    acked = load.acked()
    assert len(acked) > KILLS * 2, "too little load to prove anything"
    _check(house, acked)
    assert sum(panel.tries for panel in load.panels) >= len(acked)


def _check(house: House, acked: set[tuple[str, str]]) -> None:
    last = house.rows("verify")[0]["rows"]
    until(lambda: house.rows("verify")[1]["rows"] >= last, 60, 0.5)
    signals = house.rows("signals")
    firsts = Counter((s["account"], s["number"]) for s in signals if s["repeat_of"] is None)
    assert acked - set(firsts) == set(), "acknowledged and lost"
    assert [key for key, count in firsts.items() if count > 1] == [], "doubled"
    until(lambda: len(house.rows("alarms")) >= len(firsts), 60, 0.5)
    alarms = Counter((a["account"], a["zone"]) for a in house.rows("alarms"))
    assert {account for account, _zone in alarms} == set(ACCOUNTS)
    assert [key for key, count in alarms.items() if count > 1] == [], "rang twice"
    assert len(alarms) == len(firsts)
    assert all(f["is_whole"] for f in house.rows("verify"))


def test_stopping_and_starting_again_loses_nothing_and_rings_nothing_twice(house: House) -> None:
    house.start("gateway", "engine")
    with Load(house.dc09_port, ACCOUNTS[:3]) as load:
        time.sleep(1.5)
    house.stop()
    house.start("gateway", "engine")
    _check_few(house, load.acked())


def _check_few(house: House, acked: set[tuple[str, str]]) -> None:
    until(lambda: len(house.rows("alarms")) >= len(acked), 30, 0.5)
    rung = Counter((a["account"], f"{int(a['zone']):04d}") for a in house.rows("alarms"))
    assert set(rung) == acked
    assert set(rung.values()) == {1}


def test_what_came_while_the_engine_was_away_rings_when_it_is_back(house: House) -> None:
    house.start("gateway")
    with Load(house.dc09_port, ACCOUNTS[:3]) as load:
        time.sleep(1)
    assert house.rows("alarms") == []
    house.start("engine")
    _check_few(house, load.acked())


def test_a_second_engine_stands_by_and_takes_over(house: House) -> None:
    house.start("gateway", "engine")
    until(lambda: (house.data / "run" / "beats" / "engine").exists())
    other = House.__new__(House)
    other.__dict__.update({**house.__dict__, "processes": {}})
    other.start("engine")
    until(lambda: "standing by" in house.text_of_log())
    house.kill("engine")
    with Load(house.dc09_port, ACCOUNTS[:1]) as load:
        time.sleep(0.5)
    _check_few(house, load.acked())
    for process in other.processes.values():
        process.kill()
        process.wait()
