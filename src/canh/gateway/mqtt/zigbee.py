"""Zigbee2MQTT: sensors, their availability, the bridge and its list of devices. Pure.

A device is named by its IEEE address, which the retained list `bridge/devices` tells, so that it stays the
same when somebody renames it. What arrives before the list waits for it (clerk.py); without a list the
name has to do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from canh.gateway.mqtt import DOOR
from canh.gateway.mqtt.content import (
    MAX_LIST,
    NEW,
    RESTORE,
    Book,
    Fact,
    Find,
    Malformed,
    Word,
    account_of,
    clean,
    member,
    moment,
    online,
    parse,
    parse_object,
)

PROTOCOL, SCHEME = "ZIGBEE2MQTT", "zigbee"
CONTACT = "contact"
SENSORS = frozenset({
    CONTACT, "occupancy", "presence", "vibration", "smoke", "gas", "carbon_monoxide", "water_leak", "tamper",
    "battery_low", "sos",
})  # fmt: skip
"""Properties that are true or false. All mean trouble when true, but `contact`: true says that it is closed."""
DISTRESS = frozenset({"sos", "emergency", "panic"})
"""Actions of a button that is made for it."""
BUTTON_USES = frozenset({"hold_up", "panic"})
MAY_BE = "button_hold_up,button_panic"
"""Offered on the page of a button."""


class Device(NamedTuple):
    ieee: str
    name: str
    is_button: bool


class Zigbee:
    """One Zigbee2MQTT at one broker."""

    def __init__(self, prefix: str, broker: str, book: Book) -> None:
        self._prefix, self._broker, self._book = prefix, broker, book
        self._devices: dict[str, Device] = {}
        self.has_list = False
        self.may_guess = False
        """The list did not come: a name is a device."""
        self.itself = account_of(SCHEME, f"/{prefix}", broker)
        """The account of the program."""

    def topics(self) -> list[tuple[str, int]]:
        # The list as 0: many unacknowledged messages would else keep the broker from sending it.
        mine = {"bridge/devices": 0, "bridge/state": 1, "+": 1, "+/availability": 1}
        return [(f"{self._prefix}/{name}", qos) for name, qos in mine.items()]

    def read(self, topic: str, payload: bytes, is_retained: bool) -> Word | None:
        if not topic.startswith(f"{self._prefix}/"):
            return None
        name = topic[len(self._prefix) + 1 :]
        if name == "bridge/devices":
            return self._list(parse(payload, MAX_LIST))
        if name == "bridge/state":
            return self._bridge(online(payload), is_retained)
        return self._of_device(name, payload, is_retained)

    def _of_device(self, name: str, payload: bytes, is_retained: bool) -> Word | None:
        is_state = name in self._devices or not name.endswith("/availability")
        account = self._account(name if is_state else name.removesuffix("/availability"))
        if account is None:
            return None
        alive = () if is_retained else (account,)
        try:
            if not is_state:
                return self._availability(account, online(payload), alive)
            return self._state(account, name, payload, alive) if payload else Word()
        except Malformed as error:
            return Word(problem=str(error), account=account)

    def _account(self, name: str) -> str | None:
        """By address; by name where a person registered it so, or where there is no list."""
        by_name = account_of(SCHEME, name, self._broker)
        if device := self._devices.get(name):
            by_address = account_of(SCHEME, device.ieee, self._broker)
            return by_name if self._book.get(by_name) and not self._book.get(by_address) else by_address
        return by_name if self.may_guess and not name.startswith("bridge") else None

    def _state(self, account: str, name: str, payload: bytes, alive: tuple[str, ...]) -> Word:
        state, panel = parse_object(payload), self._book.get(account)
        occurred_at = _last_seen(state.get("last_seen"))
        strange = [key for key in SENSORS & state.keys() if not isinstance(state[key], bool | None)]
        facts = [*_conditions(account, name, state, occurred_at)]
        if action := clean(state.get("action"), 60):
            code = _meaning(action, panel.dialect.get("button", "") if panel else "")
            mark = hashlib.blake2b(payload, digest_size=8).hexdigest()
            text, extra = f"{clean(name)} · {action}", {"action": action, **_signal(state)}
            facts.append(Fact(PROTOCOL, account, code, mark=mark, occurred_at=occurred_at, text=text, extra=extra))
        problem = f"{sorted(strange)[0]} is neither true nor false" if strange else ""
        is_button = bool(action) or (name in self._devices and self._devices[name].is_button)
        return Word(tuple(facts), alive, problem=problem, account=account, dialect=MAY_BE if is_button else "")

    def _availability(self, account: str, state: str, alive: tuple[str, ...]) -> Word:
        if state == "offline":
            return Word((Fact(PROTOCOL, account, "offline"),))
        if state == "online":
            return Word((Fact(PROTOCOL, account, "offline", RESTORE),), alive)
        return Word(problem=f"availability {state!r}", account=account)

    def _bridge(self, state: str, is_retained: bool) -> Word:
        if state not in {"online", "offline"}:
            return Word(problem=f"state {state!r}", account=self.itself)
        turn = RESTORE if state == "online" else NEW
        facts = tuple(Fact(PROTOCOL, account, "bridge_offline", turn) for account in self._concerned())
        found = Find(self.itself, "service", "Zigbee2MQTT", {"broker": self._broker, "topic": self._prefix})
        return Word(facts, (self.itself,) if turn == RESTORE and not is_retained else (), (found,))

    def _concerned(self) -> Iterable[str]:
        """The bridge where it is registered: one alarm. Else each of its sensors: all are deaf."""
        if self._book.get(self.itself):
            return [self.itself]
        end = f"@{self._broker}"
        mine = [p.account for p in self._book.of_door(DOOR)]
        return [a for a in mine if a.startswith(f"{SCHEME}:") and a.endswith(end)] or [self.itself]

    def _list(self, found: Any) -> Word:
        if not isinstance(found, list):
            raise Malformed("not a list of devices")
        items = [item for item in found if isinstance(item, dict) and item.get("type") != "Coordinator"]
        devices = {d.name: (d, item) for item in items if (d := _device(item)).ieee and d.name}
        self._devices = {name: device for name, (device, _item) in devices.items()}
        self.has_list, self.may_guess = True, False
        offers = [self._offer(device, item) for device, item in devices.values() if _is_of_use(item)]
        deep = [n for name in devices if "/" in name for n in (name, f"{name}/availability")]
        return Word(found=tuple(offers), topics=tuple(f"{self._prefix}/{n}" for n in deep), is_news=True)

    def _offer(self, device: Device, item: dict[str, Any]) -> Find:
        definition = member(item, "definition")
        facts = {
            "broker": self._broker, "program": "Zigbee2MQTT", "name": device.name, "address": device.ieee,
            "vendor": clean(definition.get("vendor") or item.get("manufacturer")),
            "model": clean(definition.get("model") or item.get("model_id")),
            "description": clean(definition.get("description")),
            "features": ", ".join(sorted(_features(definition.get("exposes")))),
            "power": clean(item.get("power_source")),
        }  # fmt: skip
        filled = {key: value for key, value in facts.items() if value}
        return Find(account_of(SCHEME, device.ieee, self._broker), "sensor", device.name, filled)


def _device(item: dict[str, Any]) -> Device:
    is_button = "action" in _features(member(item, "definition").get("exposes"))
    return Device(clean(item.get("ieee_address"), 40), clean(item.get("friendly_name"), 200), is_button)


def _is_of_use(item: dict[str, Any]) -> bool:
    """A lamp is not offered; a device that Zigbee2MQTT does not know is."""
    exposes = member(item, "definition").get("exposes")
    return not isinstance(exposes, list) or bool(_features(exposes))


def _features(exposes: Any) -> set[str]:
    if not isinstance(exposes, list):
        return set()
    names = {clean(e.get("property") or e.get("name")) for e in exposes if isinstance(e, dict)}
    return names & (SENSORS | {"action"})


def _conditions(account: str, name: str, state: dict[str, Any], occurred_at: int | None) -> Iterator[Fact]:
    """null or missing is not open."""
    for key in sorted(SENSORS & state.keys()):
        value = state[key]
        if isinstance(value, bool):
            is_trouble = value != (key == CONTACT)
            turn = NEW if is_trouble else RESTORE
            yield Fact(PROTOCOL, account, key, turn, occurred_at=occurred_at, text=clean(name), extra=_signal(state))


def _meaning(action: str, use: str) -> str:
    """What a press means is chosen by a person, but for actions made for distress."""
    if action.endswith("release"):
        return "action"
    if use in BUTTON_USES:
        return use
    return "sos" if action in DISTRESS and use != "info" else "action"


def _signal(state: dict[str, Any]) -> dict[str, str]:
    told = {key: clean(state.get(key), 20) for key in ("linkquality", "battery")}
    return {key: value for key, value in told.items() if value}


def _last_seen(value: Any) -> int | None:
    """ISO 8601 or milliseconds, as the operator chose in Zigbee2MQTT."""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value[:40])
        except ValueError:
            return None
        return moment(parsed.timestamp()) if parsed.tzinfo else None
    return moment(value / 1000) if isinstance(value, int | float) and abs(value) < 1e15 else None
