"""The bytes of one connection into frames (SIA DC-09 5.5.1).

    LF crc4 0LLL "id"seq[Rrcvr][Lpref][#acct][…] CR

CRC-16/ARC and length count from the first quote to the byte before CR. Nothing here answers or
waits: bytes in, frames and bad lines out.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fastcrc.crc16 import arc

from canh.intake.terms import Verdict

MAX_BODY = 4095  # "0" and three hex digits: 5.5.1.3
MAX_LINE = len(b"\nCCCC0LLL") + MAX_BODY
BLANK = b"\0\n\t "  # what panels send between frames without meaning it

_HEAD = re.compile(r'([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})"')
_FRAME = re.compile(
    r'([0-9A-Fa-f]{4})(0[0-9A-Fa-f]{3})"(\*?)([0-9A-Z-]{1,20})"'
    r"(([0-9]{4})(R[0-9A-Fa-f]{1,6})?(L[0-9A-Fa-f]{0,6})?(?:#([0-9A-Za-z]{1,16}))?)\["
)
GARBAGE, BAD_LENGTH, BAD_CRC = (v.value for v in (Verdict.GARBAGE, Verdict.BAD_LENGTH, Verdict.BAD_CRC))
_ANSWERS = frozenset({"ACK", "NAK", "DUH", "RSP"})  # two receivers joined by mistake must not talk for ever


class Frame(NamedTuple):  # a tuple: a frozen dataclass of nine fields takes four times as long to make
    """One well-formed frame. Text is as sent."""

    raw: bytes
    """All that came since the last CR."""
    name: str
    """The id: `SIA-DCS`, `ADM-CID`, `NULL` …"""
    is_encrypted: bool
    echo: str
    """From the sequence number to the account: an answer repeats it letter for letter."""
    number: str
    receiver: str
    """With its letter, or empty when not sent."""
    line: str
    account: str
    """Without `#`, upper case; empty when not sent."""
    body: bytes
    """What follows the first `[`."""


class Bad(NamedTuple):
    """A line that is no frame. Never answered (5.5.1.2)."""

    raw: bytes
    verdict: str
    """A value of intake.terms.Verdict."""


class Splitter:
    """Cuts the stream of one connection at its CRs; holds at most one chunk and one line."""

    __slots__ = ("_at", "_data", "_is_dropping")

    def __init__(self) -> None:
        self._data = b""
        self._at = 0
        self._is_dropping = False

    @property
    def is_partial(self) -> bool:
        """Whether a line has begun that is not complete."""
        if self._at == len(self._data):
            return self._is_dropping
        return bool(self._data[self._at :].strip(BLANK))

    def feed(self, data: bytes) -> None:
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0

    def next(self) -> Frame | Bad | None:
        """The next frame or bad line, or None until more is fed."""
        while self._at < len(self._data) and (line := self._cut()) is not None:
            if line.strip(BLANK):
                return parse(line)
        return None

    def _cut(self) -> bytes | None:
        """The next piece, ended by a CR or by being too long; None when neither."""
        if self._is_dropping and not self._find_end():
            return None
        data, at = self._data, self._at
        end = data.find(b"\r", at)
        if end < 0 and len(data) - at <= MAX_LINE:
            return None
        if end >= 0 and end - at <= MAX_LINE:
            self._at = end + 1
            return data[at:end]
        return self._cut_long(at, end)

    def _cut_long(self, at: int, end: int) -> bytes:
        """Too long: give its beginning; go on at its last LF when a frame may begin there."""
        stop = len(self._data) if end < 0 else end
        start = self._data.rfind(b"\n", at + 1, stop)
        if start >= 0 and stop - start <= MAX_LINE:
            self._at = start
        else:
            self._at, self._is_dropping = stop, end < 0
        return self._data[at : min(at + MAX_LINE + 1, self._at)]

    def _find_end(self) -> bool:
        """Step over the rest of a line that was too long. An LF ends it too: a frame begins there."""
        ends = [place for mark in b"\r\n" if (place := self._data.find(mark, self._at)) >= 0]
        self._is_dropping = not ends
        self._at = min(ends, default=len(self._data))
        return bool(ends)


def parse(line: bytes) -> Frame | Bad:
    """What a line (without its CR) says. Junk before the LF, and a missing LF, are forgiven."""
    start = line.rfind(b"\n") + 1
    text = line.decode("latin-1")
    found = _FRAME.match(text, start)
    if found is None:
        return Bad(line, _fault(text, line, start))
    crc, length, star, name, echo, number, receiver, prefix, account = found.groups()
    quoted = line[start + 8 :]
    if int(length, 16) != len(quoted):
        return Bad(line, BAD_LENGTH)
    if int(crc, 16) != arc(quoted):
        return Bad(line, BAD_CRC)
    if name in _ANSWERS:
        return Bad(line, GARBAGE)
    body = line[found.end() :]
    return Frame(line, name, bool(star), echo, number, receiver or "", prefix or "", (account or "").upper(), body)


def _fault(text: str, line: bytes, start: int) -> str:
    head = _HEAD.match(text, start)
    if head is None:
        return GARBAGE
    quoted = line[start + 8 :]
    if int(head[2], 16) != len(quoted) or len(quoted) > MAX_BODY:
        return BAD_LENGTH
    return GARBAGE if int(head[1], 16) == arc(quoted) else BAD_CRC
