"""What both forms share: texts, moments, and an event as it is kept. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from typing import Any, NamedTuple

from canh.gateway.webhook.answer import Fault
from canh.gateway.webhook.pieces import clean
from canh.intake.observation import Observation
from canh.kit import clock

PROTOCOL = "WEBHOOK"
MAX_ITEMS = 500
MAX_EXTRA = 50
SHORT, LONG = 40, 1000
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)


class Event(NamedTuple):
    """One event, to be kept with its own bytes."""

    raw: bytes
    seen: Observation


class Content(NamedTuple):
    """Either events or what is wrong: a list is whole or absent."""

    events: tuple[Event, ...] = ()
    faults: tuple[Fault, ...] = ()


def text_of(value: Any, longest: int) -> str:
    """A text, or a number as one. Raises ValueError with what is wrong."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no_text")
    text = clean(str(value)).strip()
    if len(text) > longest:
        raise ValueError("too_long")
    return text


def moment_us(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 moment. Raises ValueError."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("no_moment")
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    fraction, zulu, sign, hours, minutes = found.groups()[6:]
    offset = 0 if zulu else (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1)
    try:
        zone = timezone(timedelta(minutes=offset))
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("no_moment") from None
    return clock.to_us(moment) + int((fraction or "0").ljust(6, "0")[:6])


def digest(*parts: str) -> str:
    """Equal for two deliveries of the same event; the parts cannot run into each other."""
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def flat(values: dict[Any, Any], prefix: str = "") -> dict[str, str]:
    """Labels and the like as texts: as many and as long as a signal takes."""
    pairs = list(values.items())[:MAX_EXTRA]
    return {clean(prefix + str(name))[:100]: clean(str(value))[:LONG] for name, value in pairs}
