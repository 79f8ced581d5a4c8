"""What a door understood of a message: the common form of every protocol.

One message may carry several observations; each becomes one signal. Times are microseconds
since 1970 UTC. Text is UTF-8. A field the protocol does not have is empty.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields


@dataclass(frozen=True, slots=True)
class Observation:
    protocol: str
    """`SIA-DCS`, `ADM-CID` …"""
    account: str
    """The account as sent, upper case."""
    code: str = ""
    """The event code: `BA` (SIA DC-03), `130` (Contact ID, DC-05)."""
    turn: str = "new"
    """`new`, `restore` or `still` where the protocol says it apart from the code (DC-05 qualifier)."""
    partition: str = ""
    """Part of the panel that arms on its own ("area" in DC-03, group in DC-05)."""
    zone: str = ""
    user: str = ""
    number: str = ""
    """Sequence number of the message."""
    path: str = ""
    """Which way it came: receiver, line prefix and path number, as sent."""
    occurred_at: int | None = None
    """When the panel says that it happened."""
    sent_at: int | None = None
    """The time stamp of the message itself."""
    text: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    """Extended data by its letter, for example {"M": "001122aabbcc", "I": "Trụ sở chính"}."""
    dialect: str = ""
    """How the message departed from the standard, words parted by commas: `lower_crc,local_time`."""
    digest: str = ""
    """Equal for two deliveries of the same message on the same path: 32 hex digits."""


_DEFAULTS = asdict(Observation(protocol="", account=""))
_NAMES = frozenset(f.name for f in fields(Observation))


def to_json(observations: list[Observation]) -> str:
    """Compact JSON, leaving out what is empty."""
    return json.dumps(
        [{k: getattr(o, k) for k in _NAMES if getattr(o, k) != _DEFAULTS[k]} for o in observations],
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )


def from_json(text: str) -> list[Observation]:
    """The observations back; unknown names (of a newer gateway) are passed over."""
    return [
        Observation(**{**_DEFAULTS, **{k: v for k, v in item.items() if k in _NAMES}})
        for item in json.loads(text or "[]")
    ]
