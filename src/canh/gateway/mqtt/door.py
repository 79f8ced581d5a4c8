"""The door itself: one line for each broker that the operator named."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_noop as _

from canh.gateway.desk import Desk
from canh.gateway.mqtt import DOOR
from canh.gateway.mqtt.broker import BadBroker, Broker, parse
from canh.gateway.mqtt.line import Line


class MqttDoor:
    """An address that makes no sense keeps its line shut and says so; the other doors open all the same."""

    name = DOOR

    def __init__(self, desk: Desk, urls: Sequence[str]) -> None:
        self._desk, self._urls = desk, urls
        self._lines: list[Line] = []

    async def claim(self) -> None:
        seen: set[str] = set()
        for place, url in enumerate(self._urls, 1):
            try:
                broker = _only_once(parse(url), seen)
            except BadBroker as error:
                self._desk.door_is_down(f"{DOOR}:{place}", error.why.at("CANH_MQTT"))
            else:
                self._lines.append(Line(self._desk, broker))

    async def open(self) -> None:
        for line in self._lines:
            line.open()

    async def shut(self) -> None:
        for line in self._lines:
            line.shut()

    async def close(self) -> None:
        for line in self._lines:
            await line.close()


def _only_once(broker: Broker, seen: set[str]) -> Broker:
    """Two with one name would be one client that the broker throws out by turns."""
    if broker.name in seen:
        raise BadBroker(
            _("two brokers are called %(name)s; give one another name: mqtt://%(host)s#name"),
            name=broker.name, host=broker.host,
        )  # fmt: skip
    seen.add(broker.name)
    return broker
