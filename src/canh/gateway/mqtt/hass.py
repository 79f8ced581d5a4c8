"""Home Assistant's MQTT discovery: alarm panels, and binary sensors of the classes that protect. Pure.

Entities on the topics of Zigbee2MQTT or Frigate are left to those: the same door must not become two alarms.
"""

from __future__ import annotations

import re

from canh.gateway.mqtt.content import NEW, RESTORE, Fact, Malformed, Word, clean, parse, parse_object
from canh.gateway.mqtt.discovery import (
    DEVICE,
    PANEL,
    SENSOR,
    Availability,
    Entity,
    Path,
    entity_of,
    long_form,
    offer_of,
    parts_of,
    plain,
)

PROTOCOL = "HASS"
ARMED = re.compile(r"armed_(home|away|night|vacation|custom_bypass)")
SILENT = frozenset({"", "unknown", "None", "null"})
"""Home Assistant's words for: nothing is known."""
UNAVAILABLE = "unavailable"
MAX_ENTITIES = 20_000


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
        for kind, config in parts_of(parts[0], "/".join(parts[1:-1]), long_form(parse_object(payload))):
            if entity := entity_of(kind, config, self._broker, self._foreign):
                entities.append(entity)
                offers.append(offer_of(kind, entity, config, self._broker))
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


def _value(path: Path, payload: bytes) -> str:
    """Raises Malformed."""
    if path is None:
        raise Malformed("its value_template asks for more than one member of the message")
    if not path:
        return clean(payload[:500].decode("utf-8", "replace"))
    found = parse(payload)
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return "None" if found is None else plain(found)


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
