"""What lies on the SIM, put together: parts of a long text into one message. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from canh.kit import clock
from canh.kit.text import nfc

COUNTRY = "84"
"""Numbers written with a leading 0 are of this country."""


@dataclass(frozen=True, slots=True)
class Part:
    """One place of the SIM: a message, or one part of a long one."""

    place: int
    mark: str
    number: str
    sent_at: int | None
    text: str
    long_id: int
    part: int
    parts: int
    told: Mapping[str, Any]
    """As the reader told it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A text message. `is_whole`: no part of it is missing."""

    number: str
    sent_at: int | None
    text: str
    parts: tuple[Part, ...]
    is_whole: bool = True

    @property
    def account(self) -> str:
        return account_of(self.number)

    @property
    def key(self) -> str:
        """The same for two readings of one message: sender, time of the service centre, text. Where the time is
        missing, the place stands for it: two equal alarms of two days are two."""
        when = f"at {self.sent_at}" if self.sent_at else f"place {[part.place for part in self.parts]}"
        return hashlib.blake2b(f"sms {self.account} {when} {self.text}".encode(), digest_size=16).hexdigest()

    @property
    def raw(self) -> bytes:
        """What is kept of it: everything the modem told."""
        return json.dumps([part.told for part in self.parts], ensure_ascii=False, sort_keys=True).encode()


def read(told: Sequence[Mapping[str, Any]]) -> list[Message]:
    """Everything on the SIM as messages, the oldest first."""
    parts = sorted(map(_part, told), key=_group)
    found = [message for _key, group in groupby(parts, key=_group) for message in _joined(list(group))]
    return sorted(found, key=lambda m: (m.sent_at or 0, m.parts[0].place))


def _part(told: Mapping[str, Any]) -> Part:
    at = datetime.fromisoformat(told["sent_at"]) if told["sent_at"] else None
    text = told["text"] or bytes.fromhex(told["bytes"]).decode("utf-8", "backslashreplace")
    return Part(
        told["place"], told["mark"], told["number"], clock.to_us(at) if at else None, nfc(text),
        told["id"], told["part"], told["parts"], {k: v for k, v in told.items() if k not in {"place", "mark"}},
    )  # fmt: skip


def _group(part: Part) -> tuple[str, int, int, int]:
    """Parts of one message are equal here; a short message is alone with its place."""
    is_long = part.parts > 1
    return part.number, part.parts if is_long else 0, part.long_id if is_long else 0, 0 if is_long else part.place


def _joined(group: list[Part]) -> list[Message]:
    """One message, or two when the same number of a long message was used twice."""
    found: list[Message] = []
    left = sorted(group, key=lambda p: (p.part, p.place))
    while left:
        first_of = {part.part: part for part in reversed(left)}
        chosen = tuple(first_of[number] for number in sorted(first_of))
        left = [part for part in left if part not in chosen]
        is_whole = len(chosen) == max(chosen[0].parts, 1)
        text = "".join(part.text for part in chosen)
        times = [part.sent_at for part in chosen if part.sent_at]
        found.append(Message(chosen[0].number, min(times, default=None), text, chosen, is_whole))
    return found


def account_of(number: str) -> str:
    """`sms:+84901234567`; short codes and names as they are: `sms:191`, `sms:VIETTEL`."""
    digits = re.sub(r"[ ().-]", "", number)
    if re.fullmatch(r"\+\d{6,15}", digits):
        return f"sms:{digits}"
    if re.fullmatch(r"00\d{8,15}", digits):
        return f"sms:+{digits[2:]}"
    if re.fullmatch(r"0\d{8,10}", digits):
        return f"sms:+{COUNTRY}{digits[1:]}"
    if re.fullmatch(rf"{COUNTRY}\d{{9,10}}", digits):
        return f"sms:+{digits}"
    return f"sms:{re.sub(r'[^!-~]', '_', number.strip()) or '?'}"
