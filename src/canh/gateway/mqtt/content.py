"""What the producers share: careful reading of what anybody may have sent, facts, accounts. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from canh.kit.text import fold

NEW, RESTORE = "new", "restore"
MAX_STATE = 256 * 1024
"""Bytes of a message that is parsed; lists of devices may have MAX_LIST."""
MAX_LIST = 8 * 1024 * 1024
ACCOUNT_ROOM = 87  # sites.models.ACCOUNT
SANE_TIMES = (946_684_800, 4_102_444_800)  # seconds: the years 2000 to 2100

_STRANGE = re.compile(r"[^!-~]+")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


class Malformed(ValueError):
    """The reason, for a person."""


@dataclass(frozen=True, slots=True)
class Fact:
    """That a condition holds, or no longer."""

    protocol: str
    account: str
    code: str
    turn: str = NEW
    occasion: str = ""
    """The id of an event that begins and ends; empty: a state that holds or not."""
    mark: str = ""
    """Of something that only happens (a button): equal for two deliveries of the same message."""
    lasts_s: float = 0
    """After so many seconds the state has ended without a word; 0: its end is told."""
    occurred_at: int | None = None
    text: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


class Find(NamedTuple):
    """Something a person may adopt."""

    account: str
    kind: str
    name: str
    facts: Mapping[str, str]


class Word(NamedTuple):
    """What a producer understood of a message."""

    facts: tuple[Fact, ...] = ()
    alive: tuple[str, ...] = ()
    """Accounts that gave a sign of life."""
    found: tuple[Find, ...] = ()
    topics: tuple[str, ...] = ()
    """To be listened to as well from now on."""
    problem: str = ""
    """What was not understood, for a person."""
    account: str = ""
    """Whom the problem concerns."""
    dialect: str = ""
    """What a person might decide of who is alive: words of console/register/dialect.py."""
    is_news: bool = False
    """Devices became known: what waited for them may be read now."""


class Chosen(Protocol):
    """What the reading needs of sites.queries.PanelEntry."""

    @property
    def account(self) -> str: ...
    @property
    def dialect(self) -> Mapping[str, str]: ...


class Book(Protocol):
    """The register, as far as the reading depends on it."""

    def get(self, account: str) -> Chosen | None: ...

    def of_door(self, door: str) -> Iterable[Chosen]: ...


class Producer(Protocol):
    """One program that speaks through the broker."""

    def topics(self) -> list[tuple[str, int]]:
        """Topic filters and quality of service."""

    def read(self, topic: str, payload: bytes, is_retained: bool) -> Word | None:
        """None: the topic belongs to nobody I know. Raises Malformed."""


def parse(payload: bytes, limit: int = MAX_STATE) -> Any:
    """JSON. Raises Malformed, whatever was sent."""
    if len(payload) > limit:
        raise Malformed(f"longer than {limit} bytes")
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None


def parse_object(payload: bytes, limit: int = MAX_STATE) -> dict[str, Any]:
    found = parse(payload, limit)
    if not isinstance(found, dict):
        raise Malformed("not a JSON object")
    return found


def member(found: Any, name: str) -> dict[str, Any]:
    """A part that should be an object; {} when it is not."""
    part = found.get(name) if isinstance(found, dict) else None
    return part if isinstance(part, dict) else {}


def clean(value: Any, limit: int = 120) -> str:
    """A text that every database takes; what is no text or number gives none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _UNWRITABLE.sub(" ", str(value)[: 2 * limit]).strip()[:limit]


def words(value: Any, limit: int = 120) -> str:
    """A list of texts in one."""
    return clean(", ".join(filter(None, map(clean, value[:20]))), limit) if isinstance(value, list) else ""


def moment(value: Any) -> int | None:
    """Microseconds from seconds since 1970; None when that is no sensible time."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value * 1_000_000) if SANE_TIMES[0] < value < SANE_TIMES[1] else None


def online(payload: bytes) -> str:
    """`online`, `offline` … as a plain text or as {"state": …}."""
    text = clean(payload[:200].decode("utf-8", "replace"))
    return clean(member({"_": parse(payload)}, "_").get("state")) if text.startswith("{") else text


def account_of(scheme: str, name: str, broker: str) -> str:
    """`scheme:name@broker`. A name that is too long or has other letters than ASCII is shortened, and
    a digest of the whole name keeps two of them apart."""
    room = ACCOUNT_ROOM - len(broker) - 1
    if not name or _STRANGE.search(name) or len(name) > room:
        whole = hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=5).hexdigest()
        name = f"{_STRANGE.sub('_', fold(clean(name, room)))[: room - 11]}~{whole}"
    return f"{scheme}:{name}@{broker}"
