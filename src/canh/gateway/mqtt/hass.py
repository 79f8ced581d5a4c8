"""Home Assistant's MQTT discovery: alarm panels, and binary sensors of the classes that protect. Pure.

The retained messages under `homeassistant/…/config` say on which topics an entity speaks and in which words;
what they leave out or abbreviate is filled in here. Entities on the topics of Zigbee2MQTT or Frigate are left
to those: the same door must not become two alarms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from canh.gateway.mqtt.content import (
    NEW,
    RESTORE,
    Fact,
    Find,
    Malformed,
    Word,
    account_of,
    clean,
    member,
    parse,
    parse_object,
)

PROTOCOL, SCHEME = "HASS", "hass"
PANEL, SENSOR, DEVICE = "alarm_control_panel", "binary_sensor", "device"
CLASSES = frozenset({
    "door", "window", "garage_door", "opening", "motion", "occupancy", "presence", "vibration", "sound",
    "smoke", "gas", "carbon_monoxide", "moisture", "tamper", "safety", "battery",
})  # fmt: skip
SHORT = {
    "avty": "availability", "avty_t": "availability_topic", "avty_mode": "availability_mode",
    "avty_tpl": "availability_template", "dev": "device", "dev_cla": "device_class", "stat_t": "state_topic",
    "val_tpl": "value_template", "uniq_id": "unique_id", "pl_on": "payload_on", "pl_off": "payload_off",
    "pl_avail": "payload_available", "pl_not_avail": "payload_not_available", "off_dly": "off_delay", "t": "topic",
    "cmps": "components", "p": "platform", "o": "origin", "mf": "manufacturer", "mdl": "model", "ids": "identifiers",
    "e": "encoding",
}  # fmt: skip
"""Abbreviations of the keys that matter here."""
ARMED = re.compile(r"armed_(home|away|night|vacation|custom_bypass)")
SILENT = frozenset({"", "unknown", "None", "null"})
"""Home Assistant's words for: nothing is known."""
UNAVAILABLE = "unavailable"
MAX_ENTITIES = 20_000
_TEMPLATE = re.compile(r"\{\{\s*(value|value_json((?:\.\w+|\[['\"][^'\"]+['\"]\])+))\s*\}\}")
_STEP = re.compile(r"\.(\w+)|\[['\"]([^'\"]+)['\"]\]")

Path = tuple[str, ...] | None
"""Where in a JSON message the value is; None: the template asks for more than a member."""


@dataclass(slots=True)
class Availability:
    topic: str
    path: Path
    yes: str
    no: str
    is_online: bool | None = None


@dataclass(slots=True)
class Entity:
    account: str
    code: str
    """Its device class; `alarm_control_panel` for a panel."""
    name: str
    topic: str
    path: Path
    on: str
    off: str
    lasts_s: float
    availability: list[Availability] = field(default_factory=list)
    mode: str = "latest"

    @property
    def topics(self) -> list[str]:
        return [self.topic, *(a.topic for a in self.availability)]

    def is_available(self, last: bool) -> bool | None:
        """By every topic that told something; `last`: what was told just now. None: not all told yet."""
        told = [a.is_online for a in self.availability]
        if self.mode == "all":
            return False if False in told else None if None in told else True
        return any(told) if self.mode == "any" else last


class Hass:
    """What was discovered at one broker."""

    def __init__(self, prefix: str, broker: str, foreign: list[str]) -> None:
        self._prefix, self._broker, self._foreign = prefix, broker, tuple(f"{f}/" for f in foreign if f)
        self._by_config: dict[str, list[Entity]] = {}
        self._by_topic: dict[str, list[Entity]] = {}

    def topics(self) -> list[tuple[str, int]]:
        kinds = (PANEL, SENSOR, DEVICE)
        return [(f"{self._prefix}/{kind}/{deep}/config", 0) for kind in kinds for deep in ("+", "+/+")]

    def read(self, topic: str, payload: bytes, is_retained: bool) -> Word | None:
        if topic.startswith(f"{self._prefix}/") and topic.endswith("/config"):
            return self._config(topic, payload)
        entities = self._by_topic.get(topic)
        return self._said(entities, topic, payload, is_retained) if entities else None

    def _config(self, topic: str, payload: bytes) -> Word | None:
        parts = topic[len(self._prefix) + 1 :].split("/")
        if len(parts) not in {3, 4} or parts[0] not in {PANEL, SENSOR, DEVICE}:
            return None
        self._forget(topic)
        if not payload:  # removed
            return Word(is_news=True)
        entities: list[Entity] = []
        offers = []
        for kind, config in _parts(parts[0], "/".join(parts[1:-1]), _long(parse_object(payload))):
            if entity := self._entity(kind, config):
                entities.append(entity)
                offers.append(self._offer(kind, entity, config))
        if sum(map(len, self._by_config.values())) + len(entities) > MAX_ENTITIES:
            raise Malformed(f"more than {MAX_ENTITIES} entities")
        self._by_config[topic] = entities
        for entity in entities:
            for one in set(entity.topics):
                self._by_topic.setdefault(one, []).append(entity)
        wanted = tuple(dict.fromkeys(t for e in entities for t in e.topics))
        return Word(found=tuple(offers), topics=wanted, is_news=True)

    def _forget(self, topic: str) -> None:
        for entity in self._by_config.pop(topic, []):
            for one in set(entity.topics):
                self._by_topic[one] = [e for e in self._by_topic[one] if e is not entity]
                if not self._by_topic[one]:
                    del self._by_topic[one]

    def _entity(self, kind: str, config: dict[str, Any]) -> Entity | None:
        topic, code = _topic(config.get("state_topic")), clean(config.get("device_class"))
        if not topic or topic.startswith(self._foreign) or (kind == SENSOR and code not in CLASSES):
            return None
        off_delay = config.get("off_delay")
        return Entity(
            account=account_of(SCHEME, clean(config.get("unique_id"), 200), self._broker),
            code=PANEL if kind == PANEL else code,
            name=_name(config),
            topic=topic,
            path=_path(config.get("value_template")),
            on=_plain(config.get("payload_on", "ON")),
            off=_plain(config.get("payload_off", "OFF")),
            lasts_s=float(off_delay) if isinstance(off_delay, int | float) and 0 < off_delay < 1e6 else 0,
            availability=_availability(config),
            mode=clean(config.get("availability_mode")) or "latest",
        )

    def _offer(self, kind: str, entity: Entity, config: dict[str, Any]) -> Find:
        device, origin = _long(member(config, "device")), _long(member(config, "origin"))
        facts = {
            "broker": self._broker, "program": clean(origin.get("name")), "device_class": entity.code,
            "vendor": clean(device.get("manufacturer")), "model": clean(device.get("model")),
            "topic": entity.topic[:120],
            "template": "" if entity.path is not None else clean(config.get("value_template")),
        }  # fmt: skip
        filled = {key: value for key, value in facts.items() if value}
        return Find(entity.account, "panel" if kind == PANEL else "sensor", entity.name, filled)

    def _said(self, entities: list[Entity], topic: str, payload: bytes, is_retained: bool) -> Word:
        facts: list[Fact] = []
        problem, account = "", ""
        for entity in entities:
            try:
                facts += _facts(entity, topic, payload)
            except Malformed as error:
                problem, account = str(error), entity.account
        alive = () if is_retained else tuple(e.account for e in entities if e.topic == topic)
        return Word(tuple(facts), alive, problem=problem, account=account)


def _parts(kind: str, place: str, config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The entities of one config message: itself, or the components of a device."""
    if kind != DEVICE:
        yield kind, {"unique_id": place, **_based(config)}
        return
    shared = {k: v for k, v in config.items() if k != "components"}
    for name, part in list(member(config, "components").items())[:500]:
        component = _long(part) if isinstance(part, dict) else {}
        if (platform := clean(component.get("platform"))) in {PANEL, SENSOR}:
            yield platform, {"unique_id": f"{place}/{name}", **_based({**shared, **component})}


def _long(config: Mapping[str, Any]) -> dict[str, Any]:
    """Abbreviated keys written out; those written out go first."""
    return {SHORT.get(k, k): v for k, v in config.items()} | {k: v for k, v in config.items() if k not in SHORT}


def _based(config: dict[str, Any]) -> dict[str, Any]:
    """`~` at the beginning or end of a topic stands for the base."""
    base = clean(config.get("~"), 500)
    return {k: _on_base(base, v) if k.endswith("topic") or k == "availability" else v for k, v in config.items()}


def _on_base(base: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_on_base(base, item) for item in value[:20]]
    if isinstance(value, dict):
        return {k: _on_base(base, v) if k == "topic" else v for k, v in _long(value).items()}
    if not isinstance(value, str) or not base:
        return value
    if value.startswith("~"):
        return base + value[1:]
    return value[:-1] + base if value.endswith("~") else value


def _topic(value: Any) -> str:
    """A topic to listen to; "" for what no broker would take, or for many topics at once."""
    text = value if isinstance(value, str) else ""
    is_good = text == clean(text, 1000) and not set(text) & {"+", "#"} and not text.startswith("$")
    return text if is_good else ""


def _name(config: dict[str, Any]) -> str:
    device = clean(_long(member(config, "device")).get("name"))
    own = clean(config.get("name"))
    return clean(f"{device} {own}") or clean(config.get("unique_id"))


def _path(template: Any) -> Path:
    if template is None:
        return ()
    found = _TEMPLATE.fullmatch(template.strip()) if isinstance(template, str) else None
    return tuple(dot or name for dot, name in _STEP.findall(found[2] or "")) if found else None


def _availability(config: dict[str, Any]) -> list[Availability]:
    alone = {
        "topic": config.get("availability_topic"),
        "value_template": config.get("availability_template"),
        "payload_available": config.get("payload_available", "online"),
        "payload_not_available": config.get("payload_not_available", "offline"),
    }
    listed = config.get("availability")
    items = listed[:20] if isinstance(listed, list) else [listed] if isinstance(listed, dict) else [alone]
    return [
        Availability(topic, _path(item.get("value_template")), _plain(item.get("payload_available", "online")),
                     _plain(item.get("payload_not_available", "offline")))
        for item in (_long(i) for i in items if isinstance(i, dict)) if (topic := _topic(item.get("topic")))
    ]  # fmt: skip


def _plain(value: Any) -> str:
    """As Home Assistant's templates would print it."""
    return str(value) if isinstance(value, bool) else clean(value)


def _value(path: Path, payload: bytes) -> str:
    """Raises Malformed."""
    if path is None:
        raise Malformed("its value_template asks for more than one member of the message")
    if not path:
        return clean(payload[:500].decode("utf-8", "replace"))
    found = parse(payload)
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return "None" if found is None else _plain(found)


def _facts(entity: Entity, topic: str, payload: bytes) -> list[Fact]:
    facts: list[Fact] = []
    for one in entity.availability:
        if one.topic == topic and one.path is not None:
            facts += _reachable(entity, one, _value(one.path, payload))
    if entity.topic == topic and payload:
        facts += _state(entity, _value(entity.path, payload))
    return facts


def _reachable(entity: Entity, one: Availability, value: str) -> list[Fact]:
    if value not in {one.yes, one.no}:
        return []
    one.is_online = value == one.yes
    is_available = entity.is_available(one.is_online)
    return [] if is_available is None else [_fact(entity, UNAVAILABLE, is_on=not is_available)]


def _state(entity: Entity, value: str) -> list[Fact]:
    if value in SILENT:  # not known: neither open nor closed
        return []
    if value == UNAVAILABLE:
        return [_fact(entity, UNAVAILABLE, is_on=True)]
    said = _panel(entity, value) if entity.code == PANEL else _sensor(entity, value)
    return [_fact(entity, UNAVAILABLE, is_on=False), *said]


def _sensor(entity: Entity, value: str) -> list[Fact]:
    if value not in {entity.on, entity.off}:
        raise Malformed(f"neither {entity.on!r} nor {entity.off!r}")
    return [_fact(entity, entity.code, is_on=value == entity.on)]


def _panel(entity: Entity, value: str) -> list[Fact]:
    """Calm is only what is armed or disarmed; what lies between tells nothing about an alarm that rings."""
    if value == "triggered":
        return [_fact(entity, "triggered", is_on=True)]
    if value in {"pending", "arming", "disarming"}:
        return [_fact(entity, value, is_on=True, mark=value)]
    if value != "disarmed" and not ARMED.fullmatch(value):
        raise Malformed(f"unknown state {value!r}")
    ended = [_fact(entity, "triggered", is_on=False)]
    return [*ended, _fact(entity, "opening", is_on=value == "disarmed", state=value)]


def _fact(entity: Entity, code: str, *, is_on: bool, state: str = "", mark: str = "") -> Fact:
    lasts_s = entity.lasts_s if code == entity.code else 0
    text, extra = entity.name, {"state": state} if state else {}
    turn = NEW if is_on else RESTORE
    return Fact(PROTOCOL, entity.account, code, turn, mark=mark, lasts_s=lasts_s, text=text, extra=extra)
