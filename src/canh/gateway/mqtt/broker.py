"""The address of a broker, as the operator wrote it into `CANH_MQTT`. Pure, but for a password file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.utils.translation import gettext_noop as _

from canh.kit.saying import Saying

PORTS = {"mqtt": 1883, "mqtts": 8883}
CHOICES = {"frigate", "zigbee2mqtt", "discovery", "rings", "labels", "ca", "password_file", "client", "version"}
RINGS = {"", "events", "reviews", "both"}
NAME = re.compile(r"[A-Za-z0-9._-]{1,15}")
"""It stands in every account, and after `mqtt:` in the name of the door (20 characters in the tables)."""


class BadBroker(ValueError):
    """The address makes no sense; the reason in one line, without the password."""

    def __init__(self, text: str, **facts: str) -> None:
        self.why = Saying(text, facts)
        super().__init__(str(self.why))


@dataclass(frozen=True, slots=True)
class Broker:
    name: str
    """Short: what comes after @ in an account."""
    host: str
    port: int
    is_tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    """File with the authorities to trust; empty: those of the system."""
    frigate: str = "frigate"
    """Topics begin with it; empty: nobody listens for Frigate."""
    zigbee2mqtt: str = "zigbee2mqtt"
    discovery: str = "homeassistant"
    rings: str = ""
    """Which topic of Frigate begins alarms: `events`, `reviews`, `both`; empty: reviews once there are any."""
    labels: str = "person"
    """Which objects in `events` are alerts, comma-separated."""
    client: str = ""
    """Client id; empty: made of the number of this installation."""
    version: int = 5
    """Of MQTT: 5, or 3 (that is 3.1.1) for old brokers."""

    @property
    def peer(self) -> str:
        return f"{self.host}:{self.port}"[:80]


def parse(url: str) -> Broker:
    """Raises BadBroker."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise BadBroker(_("a broker is written mqtt://user:password@host:1883#name")) from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadBroker(_("a broker is written mqtt://… or mqtts://…, with its host"))
    chosen = dict(parse_qsl(parts.query, keep_blank_values=True))
    if strange := sorted(chosen.keys() - CHOICES):
        raise BadBroker(
            _("%(word)s is no choice for a broker; there are %(choices)s"),
            word=repr(strange[0]), choices=", ".join(sorted(CHOICES)),
        )  # fmt: skip
    if chosen.get("rings", "") not in RINGS:
        raise BadBroker(_("rings is events, reviews or both"))
    return Broker(
        name=_name(parts),
        host=parts.hostname,
        port=port,
        is_tls=parts.scheme == "mqtts",
        user=unquote(parts.username or ""),
        password=_password(parts, chosen.pop("password_file", "")),
        version=_version(chosen.pop("version", "5")),
        **chosen,
    )


def _name(parts: SplitResult) -> str:
    name = unquote(parts.fragment) or parts.hostname or ""
    if not NAME.fullmatch(name):
        raise BadBroker(
            _("the broker needs a short name of letters and digits, at most 15: mqtt://%(host)s#name"),
            host=parts.hostname or "",
        )
    return name


def _password(parts: SplitResult, file: str) -> str:
    if not file:
        return unquote(parts.password or "")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadBroker(
            _("the password file %(file)s cannot be read: %(kind)s"), file=file, kind=type(error).__name__
        ) from None


def _version(text: str) -> int:
    if text not in {"3", "5"}:
        raise BadBroker(_("version is 3 or 5"))
    return int(text)
