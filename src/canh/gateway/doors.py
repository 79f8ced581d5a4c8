"""Which doors there are, and what the operator has set for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from canh.gateway.mqtt.door import MqttDoor
from canh.gateway.onvif.door import OnvifDoor
from canh.gateway.receiver.door import ReceiverDoor
from canh.gateway.sia.door import SiaDoor
from canh.gateway.sms.door import SmsDoor
from canh.gateway.webhook.door import WebhookDoor

if TYPE_CHECKING:
    from canh.gateway.desk import Desk
    from canh.gateway.door import Door


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """What the operator set. A port of 0 lets the system choose, None or an empty text keeps the door shut."""

    host: str = "127.0.0.1"
    dc09_port: int = 0
    """TCP and UDP."""
    mqtt: tuple[str, ...] = ()
    """Brokers: `mqtt://user:password@host:1883`, `mqtts://…`."""
    webhook_port: int | None = None
    receiver_port: int | None = None
    """Where existing receivers dial in with Sur-Gard MLR2."""
    receivers: tuple[str, ...] = ()
    """Existing receivers to be dialled: `host:port`."""
    receiver_prefixes: tuple[str, ...] = ()
    """What stands before the accounts of a receiver: `host=prefix`."""
    onvif_discover: bool = False
    """Whether the local network is asked for cameras. Those in the register are called in any case."""
    sms: str = ""
    """The modem: `/dev/ttyUSB0`."""


def make_doors(desk: Desk, settings: DoorSettings) -> list[Door]:
    """Every door that is to be open."""
    doors: list[Door] = [SiaDoor(desk, settings.host, settings.dc09_port)]
    if settings.webhook_port is not None:
        doors.append(WebhookDoor(desk, settings.host, settings.webhook_port))
    if settings.mqtt:
        doors.append(MqttDoor(desk, settings.mqtt))
    if settings.receiver_port is not None or settings.receivers:
        doors.append(
            ReceiverDoor(desk, settings.host, settings.receiver_port, settings.receivers, settings.receiver_prefixes)
        )
    if settings.sms:
        doors.append(SmsDoor(desk, settings.sms))
    doors.append(OnvifDoor(desk, settings.onvif_discover))  # opens with the first camera in the register
    return doors
