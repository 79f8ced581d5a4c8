"""MQTT in a whole Canh: real processes, a real broker, one event is one alarm; and murder in between."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from canh.intake.journal import JournalReader
from canh.intake.observation import from_json
from tests.gateway import mqtt_says as says
from tests.gateway.mosquitto import PASSWORD, USER, Mosquitto, mosquitto_in
from tests.house import House, until

pytestmark = pytest.mark.services
KILLS = int(os.environ.get("CANH_KILLS", "10"))
CAMERAS = ["front_door", "yard", "vault", "counter"]
REGISTER = """
import sys
from canh.sites import actions, queries
for account in sys.argv[1:]:
    kind = "camera" if account.startswith("frigate") else "sensor"
    actions.add_panel(actor_id=None, site=queries.open_sites()[0], account=account, door="mqtt", kind=kind)
"""


class Hearing(House):
    """A house that hears a broker."""

    def __init__(self, data: Path, broker: Mosquitto) -> None:
        super().__init__(data)
        self._broker = broker

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "CANH_MQTT": self._broker.url()}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto_in(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def house(tmp_path: Path, broker: Mosquitto) -> Iterator[House]:
    with Hearing(tmp_path / "data", broker) as house:
        house.furnish([])
        house.python(REGISTER, *[f"frigate:{name}@bank1" for name in CAMERAS], "zigbee:0x01@bank1")
        yield house


def subscribed(broker: Mosquitto, times: int = 1) -> bool:
    return broker.log().count("as canh-1-bank1") >= times


def alarms(house: House) -> list[tuple[str, str]]:
    return sorted((a["account"], a["kind"]) for a in house.rows("alarms"))


def rung(house: House) -> list[str]:
    """Without the faults that tell of too many signals: so many are too many."""
    return [account for account, kind in alarms(house) if kind == "intrusion"]


def test_from_a_person_at_the_camera_to_one_alarm(house: House, broker: Mosquitto) -> None:
    house.start("gateway", "engine")
    until(lambda: subscribed(broker), 30)
    broker.say("zigbee2mqtt/bridge/devices", says.zigbee_devices(cua_kho="0x01"), retain=True)
    for kind in ("new", "update", "update"):
        broker.say("frigate/events", says.frigate_event(kind))
        broker.say("frigate/reviews", says.frigate_review(kind))
    broker.say("zigbee2mqtt/cua_kho/availability", '{"state": "offline"}', retain=True)
    broker.say("zigbee2mqtt/cua_kho", '{"contact": null}')
    expected = [("frigate:front_door@bank1", "intrusion"), ("zigbee:0x01@bank1", "fault")]
    until(lambda: len(alarms(house)) >= 2, 60, 0.5)
    broker.say("frigate/reviews", says.frigate_review("end"))
    broker.say("frigate/events", says.frigate_event("end"))
    until(lambda: any(a["returned_at"] for a in house.rows("alarms")), 60, 0.5)
    assert alarms(house) == expected
    [turns] = [[s["turn"] for s in reversed(house.rows("signals")) if s["code"] == "alert"]]
    assert sorted(turns) == ["new", "new", "restore"]  # event and review of one condition: one alarm


def test_kills_at_random_lose_no_event_and_double_none(house: House, broker: Mosquitto) -> None:
    chance = random.Random(4152)  # noqa: S311  # the same moments each time
    house.start("gateway", "engine")
    until(lambda: subscribed(broker), 30)
    words = [
        "mosquitto_pub",
        "-p",
        str(broker.port),
        "-u",
        USER,
        "-P",
        PASSWORD,
        "-q",
        "1",
        "-t",
        "frigate/events",
        "-l",
    ]
    said = 0
    with subprocess.Popen(words, stdin=subprocess.PIPE) as publisher:
        assert publisher.stdin
        for _kill in range(KILLS):
            for _message in range(chance.randrange(20, 60)):
                said += 1
                event = says.frigate_event("new", f"{said}.5-abc", camera=chance.choice(CAMERAS))
                publisher.stdin.write(event + b"\n")
                publisher.stdin.flush()
                time.sleep(chance.uniform(0, 0.02))
            house.kill("gateway")
            house.start("gateway")
        publisher.stdin.close()
        assert publisher.wait(60) == 0
    until(lambda: len(events(house)) >= said, 90, 0.5)
    counted = events(house)
    assert set(counted) == {f"{n}.5-abc" for n in range(1, said + 1)}, "lost"
    assert set(counted.values()) == {1}, "doubled"
    until(lambda: house.rows("verify")[1]["rows"] >= said, 90, 0.5)
    until(lambda: len(rung(house)) >= len(CAMERAS), 60, 0.5)
    assert rung(house) == sorted(f"frigate:{name}@bank1" for name in CAMERAS)
    assert all(found["is_whole"] for found in house.rows("verify"))


def events(house: House) -> Counter[str]:
    reader = JournalReader(house.data / "journal" / "gw1.db")
    try:
        kept = reader.after(0, 100_000)
    finally:
        reader.close()
    return Counter(seen.extra["event"] for entry in kept for seen in from_json(entry.facts) if seen.code == "alert")
