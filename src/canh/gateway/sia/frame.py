"""The bytes of one connection into frames (SIA DC-09 5.5.1).

    LF crc4 0LLL "id"seq[Rrcvr][Lpref][#acct][…] CR

CRC-16/ARC and length count from the first quote to the byte before CR. Nothing here answers or
waits: bytes in, frames and bad lines out. What is near the standard but not in it is left to `loose`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fastcrc.crc16 import arc

from canh.gateway.sia import loose
from canh.intake.terms import Dialect, Verdict

MAX_BODY = 4095  # "0" and three hex digits: 5.5.1.3
MAX_LINE = len(b"\nCCCC0LLL") + MAX_BODY
BLANK = b"\0\n\t "  # what panels send between frames without meaning it

_HEAD = re.compile(r'([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})"')
_FRAME = re.compile(
    r'\n([0-9A-F]{4})(0[0-9A-F]{3})"(\*?)([0-9A-Z-]{1,20})"'
    r"(([0-9]{4})(R[0-9A-Fa-f]{1,6})?(L[0-9A-Fa-f]{1,6})#([0-9A-F]{3,16}))\["
)
_BINARY_HEAD = re.compile(rb'\n..0[0-9A-Fa-f]{3}"', re.DOTALL)
_BINARY_HEAD_SIZE = len(b'\nCC0LLL"')
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
    dialect: str = ""
    """Words of intake.terms.Dialect, parted by commas."""


class Bad(NamedTuple):
    """A line that is no frame. Never answered (5.5.1.2)."""

    raw: bytes
    verdict: str
    """A value of intake.terms.Verdict."""


class Splitter:
    """Cuts the stream of one connection at its CRs; holds at most one chunk and one line."""

    __slots__ = ("_at", "_data", "_is_dropping", "_is_rest")

    def __init__(self) -> None:
        self._data = b""
        self._at = 0
        self._is_dropping = self._is_rest = False

    @property
    def is_partial(self) -> bool:
        """Whether a line has begun that is not complete."""
        if self._at == len(self._data):
            return self._is_dropping
        return bool(self._data[self._at :].strip(BLANK + b"\r"))

    @property
    def rest(self) -> bytes:
        """What has come of a line that is not complete."""
        return self._data[self._at :]

    def feed(self, data: bytes) -> None:
        self._is_rest = self._at < len(self._data)
        self._data = self._data[self._at :] + data if self._is_rest else data
        self._at = 0

    def next(self) -> Frame | Bad | None:
        """The next frame or bad line, or None until more is fed."""
        while (at := self._at) < len(self._data) and (line := self._cut()) is not None:
            if line.strip(BLANK):
                return parse(line, self._manner(at))
        return None

    def _manner(self, at: int) -> str:
        """How the line that began at `at` came: alone, with others, in pieces."""
        if at > _BINARY_HEAD_SIZE or len(self._data) - self._at > _BINARY_HEAD_SIZE:
            return Dialect.BATCHED.value
        return Dialect.SPLIT.value if self._is_rest else ""

    def _cut(self) -> bytes | None:
        """The next piece, ended by a CR or by being too long; None when neither."""
        if self._is_dropping and not self._find_end():
            return None
        data, at = self._data, self._at
        end = data.find(b"\r", at)
        if 0 <= end - at < 3 and data.startswith(b"\n", at):
            end = self._end_after_crc(at, end)
        if end < 0 and len(data) - at <= MAX_LINE:
            return None
        if end >= 0 and end - at <= MAX_LINE:
            self._at = end + 1
            return data[at:end]
        return self._cut_long(at, end)

    def _end_after_crc(self, at: int, end: int) -> int:
        """The CR at `end` may be a byte of a binary checksum. -1: more must come to tell."""
        data = self._data
        if _BINARY_HEAD.match(data, at):
            return data.find(b"\r", at + _BINARY_HEAD_SIZE)
        return -1 if len(data) - at < _BINARY_HEAD_SIZE else end

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


def parse(line: bytes, manner: str = "") -> Frame | Bad:
    """What a line (without its CR) says. `manner`: how it came, a word of Dialect or nothing."""
    text = line.decode("latin-1")
    found = _FRAME.match(text)
    if found is not None:
        crc, length, star, name, echo, number, receiver, prefix, account = found.groups()
        quoted = line[9:]
        is_right = int(length, 16) == len(quoted) and int(crc, 16) == arc(quoted)
        if is_right and len(account) < loose.LONG_ACCOUNT and name not in _ANSWERS:
            body = line[found.end() :]
            return Frame(line, name, bool(star), echo, number, receiver or "", prefix, account, body, manner)
    return _parse_loose(line, text, manner)


def _parse_loose(line: bytes, text: str, manner: str) -> Frame | Bad:
    read = loose.read(line)
    if read is None:
        return Bad(line, _fault(text, line, line.rfind(b"\n") + 1))
    words, name, is_encrypted, echo, number, receiver, prefix, account, body = read
    if name in _ANSWERS:
        return Bad(line, GARBAGE)
    dialect = ",".join(filter(None, [manner, *words]))
    return Frame(line, name, is_encrypted, echo, number, receiver, prefix, account.upper(), body, dialect)


def _fault(text: str, line: bytes, start: int) -> str:
    head = _HEAD.match(text, start)
    if head is None:
        return GARBAGE
    quoted = line[start + 8 :]
    if int(head[2], 16) != len(quoted) or len(quoted) > MAX_BODY:
        return BAD_LENGTH
    return GARBAGE if int(head[1], 16) == arc(quoted) else BAD_CRC
