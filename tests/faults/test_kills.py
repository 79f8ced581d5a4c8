"""kill -9 at random moments while every door is spoken to: nothing acknowledged is missing, nothing is doubled."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.faults.mixed import KILLS, MixedHouse, MixedLoad, number_of
from tests.gateway.mosquitto import Mosquitto, mosquitto_in
from tests.house import House, house_in, until

pytestmark = pytest.mark.faults
ACCOUNTS = [f"3{n:03d}" for n in range(12)]
SEED = int(os.environ.get("CANH_KILL_SEED", "4152"))
CODES = {"HA", "122", "hold_up", "alert"}  # hold-ups, which no flood holds back; and persons before the camera


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto_in(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def mixed_house(tmp_path: Path, broker: Mosquitto) -> Iterator[MixedHouse]:
    with MixedHouse(tmp_path / "data", broker) as house:
        house.furnish_all()
        yield house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as house:
        house.furnish(ACCOUNTS)
        yield house


@pytest.mark.services
def test_two_hundred_kills_under_mixed_load_lose_nothing_and_double_nothing(
    mixed_house: MixedHouse, broker: Mosquitto
) -> None:
    house, chance = mixed_house, random.Random(SEED)  # noqa: S311  # the same moments each time
    house.start("gateway", "engine", "web")
    until(lambda: broker.log().count("as canh-1-bank1"), 60)  # subscribed: from here on the broker owes us all
    by_hand = 0
    with MixedLoad(house, broker) as load:
        for number in range(KILLS):
            load.report(2)
            time.sleep(chance.uniform(0.02, 0.4))
            victim = chance.choice(["gateway", "gateway", "gateway", "engine", "engine", "web"])
            house.kill(victim)
            house.start(victim)
            if number % 20 == 19:
                by_hand += 1
                house.canh("signal", "send", "3001", "HA", "--zone", str(900_000 + by_hand))
    acked = load.acked()
    assert min(len(numbers) for numbers in acked.values()) > KILLS // 10, "too little load to prove anything"
    acked["3001"] |= set(range(900_001, 900_001 + by_hand))
    _check(house, acked)


def _check(house: MixedHouse, acked: dict[str, set[int]]) -> None:
    expected = {(account, number) for account, numbers in acked.items() for number in numbers}
    firsts = _settled(house, expected)
    missing = expected - set(firsts)
    assert sorted(missing) == [], "acknowledged and lost"
    assert [key for key, count in firsts.items() if count > 1] == [], "doubled"
    rung = Counter((a["account"], int(a["zone"])) for a in house.rows("alarms") if a["zone"].isdecimal())
    assert [key for key, count in rung.items() if count > 1] == [], "rang twice"
    owed = {key for key in firsts if not key[0].startswith("frigate")}
    until(lambda: owed <= {(a["account"], int(a["zone"] or 0)) for a in house.rows("alarms")}, 300, 2)
    assert all(finding["is_whole"] for finding in house.rows("verify"))


def _settled(house: MixedHouse, expected: set[tuple[str, int]]) -> Counter[tuple[str, int]]:
    """What was told, once nothing is missing, or a minute has brought nothing new."""
    firsts, quiet_until = _firsts(house), time.monotonic() + 60
    while expected - set(firsts) and time.monotonic() < quiet_until:
        time.sleep(2)
        before, firsts = firsts, _firsts(house)
        quiet_until = time.monotonic() + 60 if firsts != before else quiet_until
    return firsts


def _firsts(house: MixedHouse) -> Counter[tuple[str, int]]:
    told = [s for s in house.rows("signals") if s["repeat_of"] is None and s["code"] in CODES]
    return Counter((s["account"].partition(":gate")[0], number_of(s)) for s in told)


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
