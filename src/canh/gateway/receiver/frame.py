"""The bytes of one connection into frames.

    5011 181234E13001003 DC4        or, where the receiver adds B32 headers:  00 00 00 25 … DC4

A B32 header is two NUL and the length in BCD, which may hold the byte of a DC4. Nothing here answers or
waits: bytes in, frames and bad ones out.
"""

from __future__ import annotations

import re
from typing import NamedTuple

DC4 = 0x14
MAX_FRAME = 1024  # the data block of SIA has 66 bytes, System 5 sends texts
BLANK = b"\r\n"  # what some senders put between frames
HEADER = 4
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class Frame(NamedTuple):
    raw: bytes
    """Without header and DC4."""
    has_header: bool
    is_damaged: bool = False
    """Control characters, empty or too long: asked for again."""


class Splitter:
    """Cuts the stream of one connection; holds at most one chunk and one frame."""

    def __init__(self) -> None:
        self._data = b""
        self._is_dropping = False

    @property
    def is_partial(self) -> bool:
        """Whether a frame has begun that is not complete."""
        return bool(self._data) or self._is_dropping

    def feed(self, data: bytes) -> None:
        self._data += data

    def next(self) -> Frame | None:
        """The next frame; None: more bytes are needed."""
        if self._is_dropping and not self._find_end():
            return None
        data = self._data = self._data.lstrip(BLANK)
        has_header = data[:2] == b"\0\0"
        start = HEADER if has_header else 0
        end = data.find(DC4, start)
        if len(data) < start or (end < 0 and len(data) - start <= MAX_FRAME):
            return None
        if end < 0 or end - start > MAX_FRAME:
            return self._cut(start, end, has_header)
        self._data = data[end + 1 :]
        raw = data[start:end]
        return Frame(raw, has_header, not raw.strip() or _CONTROL.search(raw) is not None)

    def _cut(self, start: int, end: int, has_header: bool) -> Frame:
        """Too long: give its beginning, drop the rest."""
        data, self._data = self._data, b"" if end < 0 else self._data[end + 1 :]
        self._is_dropping = end < 0
        return Frame(data[start : start + MAX_FRAME], has_header, True)

    def _find_end(self) -> bool:
        _, mark, rest = self._data.partition(bytes([DC4]))
        self._data, self._is_dropping = rest, not mark
        return bool(mark)
