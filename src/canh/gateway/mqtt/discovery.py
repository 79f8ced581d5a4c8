"""The retained messages of Home Assistant's MQTT discovery, read into entities. Pure.

They say on which topics an entity speaks and in which words; what they leave out or abbreviate is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from canh.gateway.mqtt.content import Find, account_of, clean, member

SCHEME = "hass"
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


def entity_of(kind: str, config: dict[str, Any], broker: str, foreign: tuple[str, ...]) -> Entity | None:
    """None: of a class that does not protect, or another producer's."""
    topic, code = _topic(config.get("state_topic")), clean(config.get("device_class"))
    if not topic or topic.startswith(foreign) or (kind == SENSOR and code not in CLASSES):
        return None
    off_delay = config.get("off_delay")
    return Entity(
        account=account_of(SCHEME, clean(config.get("unique_id"), 200), broker),
        code=PANEL if kind == PANEL else code,
        name=_name(config),
        topic=topic,
        path=_path(config.get("value_template")),
        on=plain(config.get("payload_on", "ON")),
        off=plain(config.get("payload_off", "OFF")),
        lasts_s=float(off_delay) if isinstance(off_delay, int | float) and 0 < off_delay < 1e6 else 0,
        availability=_availability(config),
        mode=clean(config.get("availability_mode")) or "latest",
    )


def offer_of(kind: str, entity: Entity, config: dict[str, Any], broker: str) -> Find:
    device, origin = long_form(member(config, "device")), long_form(member(config, "origin"))
    facts = {
        "broker": broker, "program": clean(origin.get("name")), "device_class": entity.code,
        "vendor": clean(device.get("manufacturer")), "model": clean(device.get("model")),
        "topic": entity.topic[:120],
        "template": "" if entity.path is not None else clean(config.get("value_template")),
    }  # fmt: skip
    filled = {key: value for key, value in facts.items() if value}
    return Find(entity.account, "panel" if kind == PANEL else "sensor", entity.name, filled)


def parts_of(kind: str, place: str, config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The entities of one config message: itself, or the components of a device."""
    if kind != DEVICE:
        yield kind, {"unique_id": place, **_based(config)}
        return
    shared = {k: v for k, v in config.items() if k != "components"}
    for name, part in list(member(config, "components").items())[:500]:
        component = long_form(part) if isinstance(part, dict) else {}
        if (platform := clean(component.get("platform"))) in {PANEL, SENSOR}:
            yield platform, {"unique_id": f"{place}/{name}", **_based({**shared, **component})}


def long_form(config: Mapping[str, Any]) -> dict[str, Any]:
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
        return {k: _on_base(base, v) if k == "topic" else v for k, v in long_form(value).items()}
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
    device = clean(long_form(member(config, "device")).get("name"))
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
        Availability(topic, _path(item.get("value_template")), plain(item.get("payload_available", "online")),
                     plain(item.get("payload_not_available", "offline")))
        for item in (long_form(i) for i in items if isinstance(i, dict)) if (topic := _topic(item.get("topic")))
    ]  # fmt: skip


def plain(value: Any) -> str:
    """As Home Assistant's templates would print it."""
    return str(value) if isinstance(value, bool) else clean(value)
