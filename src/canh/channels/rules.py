"""What an address looks like, and how long to wait before the next try. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from urllib.parse import urlsplit

from canh.channels.terms import AddressProblem, ChannelKind
from canh.kit import dated

LONGEST = 200
EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)
"""An address as browsers take it (HTML standard, 4.10.5.1.5), with at least one dot after the @."""
TOPIC = re.compile(r"[^\s#+\x00-\x1f\x7f]+")
"""A topic to publish to has no wildcard (MQTT 5.0, 4.7.1)."""
PERSON = re.compile(r"[A-Za-z0-9_@#!:.+=-]{1,100}")
"""A name, a number or a room at a chat service."""
COUNTRY = "84"
"""Numbers written with a leading 0 are of this country."""


def address_problem(kind: str, address: str) -> AddressProblem | None:
    """Why this cannot be an address of this channel; its `label` says what to do. None: it can."""
    if kind not in ChannelKind.values:
        return AddressProblem.NO_CHANNEL
    if not address.strip():
        return AddressProblem.EMPTY
    if len(address) > LONGEST:
        return AddressProblem.TOO_LONG
    return _CHECKS[ChannelKind(kind)](address)


def _email(address: str) -> AddressProblem | None:
    return None if EMAIL.fullmatch(address) else AddressProblem.EMAIL


def _phone(address: str) -> AddressProblem | None:
    return None if number_of(address) else AddressProblem.PHONE


def _topic(address: str) -> AddressProblem | None:
    return None if TOPIC.fullmatch(address) else AddressProblem.TOPIC


def _push(address: str) -> AddressProblem | None:
    return None if device_of(address) else AddressProblem.PUSH


def _chat(address: str) -> AddressProblem | None:
    return None if PERSON.fullmatch(address) else AddressProblem.CHAT


def _url(address: str) -> AddressProblem | None:
    return None if origin_of(address) else AddressProblem.URL


def _paper(_address: str) -> AddressProblem | None:
    """Whatever a person who calls can read."""
    return None


_CHECKS: Mapping[ChannelKind, Callable[[str], AddressProblem | None]] = {
    ChannelKind.EMAIL: _email, ChannelKind.WEBHOOK: _url, ChannelKind.SMS: _phone,
    ChannelKind.PUSH: _push, ChannelKind.CHAT: _chat, ChannelKind.SIREN: _topic, ChannelKind.PAPER: _paper,
}  # fmt: skip


def push_address(device_id: int) -> str:
    return f"push:{device_id}"


def device_of(address: str) -> int:
    """The browser of an address `push:ID`; 0 when it is none."""
    found = re.fullmatch(r"push:([1-9]\d{0,18})", address)
    return int(found[1]) if found else 0


def number_of(written: str) -> str:
    """A telephone number in the form of E.164, `+84912345678`; empty when it is none."""
    digits = re.sub(r"[ ().-]", "", written.strip())
    if re.fullmatch(r"\+[1-9]\d{6,14}", digits):
        return digits
    if re.fullmatch(r"00[1-9]\d{6,14}", digits):
        return f"+{digits[2:]}"
    if re.fullmatch(r"0[1-9]\d{7,9}", digits):
        return f"+{COUNTRY}{digits[1:]}"
    return f"+{digits}" if re.fullmatch(rf"{COUNTRY}\d{{9,10}}", digits) else ""


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, `https://host:8443`; empty when it is none to send to."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or not is_plain:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or (443 if parts.scheme == 'https' else 80)}"


def backoff_s(attempt: int, day: date = date.max) -> float | None:
    """Seconds to wait after a try that failed, the first being 1. None: given up. `day`: whose figures hold."""
    if attempt < 1:
        raise ValueError("tries are counted from 1")
    waits = _waits(day)
    return waits[attempt - 1] if attempt <= len(waits) else None


@cache
def _waits(day: date) -> tuple[float, ...]:
    return tuple(float(wait) for wait in dated.table_of("channels", "channels.toml", day)["waits_s"])
