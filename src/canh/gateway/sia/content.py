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
from canh.gateway.sia.stamp import STANDARD, Reading
from canh.intake.observation import Observation, from_json
from canh.intake.terms import Dialect

POLLS = frozenset({"NULL", "XNM"})
KEY_LETTER = "K"  # a key has no place in a record that many may read
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
    stamp: str = ""
    """The time stamp as written."""
    dialect: str = ""
    """Its departures from the standard: words of intake.terms.Dialect."""

    @property
    def observations(self) -> list[Observation]:
        return from_json(self.facts)


def read(frame: Frame, plain: bytes, reading: Reading = STANDARD, words: str = "") -> Message:
    """`plain`: the body, after decryption where needed. `words`: departures known so far, beside the frame's.
    Never fails: what is not understood is kept bare.
    """
    text, is_utf8 = _text(plain)
    inner, data, extra, moment, is_bare = _parts(text)
    sent_at = stamp.to_us(moment, reading) if moment else None
    dialect = frame.dialect
    if words or is_bare or not is_utf8 or (moment and (sent_at is None or reading is not STANDARD)):
        dialect = _join(dialect, words, *_departures(is_bare, is_utf8, sent_at, moment, reading))
    account = frame.account or inner
    if inner and inner != account:
        extra["account"] = inner
    path = frame.receiver + frame.line
    if "G" in extra:
        path += f"G{extra['G']}"
    if frame.name in POLLS:
        said = _tail({}, extra, reading) if extra else ""
        facts = _facts(frame, account, path, plain, sent_at, dialect, (said,))
        return Message(account, path, sent_at, True, facts, moment, dialect)
    is_common = not extra and len(data) <= SHORT
    tails = _short_tails(frame.name, data) if is_common else _tails(frame.name, data, extra, reading)
    facts = _facts(frame, account, path, plain, sent_at, dialect, tails or (_tail({}, extra, reading),))
    return Message(account, path, sent_at, bool(tails), facts, moment, dialect)


def _departures(is_bare: bool, is_utf8: bool, sent_at: int | None, moment: str, reading: Reading) -> list[str]:
    """How a text departs from the standard, by name."""
    words = [Dialect.NO_HASH.value] if is_bare else []
    if not is_utf8:
        words.append(Dialect.OLD_TEXT.value)
    if moment and sent_at is None:
        words.append(Dialect.ODD_TIME.value)
    return words + (reading.words if moment else [])


def _join(*words: str) -> str:
    return ",".join(dict.fromkeys(",".join(filter(None, words)).split(","))).strip(",")


def account_of(frame: Frame) -> str:
    """The account under which to look the panel up; some panels leave it out of the header."""
    if frame.account or frame.is_encrypted:
        return frame.account
    return _parts(_text(frame.body)[0])[0]


def closed(frame: Frame, words: str = "") -> Message:
    """What can be said of a message that was not decrypted: who sent it, on which path."""
    path = frame.receiver + frame.line
    dialect = _join(frame.dialect, words)
    facts = _facts(frame, frame.account, path, frame.body, None, dialect, ("",))
    return Message(frame.account, path, None, False, facts, "", dialect)


def _facts(
    frame: Frame, account: str, path: str, plain: bytes, sent_at: int | None, dialect: str, tails: tuple[str, ...]
) -> str:  # fmt: skip
    """The JSON of a list of observations; each tail holds the fields of one that the others lack.

    The digest is equal for two deliveries on one path, also when the second was encrypted anew. Two
    events of one message are not deliveries of each other: all but the first get a digest of their own.
    """
    source = f"{DOOR} {account} {frame.receiver} {frame.line} {frame.name} {frame.number} ".encode() + plain
    sent = "" if sent_at is None else f',"sent_at":{sent_at}'
    if dialect:
        sent += f',"dialect":"{dialect}"'
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


def _tails(name: str, data: str, extra: dict[str, str], reading: Reading = STANDARD) -> tuple[str, ...]:
    """For each event the JSON of what it says, a comma in front, without braces. No event: not understood."""
    events = _EVENTS[name](data) if name in _EVENTS else []
    return tuple([_tail(event, extra, reading) for event in events])


@lru_cache(maxsize=8192)
def _short_tails(name: str, data: str) -> tuple[str, ...]:
    """Panels have few words: some codes for some zones."""
    return _tails(name, data, {})


def _tail(event: Facts, extra: dict[str, str], reading: Reading = STANDARD) -> str:
    facts = event.copy()
    if extra:
        facts["extra"] = extra | event.get("extra", {})
    if "I" in extra:
        facts.setdefault("text", extra["I"])
    if "H" in extra and (occurred_at := stamp.to_us(extra["H"].lstrip("_"), reading)) is not None:
        facts["occurred_at"] = occurred_at
    return f",{_encode(facts)[1:-1]}" if facts else ""


def _text(plain: bytes) -> tuple[str, bool]:
    """UTF-8 as of 2026 (True); before that text was Windows-1252."""
    try:
        return plain.decode(), True
    except UnicodeDecodeError:
        return plain.decode("cp1252", "replace"), False


def _parts(text: str) -> tuple[str, str, dict[str, str], str, bool]:
    """Account in front of the data, data, extended data by letter, time stamp, whether the account is bare."""
    found = _FORM.fullmatch(text) or _LOOSE_FORM.fullmatch(text)
    marked, bare, data, extended, moment = found.groups()  # type: ignore[union-attr]  # the loose form takes all
    account = (marked or bare or "").upper()
    return account, data, _extended(extended) if extended else {}, moment or "", bare is not None


def _extended(text: str) -> dict[str, str]:
    """`[Mvalue][Ivalue]` by letter; a letter sent twice keeps both, a line each."""
    if not (text.startswith("[") and text.endswith("]")):
        return {"rest": text}
    found: dict[str, str] = {}
    for item in text[1:-1].split("]["):
        letter, value = item[:1], item[1:]
        if letter == KEY_LETTER:
            value = "…"
        if letter:
            found[letter] = f"{found[letter]}\n{value}" if letter in found else value
    return found
