"""What a message says: `#acct|data][xdata]…_timestamp` (5.5.1.7 to 5.5.1.9).

The facts leave here as the JSON that the journal keeps, not as objects: this runs for each message
before its answer, and the text alone takes a third of the time.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring
from typing import NamedTuple

from canh.gateway.content import cid, dcs
from canh.gateway.content.dcs import Facts
from canh.gateway.sia import DOOR, stamp
from canh.gateway.sia.frame import Frame
from canh.intake.observation import Observation, from_json

POLLS = frozenset({"NULL", "XNM"})
SHORT = 40  # longer data carries text and will hardly come again
_EVENTS = {"SIA-DCS": dcs.events, "ADM-CID": cid.events}
_ACCOUNT = r"(?:(?:#([0-9A-Za-z]{1,16})|([0-9A-Fa-f]{3,16}))\|)?"  # the mark is missing now and then
_FORM = re.compile(rf"{_ACCOUNT}([^\]]*)\](.*?)(?:_({stamp.FORM}))?\s*", re.DOTALL)
_LOOSE_FORM = re.compile(rf"{_ACCOUNT}(.*)()()", re.DOTALL)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Message(NamedTuple):
    """A message as understood."""

    account: str
    path: str
    sent_at: int | None
    """Its time stamp; None when it has none or one that is no moment."""
    is_understood: bool
    facts: str
    """At least one observation as JSON (intake.observation); of a poll, the bare one."""

    @property
    def observations(self) -> list[Observation]:
        return from_json(self.facts)


def read(frame: Frame, plain: bytes) -> Message:
    """`plain`: the body, after decryption where needed. Never fails: what is not understood is kept bare."""
    inner, data, extra, sent_at = _parts(_text(plain))
    account = frame.account or inner
    if inner and inner != account:
        extra["account"] = inner
    path = frame.receiver + frame.line
    if "G" in extra:
        path += f"G{extra['G']}"
    if frame.name in POLLS:
        return Message(account, path, sent_at, True, _facts(frame, account, path, plain, sent_at, ("",)))
    is_common = not extra and len(data) <= SHORT
    tails = _short_tails(frame.name, data) if is_common else _tails(frame.name, data, extra)
    facts = _facts(frame, account, path, plain, sent_at, tails or (_tail({}, extra),))
    return Message(account, path, sent_at, bool(tails), facts)


def account_of(frame: Frame) -> str:
    """The account under which to look the panel up; some panels leave it out of the header."""
    if frame.account or frame.is_encrypted:
        return frame.account
    return _parts(_text(frame.body))[0]


def closed(frame: Frame) -> Message:
    """What can be said of a message that was not decrypted: who sent it, on which path."""
    path = frame.receiver + frame.line
    return Message(frame.account, path, None, False, _facts(frame, frame.account, path, frame.body, None, ("",)))


def _facts(
    frame: Frame, account: str, path: str, plain: bytes, sent_at: int | None, tails: tuple[str, ...]
) -> str:  # fmt: skip
    """The JSON of a list of observations; each tail holds the fields of one that the others lack.

    The digest is equal for two deliveries on one path, also when the second was encrypted anew. Two
    events of one message are not deliveries of each other: all but the first get a digest of their own.
    """
    source = f"{DOOR} {account} {frame.receiver} {frame.line} {frame.name} {frame.number} ".encode() + plain
    sent = "" if sent_at is None else f',"sent_at":{sent_at}'
    # Only the path can hold a sign that JSON must mask: the others have passed the form of a frame.
    head = (
        f'{{"protocol":"{frame.name}","account":"{account}","number":"{frame.number}"'
        f',"path":{encode_basestring(path)}{sent},"digest":"'
    )
    if len(tails) == 1:
        return f'[{head}{_digest(source)}"{tails[0]}}}]'
    digests = [_digest(source + bytes([index % 256]) if index else source) for index in range(len(tails))]
    items = [f'{head}{own}"{tail}}}' for own, tail in zip(digests, tails, strict=True)]
    return f"[{','.join(items)}]"


def _digest(source: bytes) -> str:
    return blake2b(source, digest_size=16).hexdigest()


def _tails(name: str, data: str, extra: dict[str, str]) -> tuple[str, ...]:
    """For each event the JSON of what it says, a comma in front, without braces. No event: not understood."""
    events = _EVENTS[name](data) if name in _EVENTS else []
    return tuple([_tail(event, extra) for event in events])


@lru_cache(maxsize=8192)
def _short_tails(name: str, data: str) -> tuple[str, ...]:
    """Panels have few words: some codes for some zones."""
    return _tails(name, data, {})


def _tail(event: Facts, extra: dict[str, str]) -> str:
    facts = event.copy()
    if extra:
        facts["extra"] = extra | event.get("extra", {})
    if "I" in extra:
        facts.setdefault("text", extra["I"])
    if "H" in extra and (occurred_at := stamp.to_us(extra["H"])) is not None:
        facts["occurred_at"] = occurred_at
    return f",{_encode(facts)[1:-1]}" if facts else ""


def _text(plain: bytes) -> str:
    """UTF-8 as of 2026; before that text was Windows-1252."""
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return plain.decode("cp1252", "replace")


def _parts(text: str) -> tuple[str, str, dict[str, str], int | None]:
    """Account in front of the data, data, extended data by letter, time stamp."""
    found = _FORM.fullmatch(text) or _LOOSE_FORM.fullmatch(text)
    marked, bare, data, extended, moment = found.groups()  # type: ignore[union-attr]  # the loose form takes all
    sent_at = stamp.to_us(moment) if moment else None
    return (marked or bare or "").upper(), data, _extended(extended) if extended else {}, sent_at


def _extended(text: str) -> dict[str, str]:
    """`[Mvalue][Ivalue]` by letter; a letter sent twice keeps both, a line each."""
    if not (text.startswith("[") and text.endswith("]")):
        return {"rest": text}
    found: dict[str, str] = {}
    for item in text[1:-1].split("]["):
        letter, value = item[:1], item[1:]
        if letter:
            found[letter] = f"{found[letter]}\n{value}" if letter in found else value
    return found
