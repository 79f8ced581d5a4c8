"""What the producers say, read: tables of messages in their documented form, and whatever else may come."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canh.gateway.mqtt.content import Malformed, Word, account_of, clean
from canh.gateway.mqtt.frigate import Frigate
from canh.gateway.mqtt.hass import Hass
from canh.gateway.mqtt.zigbee import Zigbee
from canh.intake import codes
from canh.sites.models import ACCOUNT
from tests.gateway import mqtt_says as says

DOOR_IEEE, DOOR_ACCOUNT = "0x00158d00018255df", "zigbee:0x00158d00018255df@bank1"
CAMERA = "frigate:front_door@bank1"


class Book(dict[str, Any]):
    """The register: account → dialect."""

    def get(self, account: str, _default: Any = None) -> Any:
        return SimpleNamespace(account=account, dialect=self[account]) if account in self else None

    def of_door(self, _door: str) -> list[Any]:
        return [self.get(account) for account in self]


def told(word: Word | None) -> list[tuple[str, str, str]]:
    assert word is not None
    return [(fact.account, fact.code, fact.turn) for fact in word.facts]


# -- Frigate


def frigate(**dialects: dict[str, str]) -> Frigate:
    return Frigate("frigate", "bank1", Book({f"frigate:{n}@bank1": d for n, d in dialects.items()}))


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("events", says.frigate_event("new"), [(CAMERA, "alert", "new")]),
        ("events", says.frigate_event("new", false_positive=True), []),
        ("events", says.frigate_event("new", label="car"), [(CAMERA, "detection", "new")]),
        ("events", says.frigate_event("end"), [(CAMERA, "alert", "new"), (CAMERA, "alert", "restore")]),
        ("reviews", says.frigate_review("new"), [(CAMERA, "alert", "new")]),
        ("reviews", says.frigate_review("new", severity="detection"), [(CAMERA, "detection", "new")]),
        ("reviews", says.frigate_review("genai"), []),
        ("front_door/status/detect", b"offline", [(CAMERA, "camera_offline", "new")]),
        ("front_door/status/detect", b"online", [(CAMERA, "camera_disabled", "restore")]),
        ("front_door/status/detect", b"disabled", [(CAMERA, "camera_disabled", "new")]),
        ("stats", says.frigate_stats(front_door=5.0, yard=0.0), [(CAMERA, "camera_offline", "restore")]),
    ],
)
def test_what_frigate_says(topic: str, payload: bytes, expected: list[Any]) -> None:
    assert told(frigate().read(f"frigate/{topic}", payload, False)) == expected


def test_the_same_person_in_events_and_reviews_is_one_condition() -> None:
    one = frigate()
    [event] = one.read("frigate/events", says.frigate_event(), False).facts
    [review] = one.read("frigate/reviews", says.frigate_review(), False).facts
    assert (event.account, event.code) == (review.account, review.code)
    assert told(one.read("frigate/events", says.frigate_event(occasion="2.5-b"), False)) == [], "reviews go first"
    assert told(one.read("frigate/events", says.frigate_event("end"), False)) == [(CAMERA, "alert", "restore")]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ({"topic": "events"}, 1),
        ({"topic": "both"}, 1),
        ({"topic": "reviews"}, 0),
        ({"topic": "events", "labels": "car"}, 1),
    ],
)
def test_a_person_chooses_which_topic_of_a_camera_rings(dialect: dict[str, str], expected: int) -> None:
    one = frigate(front_door=dialect)
    one.has_reviews = True
    facts = one.read("frigate/events", says.frigate_event(), False).facts
    assert len(facts) == expected
    assert {f.code for f in facts} == ({"detection"} if "labels" in dialect else {"alert"} if expected else set())


def test_facts_of_a_person_carry_label_zones_and_time_but_no_name() -> None:
    [fact] = frigate().read("frigate/events", says.frigate_event(sub_label=["Bob", 0.9]), False).facts
    assert fact.extra == {"event": "1764082800.375477-mxklsc", "topic": "events", "label": "person", "score": "0.96",
                          "zones": "yard, driveway"}  # fmt: skip
    assert fact.occurred_at == 1764082800375477
    assert "Bob" not in repr(fact)


def test_frigate_offline_concerns_itself_or_else_each_of_its_cameras() -> None:
    book = Book({CAMERA: {}, "frigate:yard@bank1": {}, "frigate:yard@other": {}, "zigbee:x@bank1": {}})
    one = Frigate("frigate", "bank1", book)
    blind = [(CAMERA, "offline", "new"), ("frigate:yard@bank1", "offline", "new")]
    assert told(one.read("frigate/available", b"offline", True)) == blind
    book[one.itself] = {}
    assert told(one.read("frigate/available", b"stopped", True)) == [("frigate:/frigate@bank1", "offline", "new")]
    assert told(one.read("frigate/available", b"online", False)) == [("frigate:/frigate@bank1", "offline", "restore")]


def test_a_camera_without_pictures_gives_no_sign_of_life() -> None:
    word = frigate().read("frigate/stats", says.frigate_stats(front_door=5.0, yard=0.0), False)
    assert word is not None
    assert word.alive == ("frigate:/frigate@bank1", CAMERA)
    assert [find.name for find in word.found] == ["front_door", "yard"]


# -- Zigbee2MQTT


def zigbee(**dialects: dict[str, str]) -> Zigbee:
    one = Zigbee("zigbee2mqtt", "bank1", Book({f"zigbee:{n}@bank1": d for n, d in dialects.items()}))
    one.read("zigbee2mqtt/bridge/devices", says.zigbee_devices(front_door=DOOR_IEEE, kho__cua_sau="0x01"), True)
    return one


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"contact": True, "battery": 97, "linkquality": 120, "voltage": 3025}, {("contact", "restore")}),
        ({"contact": False, "linkquality": 120}, {("contact", "new")}),
        ({"contact": None}, set()),
        ({"battery": 97}, set()),
        ({"occupancy": True, "illuminance": 3}, {("occupancy", "new")}),
        ({"smoke": True, "test": False}, {("smoke", "new")}),
        ({"gas": True}, {("gas", "new")}),
        ({"water_leak": True, "battery_low": False}, {("water_leak", "new"), ("battery_low", "restore")}),
        ({"contact": True, "tamper": True, "battery_low": True},
         {("contact", "restore"), ("tamper", "new"), ("battery_low", "new")}),
        ({"vibration": True, "angle_x": 1}, {("vibration", "new")}),
        ({"action": "single"}, {("action", "new")}),
        ({"action": ""}, set()),
        ({"action": "emergency"}, {("sos", "new")}),
        ({"sos": True}, {("sos", "new")}),
    ],
)  # fmt: skip
def test_what_a_sensor_says(payload: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    word = zigbee().read("zigbee2mqtt/front_door", json.dumps(payload).encode(), False)
    assert {(code, turn) for _a, code, turn in told(word)} == expected
    assert word is not None
    assert not word.problem
    assert word.alive == (DOOR_ACCOUNT,)


@pytest.mark.parametrize("value", ["unavailable", "false", 0, 1, [], {}])
def test_a_contact_that_is_neither_open_nor_closed_is_not_open(value: Any) -> None:
    word = zigbee().read("zigbee2mqtt/front_door", json.dumps({"contact": value}).encode(), False)
    assert told(word) == []
    assert word is not None
    assert (word.problem, word.account) == ("contact is neither true nor false", DOOR_ACCOUNT)


@pytest.mark.parametrize(
    ("use", "action", "code"),
    [("hold_up", "single", "hold_up"), ("panic", "double", "panic"), ("hold_up", "hold_release", "action"),
     ("", "double", "action"), ("info", "emergency", "action"), ("nonsense", "single", "action")],
)  # fmt: skip
def test_a_person_says_what_a_button_is_for(use: str, action: str, code: str) -> None:
    one = zigbee(**{DOOR_IEEE: {"button": use}})
    word = one.read("zigbee2mqtt/front_door", json.dumps({"action": action}).encode(), False)
    assert told(word) == [(DOOR_ACCOUNT, code, "new")]


@pytest.mark.parametrize("form", ["{}", '{{"state": "{}"}}'])
def test_availability_is_a_fault_and_no_opening(form: str) -> None:
    def says_of(topic: str, state: str) -> list[Any]:
        return told(zigbee().read(f"zigbee2mqtt/{topic}", form.format(state).encode(), True))

    assert says_of("front_door/availability", "offline") == [(DOOR_ACCOUNT, "offline", "new")]
    assert says_of("front_door/availability", "online") == [(DOOR_ACCOUNT, "offline", "restore")]
    assert says_of("bridge/state", "offline") == [("zigbee:/zigbee2mqtt@bank1", "bridge_offline", "new")]


def test_a_device_keeps_its_account_when_it_is_renamed() -> None:
    one = zigbee()
    one.read("zigbee2mqtt/bridge/devices", says.zigbee_devices(cua_chinh=DOOR_IEEE), True)
    assert told(one.read("zigbee2mqtt/cua_chinh", b'{"contact": false}', False)) == [(DOOR_ACCOUNT, "contact", "new")]
    assert one.read("zigbee2mqtt/front_door", b'{"contact": false}', False) is None


def test_one_that_was_registered_by_name_keeps_that_account() -> None:
    one = zigbee(front_door={})
    assert told(one.read("zigbee2mqtt/front_door", b'{"contact": false}', False))[0][0] == "zigbee:front_door@bank1"


def test_before_the_list_nobody_is_known_and_without_a_list_the_name_must_do() -> None:
    one = Zigbee("zigbee2mqtt", "bank1", Book())
    assert one.read("zigbee2mqtt/front_door", b'{"contact": false}', False) is None
    one.may_guess = True
    assert told(one.read("zigbee2mqtt/front_door", b'{"contact": false}', False))[0][0] == "zigbee:front_door@bank1"


def test_names_with_a_slash_are_listened_to_and_lamps_are_not_offered() -> None:
    lamp = {"ieee_address": "0x02", "friendly_name": "lamp", "type": "Router", "definition": {
        "vendor": "IKEA", "model": "LED", "exposes": [{"type": "light", "features": []}]}}  # fmt: skip
    both = [*json.loads(says.zigbee_devices(kho__cua=DOOR_IEEE)), lamp]
    word = zigbee().read("zigbee2mqtt/bridge/devices", json.dumps(both).encode(), True)
    assert word is not None
    assert word.topics == ("zigbee2mqtt/kho/cua", "zigbee2mqtt/kho/cua/availability")
    [find] = word.found
    assert (find.account, find.kind, find.name) == (DOOR_ACCOUNT, "sensor", "kho/cua")
    assert find.facts["vendor"] == "Aqara"
    assert find.facts["features"] == "contact"


# -- Home Assistant

PANEL_CONFIG = "homeassistant/alarm_control_panel/paradox/hall/config"
PANEL_STATE = "pai/paradox/states/partitions/hall/current_state"
PANEL_ACCOUNT = "hass:paradox_7100_partition_hall@bank1"


def hass(config: bytes = b"", topic: str = PANEL_CONFIG) -> Hass:
    one = Hass("homeassistant", "bank1", ["zigbee2mqtt", "frigate"])
    one.read(topic, config or says.hass_panel(), True)
    return one


CALM = [("unavailable", "restore"), ("triggered", "restore")]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("disarmed", [*CALM, ("opening", "new")]),
        ("armed_away", [*CALM, ("opening", "restore")]),
        ("armed_custom_bypass", [*CALM, ("opening", "restore")]),
        ("triggered", [("unavailable", "restore"), ("triggered", "new")]),
        ("pending", [("unavailable", "restore"), ("pending", "new")]),
        ("arming", [("unavailable", "restore"), ("arming", "new")]),
        ("disarming", [("unavailable", "restore"), ("disarming", "new")]),
        ("unavailable", [("unavailable", "new")]),
        ("unknown", []),
        ("None", []),
        ("", []),
    ],
)
def test_what_an_alarm_panel_says(state: str, expected: list[tuple[str, str]]) -> None:
    word = hass().read(PANEL_STATE, state.encode(), False)
    assert told(word) == [(PANEL_ACCOUNT, code, turn) for code, turn in expected]
    assert word is not None
    assert not word.problem


def test_discovery_names_the_topics_and_what_helps_to_recognise_it() -> None:
    word = Hass("homeassistant", "bank1", []).read(PANEL_CONFIG, says.hass_panel(), True)
    assert word is not None
    assert word.topics == (PANEL_STATE, "pai/interface/availability")
    assert word.is_news
    [find] = word.found
    assert (find.account, find.kind, find.name) == (PANEL_ACCOUNT, "panel", "Tủ báo động Hall")
    assert (find.facts["vendor"], find.facts["model"], find.facts["program"]) == ("Paradox", "EVO192", "PAI")


def test_a_panel_whose_gateway_is_away_has_a_fault_and_no_alarm() -> None:
    one = hass()
    assert told(one.read("pai/interface/availability", b"offline", True)) == [(PANEL_ACCOUNT, "unavailable", "new")]
    assert told(one.read("pai/interface/availability", b"online", True)) == [(PANEL_ACCOUNT, "unavailable", "restore")]


def test_binary_sensors_of_classes_that_protect_are_heard() -> None:
    one = hass(says.hass_sensor(), "homeassistant/binary_sensor/kho/config")
    account = "hass:esp32_kho_cua@bank1"
    door = [(account, "unavailable", "restore")]
    assert told(one.read("esp/kho/cua", b"ON", False)) == [*door, (account, "door", "new")]
    assert told(one.read("esp/kho/cua", b"OFF", False)) == [*door, (account, "door", "restore")]
    assert told(one.read("esp/kho/cua", b"unavailable", False)) == [(account, "unavailable", "new")]
    word = one.read("esp/kho/cua", b"maybe", False)
    assert word is not None
    assert (word.facts, word.account) == ((), account)
    assert "maybe" not in word.problem


def test_a_device_message_holds_several_entities() -> None:
    one = hass(says.hass_device(), "homeassistant/device/ea334450945afc/config")
    both = one.read("bla/state", b'{"motion": "ON", "smoke": true}', False)
    assert {(a, c) for a, c, turn in told(both) if turn == "new"} == {
        ("hass:bla_motion@bank1", "motion"), ("hass:bla_smoke@bank1", "smoke")}  # fmt: skip
    assert {fact.code: fact.lasts_s for fact in both.facts}["motion"] == 30
    assert {code for _a, code, turn in told(one.read("bla/up", b"0", True)) if turn == "new"} == {"unavailable"}


@pytest.mark.parametrize("mode", ["all", "any", "latest"])
def test_several_availability_topics(mode: str) -> None:
    config = says.hass_sensor(availability_mode=mode, availability=[{"t": "a"}, {"topic": "b"}])
    one = hass(config, "homeassistant/binary_sensor/kho/config")

    def after(topic: str, payload: bytes) -> list[str]:
        return [turn for _a, _c, turn in told(one.read(topic, payload, True))]

    assert after("a", b"online") == ([] if mode == "all" else ["restore"])
    assert after("b", b"offline") == (["restore"] if mode == "any" else ["new"])
    assert after("a", b"offline") == ["new"]


def test_entities_of_zigbee2mqtt_are_left_to_it() -> None:
    one = hass(says.hass_sensor(state_topic="zigbee2mqtt/front_door"), "homeassistant/binary_sensor/x/config")
    assert one.read("zigbee2mqtt/front_door", b"ON", False) is None


def test_an_entity_that_was_removed_is_not_heard_any_more() -> None:
    one = hass()
    one.read(PANEL_CONFIG, b"", True)
    assert one.read(PANEL_STATE, b"triggered", False) is None


def test_a_template_that_asks_for_more_is_offered_and_said() -> None:
    template = "{{ 'ON' if value_json.state == 3 else 'OFF' }}"
    one = Hass("homeassistant", "bank1", [])
    word = one.read("homeassistant/binary_sensor/x/config", says.hass_sensor(value_template=template), True)
    assert word is not None
    assert word.found[0].facts["template"] == template
    said = one.read("esp/kho/cua", b'{"state": 3}', False)
    assert said is not None
    assert "value_template" in said.problem


# -- accounts and texts


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("front_door", "frigate:front_door@bank1"),
        ("Cửa chính", "frigate:cua_chinh~"),
        ("x" * 200, f"frigate:{'x' * 70}~"),
        ("", "frigate:~"),
        ("\ud800", "frigate:"),
    ],
)
def test_accounts_fit_the_register(name: str, account: str) -> None:
    made = account_of("frigate", name, "bank1")
    assert made.startswith(account)
    ACCOUNT(made)


@given(st.text(), st.text())
def test_two_names_never_share_an_account(one: str, other: str) -> None:
    made = account_of("zigbee", one, "b"), account_of("zigbee", other, "b")
    ACCOUNT(made[0])
    assert (made[0] == made[1]) == (one.encode("utf-8", "replace") == other.encode("utf-8", "replace"))


@given(st.text())
def test_clean_texts_are_writable_everywhere(text: str) -> None:
    assert not set(clean(text).encode().decode()) & set(map(chr, range(32)))


def test_every_code_is_in_the_table() -> None:
    from datetime import date

    day = date(2026, 1, 1)
    used = {("ZIGBEE2MQTT", code) for code in ("contact", "hold_up", "panic", "action", "offline", "bridge_offline")}
    used |= {
        ("FRIGATE", code) for code in ("alert", "detection", "left", "offline", "camera_offline", "camera_disabled")
    }
    used |= {("HASS", code) for code in ("triggered", "opening", "arming", "disarming", "pending", "unavailable")}
    from canh.gateway.mqtt import discovery as home
    from canh.gateway.mqtt import zigbee as bees

    used |= {("HASS", code) for code in home.CLASSES} | {("ZIGBEE2MQTT", code) for code in bees.SENSORS}
    assert [pair for pair in sorted(used) if not codes.meaning(*pair, "new", day).is_listed] == []


# -- nothing makes it fail

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WORDS = """
    type before after id camera label score top_score start_time end_time severity data zones entered_zones objects
    audio stationary false_positive contact occupancy action last_seen smoke cameras camera_fps state friendly_name
    ieee_address definition exposes property ~ stat_t state_topic avty t topic cmps p platform dev dev_cla
    device_class val_tpl value_template uniq_id off_dly availability name pl_on motion
"""
KEYS = st.sampled_from(WORDS.split())
LIKELY = st.one_of(
    JSON, st.sampled_from(["new", "end", "alert", "binary_sensor", "door", "bla/state", "front_door", True])
)
SHAPED = st.recursive(
    st.dictionaries(KEYS, LIKELY, max_size=6),
    lambda inner: st.dictionaries(KEYS, st.one_of(inner, st.lists(inner, max_size=2), LIKELY), max_size=6),
    max_leaves=6,
)
PAYLOADS = st.one_of(st.binary(max_size=60), JSON.map(lambda v: json.dumps(v).encode()),
                     SHAPED.map(lambda v: json.dumps(v).encode()),
                     st.lists(SHAPED, max_size=3).map(lambda v: json.dumps(v).encode()))  # fmt: skip
TOPICS = st.sampled_from([
    "frigate/events", "frigate/reviews", "frigate/available", "frigate/stats", "frigate/x/status/detect",
    "zigbee2mqtt/bridge/devices", "zigbee2mqtt/bridge/state", "zigbee2mqtt/front_door",
    "zigbee2mqtt/front_door/availability", "homeassistant/binary_sensor/x/config", "homeassistant/device/x/config",
    "homeassistant/alarm_control_panel/a/b/config", "bla/state", "bla/up", PANEL_STATE, "", "x",
])  # fmt: skip


def read(producer: Any, topic: str, payload: bytes, is_retained: bool = False) -> Word:
    """As the clerk does it."""
    try:
        return producer.read(topic, payload, is_retained) or Word()
    except Malformed as error:
        return Word(problem=str(error))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(TOPICS, PAYLOADS, st.booleans()), max_size=4))
def test_nothing_makes_the_reading_fail(messages: list[tuple[str, bytes, bool]]) -> None:
    home = hass(says.hass_device(), "homeassistant/device/ea334450945afc/config")
    for producer in (frigate(), zigbee(), home):
        for message in messages:
            word = read(producer, *message)
            word.problem.encode()
            for fact in word.facts:
                ACCOUNT(fact.account)
                assert all(isinstance(v, str) for v in fact.extra.values())
                json.dumps([fact.text, dict(fact.extra)], ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "bomb",
    [b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5_000, b'{"contact": ' + b"1" * 4_000 + b"}", b"\xff\xfe", b"",
     b'{"contact": false, "x": "' + b"x" * 300_000 + b'"}', b'{"contact": false, "action": "\\ud800"}'],
)  # fmt: skip
def test_bombs_are_refused_with_a_reason(bomb: bytes) -> None:
    for topic, producer in (("zigbee2mqtt/front_door", zigbee()), ("frigate/events", frigate())):
        word = read(producer, topic, bomb)
        assert word.problem or not bomb or b"ud800" in bomb
        assert not word.facts or b"ud800" in bomb
