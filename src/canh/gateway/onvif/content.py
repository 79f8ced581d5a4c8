"""A notification of a camera into what it says. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from canh.gateway.onvif import topics
from canh.gateway.onvif.frame import Element

LONGEST_ZONE, LONGEST_TEXT = 40, 500
_TRUE = frozenset({"true", "1", "active", "on", "alarm"})
_FALSE = frozenset({"false", "0", "inactive", "off", "normal"})
_NO_STATE = re.compile(r"(id|token|count|level|likelihood|score|type|name|time|index)$", re.IGNORECASE)
_PLACES = ("VideoSourceConfigurationToken", "VideoSourceToken", "VideoSource", "Source", "InputToken", "RelayToken",
           "AudioSourceConfigurationToken", "RecordingToken", "Token", "port", "sensor", "channel")  # fmt: skip
_SAME_SOURCE = {"vsconf": "VideoSourceToken"}
"""Some cameras name one source by its configuration in one message and by itself in the next."""

INITIALIZED, CHANGED, DELETED = "Initialized", "Changed", "Deleted"


@dataclass(frozen=True, slots=True)
class Event:
    """One notification, read."""

    topic: str
    code: str
    zone: str
    """Where: source and rule as the camera names them."""
    operation: str
    """`Initialized`, `Changed`, `Deleted`, or empty: something that happens and has no state."""
    is_active: bool | None
    """None: it has no state that could end."""
    utc: datetime | None
    """When, by the camera's clock."""
    text: str
    digest: str
    """Of time, topic, operation and all values: equal for two deliveries of one notification."""
    raw: bytes


def events(root: Element, data: bytes) -> Iterator[Event]:
    """Every notification of an answer, in its order. `data`: the bytes from which `root` was read."""
    for notification in root.all("NotificationMessage"):
        yield _event(notification, data[notification.begin : notification.end])


def _event(notification: Element, raw: bytes) -> Event:
    topic = notification.text_of("Topic")
    message = next((one for one in notification.all("Message") if "UtcTime" in one.attributes), notification)
    source, data = _items(message, "Source"), _items(message, "Data")
    operation = message.attributes.get("PropertyOperation", "")
    values = [(name, value) for name, value in data if not _NO_STATE.search(name) or name == "ClassTypes"]
    words = [f"{name}={value}" for name, value in [*source, *data]]
    sealed = "\0".join([message.attributes.get("UtcTime", ""), topic, operation, *words])
    return Event(
        topic=topic,
        code=topics.code_of(topic, [name for name, _value in values]),
        zone=_zone(dict(source)),
        operation=operation,
        is_active=_is_active(values),
        utc=moment(message.attributes.get("UtcTime", "")),
        text=" ".join(["/".join(topics.local(topic)), *words])[:LONGEST_TEXT],
        digest=hashlib.blake2b(sealed.encode(), digest_size=16).hexdigest(),
        raw=raw,
    )


def _items(message: Element, group: str) -> list[tuple[str, str]]:
    """Name and value of the simple items below Source or Data."""
    found = message.child(group)
    items = found.all("SimpleItem") if found else []
    return [(one.attributes.get("Name", ""), one.attributes.get("Value", "").strip()) for one in items]


def _is_active(values: list[tuple[str, str]]) -> bool | None:
    for name, value in values:
        if name == "ClassTypes":
            return bool(value)  # a list of what is seen; empty: nothing any more
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
    return None


def _zone(source: dict[str, str]) -> str:
    place = next((source[name] for name in _PLACES if source.get(name)), "")
    rule = source.get("Rule", "")
    text = "/".join(part for part in (_SAME_SOURCE.get(place, place), rule) if part)
    if len(text) <= LONGEST_ZONE:
        return text
    short = hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
    return f"{text[: LONGEST_ZONE - 9]}~{short}"  # two long names must not fall together


def moment(text: str) -> datetime | None:
    """A date and time of XML schema; UTC where it names no zone. None when it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
