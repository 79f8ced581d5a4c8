"""The door at a real broker: Mosquitto, restarted and killed, and its own publisher."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from canh.gateway.desk import DoorState
from canh.gateway.directory import Directory, fixed
from canh.gateway.doors import DoorSettings
from canh.gateway.mqtt.broker import parse
from canh.gateway.mqtt.wire import Room, Wire, room_for
from canh.intake.journal import JournalReader, KeptEntry
from canh.intake.observation import Observation, from_json
from canh.sites.queries import PanelEntry
from tests.gateway import mqtt_says as says
from tests.gateway.conftest import Running
from tests.gateway.mosquitto import PASSWORD, USER, Mosquitto, mosquitto_in
from tests.gateway.panel import plain
from tests.house import until

pytestmark = pytest.mark.services

CAMERA, DOOR = "frigate:front_door@bank1", "zigbee:0x01@bank1"
SMOKE, PANEL = "zigbee:0x02@bank1", "hass:paradox_7100_partition_hall@bank1"
PANEL_STATE = "pai/paradox/states/partitions/hall/current_state"


def registered(*accounts: str, **more: Any) -> dict[str, PanelEntry]:
    return {a: PanelEntry(n, a, None, door="mqtt", **more) for n, a in enumerate(accounts, 1)}


EVERYBODY = registered(CAMERA, DOOR, SMOKE, PANEL)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto_in(tmp_path / "broker") as broker:
        yield broker


Opener = Callable[..., Running]


@pytest.fixture
def listen(start: Callable[..., Running], broker: Mosquitto) -> Opener:
    """A gateway that hears the broker."""

    def begin(register: Any = EVERYBODY, more: str = "", is_up: bool = True, **limits: Any) -> Running:
        book = register if isinstance(register, Directory) else fixed(register)
        gateway = start(book, settings=DoorSettings(mqtt=(broker.url(more),)), **limits)
        if is_up:
            until(lambda: state(gateway).up_since, 30)
        return gateway

    return begin


def state(gateway: Running, broker: str = "bank1") -> Any:
    return gateway.gateway.desk.doors.get(f"mqtt:{broker}", DoorState(0))


def entries(gateway: Running) -> list[tuple[KeptEntry, Observation]]:
    return [(e, seen) for e in gateway.kept() if e.door == "mqtt" for seen in from_json(e.facts)]


def told(gateway: Running, verdict: str = "accepted") -> list[tuple[str, str, str]]:
    return [(seen.account, seen.code, seen.turn) for e, seen in entries(gateway) if e.verdict == verdict]


def expect(gateway: Running, *wanted: tuple[str, str, str], verdict: str = "accepted") -> None:
    until(lambda: len(told(gateway, verdict)) >= len(wanted), 20)
    assert told(gateway, verdict) == list(wanted)


def settle(gateway: Running, broker: Mosquitto) -> None:
    """Everything said so far has been heard: the last thing said is."""
    before = len(told(gateway, "not_understood"))
    broker.say("frigate/events", "{")
    until(lambda: len(told(gateway, "not_understood")) > before, 20)


def know_sensors(broker: Mosquitto) -> None:
    broker.say("zigbee2mqtt/bridge/devices", says.zigbee_devices(front_door="0x01", kho__khoi="0x02"), retain=True)


def test_a_person_at_the_camera_begins_and_ends_once(listen: Opener, broker: Mosquitto) -> None:
    gateway = listen()
    for kind in ("new", "update", "update", "end"):
        broker.say("frigate/events", says.frigate_event(kind))
    broker.say("frigate/events", says.frigate_event("new", "2.5-abc"))
    expect(gateway, (CAMERA, "alert", "new"), (CAMERA, "alert", "restore"), (CAMERA, "alert", "new"))
    entry, seen = entries(gateway)[0]
    topic, payload = entry.raw.split(b"\n", 1)
    assert (topic, payload) == (b"frigate/events", says.frigate_event("new"))
    assert (entry.peer, seen.path, seen.text) == (f"127.0.0.1:{broker.port}", "bank1", "person · yard, driveway")


def test_sensors_by_address_also_when_they_spoke_before_the_list_came(listen: Opener, broker: Mosquitto) -> None:
    gateway = listen()
    broker.say("zigbee2mqtt/front_door", '{"contact": false}')
    know_sensors(broker)
    broker.say("zigbee2mqtt/kho/khoi", '{"smoke": true}', retain=True)
    broker.say("zigbee2mqtt/front_door/availability", '{"state": "offline"}')
    until(lambda: len(told(gateway)) == 3, 20)
    assert set(told(gateway)) == {(DOOR, "contact", "new"), (SMOKE, "smoke", "new"), (DOOR, "offline", "new")}


def test_unavailable_is_no_intrusion(listen: Opener, broker: Mosquitto) -> None:
    broker.say("homeassistant/alarm_control_panel/paradox/hall/config", says.hass_panel(), retain=True)
    know_sensors(broker)
    broker.say(PANEL_STATE, "armed_away", retain=True)
    gateway = listen()
    until(lambda: "Sending SUBACK to canh-1-bank1" in broker.log().partition(PANEL_STATE + " (QoS 1)")[2], 20)
    for words in ("unavailable", "unknown", "armed_away", "triggered", "unavailable"):
        broker.say(PANEL_STATE, words, retain=True)
    broker.say("zigbee2mqtt/front_door", '{"contact": null, "occupancy": "unavailable"}')
    broker.say(PANEL_STATE, "disarmed", retain=True)
    expect(gateway, (PANEL, "unavailable", "new"), (PANEL, "unavailable", "restore"), (PANEL, "triggered", "new"),
           (PANEL, "unavailable", "new"), (PANEL, "unavailable", "restore"), (PANEL, "triggered", "restore"),
           (PANEL, "opening", "new"))  # fmt: skip


def test_what_is_retained_rings_once_also_after_a_restart(listen: Opener, broker: Mosquitto) -> None:
    know_sensors(broker)
    broker.say("zigbee2mqtt/front_door", '{"contact": false}', retain=True)
    gateway = listen()
    expect(gateway, (DOOR, "contact", "new"))
    gateway.stop()
    again = listen()
    settle(again, broker)
    expect(again, (DOOR, "contact", "new"))
    broker.say("zigbee2mqtt/front_door", '{"contact": true}', retain=True)
    expect(again, (DOOR, "contact", "new"), (DOOR, "contact", "restore"))
    again.stop()
    broker.say("zigbee2mqtt/front_door", '{"contact": false}', retain=True)
    expect(listen(), (DOOR, "contact", "new"), (DOOR, "contact", "restore"), (DOOR, "contact", "new"))


@pytest.mark.parametrize("version", ["", "?version=3"])
def test_what_is_said_while_the_gateway_is_away_waits_at_the_broker(
    listen: Opener, broker: Mosquitto, version: str
) -> None:
    know_sensors(broker)
    listen(more=version).stop()
    for number in range(60):  # more than a broker sends before the first is acknowledged
        broker.say("frigate/events", says.frigate_event("new", f"{number}.5-a"))
    broker.say("zigbee2mqtt/front_door", '{"contact": false}')
    gateway = listen(more=version)
    until(lambda: len(told(gateway)) >= 61, 30)
    settle(gateway, broker)
    assert len(told(gateway)) == 61
    events = [seen.extra["event"] for _e, seen in entries(gateway) if seen.code == "alert"]
    assert events == [f"{n}.5-a" for n in range(60)]


def test_a_broker_that_is_killed_and_comes_back_loses_nothing_and_doubles_nothing(
    listen: Opener, broker: Mosquitto
) -> None:
    know_sensors(broker)
    gateway = listen()
    broker.say("frigate/events", says.frigate_event("new", "1.5-a"))
    expect(gateway, (CAMERA, "alert", "new"))
    gateway.stop()
    broker.say("frigate/events", says.frigate_event("new", "2.5-b"))
    until(lambda: (broker.folder / "mosquitto.db").stat().st_size > 0, 10)
    broker.kill(signal.SIGTERM)  # what it took is in its store
    gateway = listen(is_up=False)
    until(lambda: state(gateway).problem == "Connection refused", 20)
    broker.start()
    until(lambda: state(gateway).up_since, 60)
    until(lambda: len(told(gateway)) == 2, 20)
    broker.kill()
    until(lambda: not state(gateway).up_since, 30)
    broker.start()
    until(lambda: state(gateway).up_since, 60)
    broker.say("frigate/events", says.frigate_event("new", "2.5-b"))  # Frigate is not sure either
    broker.say("frigate/events", says.frigate_event("new", "3.5-c"))
    until(lambda: len(told(gateway)) == 3, 20)
    settle(gateway, broker)
    assert [seen.extra["event"] for _e, seen in entries(gateway) if seen.code] == ["1.5-a", "2.5-b", "3.5-c"]


def test_nothing_is_acknowledged_before_the_journal_has_it(
    listen: Opener, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = listen()
    journal = gateway.gateway.desk.journal
    write = journal._commit
    is_broken = True

    def commit(rows: Any, side: Any) -> None:
        if is_broken and rows:
            raise OSError(28, "No space left on device")
        write(rows, side)

    monkeypatch.setattr(journal, "_commit", commit)
    broker.say("frigate/events", says.frigate_event("new", "1.5-a"))
    until(lambda: gateway.counts["journal_failures"] >= 2, 30)  # it was sent again after a new connection
    assert told(gateway) == []
    is_broken = False
    expect(gateway, (CAMERA, "alert", "new"))


def test_what_the_journal_has_but_was_not_acknowledged_comes_again_and_is_told_once(
    listen: Opener, broker: Mosquitto
) -> None:
    gateway = listen()
    [line] = [line for door in gateway.gateway.doors if door.name == "mqtt" for line in door._lines]  # type: ignore[attr-defined]
    line._wire.acknowledge = lambda *_words: None  # killed just before the answer leaves
    line._save = _nothing  # and before the memory is saved
    broker.say("frigate/events", says.frigate_event("new", "1.5-a"))
    know_sensors(broker)
    broker.say("zigbee2mqtt/front_door", '{"contact": false}')
    expect(gateway, (CAMERA, "alert", "new"), (DOOR, "contact", "new"))
    gateway.stop()
    again = listen()
    settle(again, broker)
    assert "(d1, q1" in broker.log(), "the broker sent it again"
    expect(again, (CAMERA, "alert", "new"), (DOOR, "contact", "new"))


async def _nothing() -> None:
    pass


def test_one_sensor_that_flaps_does_not_keep_the_others_from_being_heard(listen: Opener, broker: Mosquitto) -> None:
    gateway = listen()
    know_sensors(broker)
    broker.say_lines("zigbee2mqtt/front_door", [f'{{"contact": {"true" if n % 2 else "false"}}}' for n in range(400)])
    broker.say("zigbee2mqtt/kho/khoi", '{"smoke": true}', retain=True)
    until(lambda: (SMOKE, "smoke", "new") in told(gateway), 30)
    assert told(gateway).count((DOOR, "contact", "new")) == 60
    assert gateway.counts["mqtt_too_often"] > 0


def test_who_is_not_registered_is_offered_and_does_not_flood(listen: Opener, broker: Mosquitto) -> None:
    gateway = listen({})
    know_sensors(broker)
    broker.say("homeassistant/alarm_control_panel/paradox/hall/config", says.hass_panel(), retain=True)
    for number in range(40):
        broker.say("zigbee2mqtt/front_door", json.dumps({"contact": bool(number % 2), "linkquality": number}))
    broker.say("zigbee2mqtt/front_door", '{"action": "single"}')
    broker.say("frigate/events", says.frigate_event())
    settle(gateway, broker)
    strange = told(gateway, "unknown_account")
    assert told(gateway) == []
    assert strange.count((DOOR, "contact", "new")) == 20
    assert (CAMERA, "alert", "new") in strange
    assert all(turn == "new" for _a, _c, turn in strange)
    found = until(lambda: len(f := discoveries(gateway)) >= 4 and f, 20)
    assert found.keys() == {DOOR, SMOKE, CAMERA, PANEL}
    assert found[DOOR] == ("sensor", "front_door")
    assert found[PANEL] == ("panel", "Tủ báo động Hall")
    assert found[CAMERA] == ("camera", "front_door")


def discoveries(gateway: Running) -> dict[str, tuple[str, str]]:
    reader = JournalReader(gateway.journal)
    try:
        return {d.account: (d.kind, d.name) for d in reader.found_since(0) if d.door == "mqtt"}
    finally:
        reader.close()


def test_who_is_adopted_is_heard_at_once(listen: Opener, broker: Mosquitto) -> None:
    register: dict[str, PanelEntry] = {}
    revision = [0]
    know_sensors(broker)
    broker.say("zigbee2mqtt/kho/khoi", '{"smoke": true}', retain=True)
    gateway = listen(Directory(lambda: dict(register), lambda: revision[0]))
    expect(gateway, (SMOKE, "smoke", "new"), verdict="unknown_account")
    register.update(registered(SMOKE))
    revision[0] += 1
    expect(gateway, (SMOKE, "smoke", "new"))


def test_signs_of_life_leave_no_entry(listen: Opener, broker: Mosquitto) -> None:
    gateway = listen()
    know_sensors(broker)
    for battery in range(5):
        broker.say("zigbee2mqtt/front_door", json.dumps({"contact": True, "battery": battery}))
    broker.say("zigbee2mqtt/kho/khoi", '{"smoke": false}', retain=True)
    broker.say("frigate/stats", says.frigate_stats(front_door=5.1))

    def heard() -> set[str]:
        reader = JournalReader(gateway.journal)
        try:
            return {h.account for h in reader.heard_since(0) if h.door == "mqtt:bank1" and h.path == "bank1"}
        finally:
            reader.close()

    until(lambda: heard() >= {DOOR, CAMERA}, 20)
    assert told(gateway) == []


def test_garbage_and_bombs_are_kept_with_a_note_and_the_others_go_on(listen: Opener, broker: Mosquitto) -> None:
    gateway = listen()
    know_sensors(broker)
    bombs = [b"[" * 100_000, b"\xff\x00", b'{"type": 5}', b"x" * 1_000_000]
    for bomb in bombs:
        broker.say("frigate/events", bomb)
    for number in range(60):
        broker.say("zigbee2mqtt/front_door", f"garbage {number}")
    broker.say("frigate/events", says.frigate_event())
    expect(gateway, (CAMERA, "alert", "new"))
    kept = [(e, seen) for e, seen in entries(gateway) if e.verdict == "not_understood"]
    assert [e.raw for e, _seen in kept[:3]] == [b"frigate/events\n" + b for b in (bombs[0][:65521], *bombs[1:3])]
    assert [seen.extra.get("cut") for _e, seen in kept[:4]] == [
        "100015 bytes, 65536 kept", None, None, "1000015 bytes, 65536 kept"]  # fmt: skip
    assert sum(seen.account == DOOR for _e, seen in kept) == 20, "one topic is kept twenty times a minute"
    assert gateway.counts["not_understood"] == 64


def test_a_wrong_password_is_said_and_the_panels_are_heard_all_the_same(
    start: Callable[..., Running], broker: Mosquitto
) -> None:
    settings = DoorSettings(mqtt=(broker.url(password="wrong-9"), "mqtt://:wrong-9@nonsense:x"))
    gateway = start(settings=settings)
    until(lambda: "check user and password" in state(gateway).problem, 20)
    assert "CANH_MQTT" in gateway.gateway.desk.doors["mqtt:2"].problem
    assert "wrong-9" not in repr(gateway.gateway.desk.doors)
    wire = gateway.wire()
    wire.send(plain("SIA-DCS", "#1234|NBA1"))
    assert b"ACK" in wire.answer()


def test_tls_with_an_authority_of_ones_own(start: Callable[..., Running], tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    folder.mkdir()
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name]
    make += ["-keyout", f"{folder}/key", "-out", f"{folder}/cert"]
    subprocess.run(make, check=True, capture_output=True)
    with mosquitto_in(folder, "certfile {folder}/cert\nkeyfile {folder}/key") as broker:
        there = broker.url().replace("mqtt://", "mqtts://").replace("127.0.0.1", "localhost").removesuffix("#bank1")
        gateway = start(
            fixed(EVERYBODY), settings=DoorSettings(mqtt=(f"{there}#strange", f"{there}?ca={folder}/cert#bank1"))
        )
        until(lambda: state(gateway).up_since, 30)
        until(lambda: "not trusted" in state(gateway, "strange").problem, 30)


def test_a_second_client_of_the_same_name_is_told_apart(listen: Opener, broker: Mosquitto) -> None:
    gateway = listen()
    words = ["mosquitto_sub", "-p", str(broker.port), "-u", USER, "-P", PASSWORD, "-t", "x", "-V", "mqttv5"]
    with subprocess.Popen([*words, "-i", "canh-1-bank1"]) as other:
        until(lambda: "?client=" in state(gateway).problem, 20)
        other.kill()  # it would try again for ever


def test_a_user_without_rights_is_told_and_one_refused_topic_is_no_end() -> None:
    told: list[Any] = []
    listener = SimpleNamespace(on_up=lambda turn: told.append(turn))
    broker = parse("mqtt://u@h#bank1")
    wire = Wire(broker, "canh-1-bank1", list, listener, lambda function, *words: function(*words))  # type: ignore[arg-type]
    no, yes = ReasonCode(PacketTypes.SUBACK, identifier=0x87), ReasonCode(PacketTypes.SUBACK, identifier=1)
    wire._first_ask = 1
    for mid, reasons in ((1, [no, yes]), (2, [no, no])):
        wire._on_subscribe(None, None, mid, reasons, None)  # type: ignore[arg-type]
    assert (told, wire._problems) == ([0, 0], ())
    wire._on_subscribe(None, None, 1, [no, no], None)  # type: ignore[arg-type]
    assert "right to read" in str(wire._problems[0])


def test_long_messages_take_the_room_of_several() -> None:
    room = Room(4)
    assert room.take(3, 0)
    assert not room.take(2, 0)
    room.give(3)
    assert room.take(4, 0)
    assert [room_for(b"x" * size) for size in (0, 100_000, 16_000_000)] == [1, 2, 245]
