"""The bytes of one connection into requests. Nothing here answers or waits: bytes in, requests out.

The parser is that of uvicorn, so pipelining, chunked bodies and smuggling are its business.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import httptools

MAX_HEAD = 16 * 1024
MAX_BODY = 256 * 1024
MAX_WIRE = MAX_HEAD + 2 * MAX_BODY  # a body in chunks is longer on the wire, and may have trailers
SLICE = 2048  # fed at once: so many pipelined requests are parsed before the connection may pause


class Request(NamedTuple):
    method: str
    path: str
    """Without the query."""
    headers: dict[str, str]
    """Names in lower case; of several with one name the last."""
    body: bytes
    keeps_alive: bool


class Refusal(NamedTuple):
    """What cannot be a request; nothing after it on this connection is read."""

    status: int
    saying: str
    raw: bytes = b""


class Reader:
    """Parses one connection; holds at most one request that is not complete, and what waits to be parsed."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._waiting = bytearray()
        self._items: deque[Request | Refusal] = deque()
        self._is_dead = False
        self.wants_continue = False
        """The sender waits for `100 Continue` before it sends the body."""
        self._begin()
        self._is_inside = False  # nothing has come yet

    @property
    def is_partial(self) -> bool:
        """Whether a request has begun that is not complete."""
        return self._is_inside or bool(self._waiting)

    @property
    def held(self) -> int:
        """Bytes of a body that is not complete."""
        return self._size

    def feed(self, data: bytes) -> None:
        if not self._is_dead:
            self._waiting += data

    def next(self) -> Request | Refusal | None:
        """The next whole request; None: more bytes are needed."""
        while not self._items and self._waiting and not self._is_dead:
            piece = bytes(self._waiting[:SLICE])
            del self._waiting[:SLICE]
            self._parse(piece)
        return self._items.popleft() if self._items else None

    def _parse(self, piece: bytes) -> None:
        if not self._is_headed:
            self._head_size += len(piece)
        self._wire_size += len(piece)
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            self._is_dead = True  # its last request is whole, the rest is another protocol
        except httptools.HttpParserError:
            self._refuse(400, "not_http", piece)
        if not self._is_headed and self._is_inside and self._head_size > MAX_HEAD:
            self._refuse(431, "header_too_long")
        elif self._is_inside and self._wire_size > MAX_WIRE:
            self._refuse(413, "too_large")

    def _refuse(self, status: int, saying: str, raw: bytes = b"") -> None:
        if not self._is_dead:
            self._items.append(Refusal(status, saying, raw))
        self._is_dead, self._is_inside = True, False
        self._waiting.clear()
        self._body.clear()
        self._size = 0

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = self._head_size = self._wire_size = 0
        self._is_headed = False
        self._is_inside = True

    # -- the parser speaks

    def on_message_begin(self) -> None:
        self._begin()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        self._is_headed = True
        length = self._headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_BODY:
            self._refuse(413, "too_large")
        elif self._headers.get("expect", "").lower() == "100-continue":
            self.wants_continue = True

    def on_body(self, body: bytes) -> None:
        self.wants_continue = False
        self._size += len(body)
        if self._size > MAX_BODY:
            self._refuse(413, "too_large")
        elif not self._is_dead:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._is_dead:
            return
        path = self._url.decode("latin-1").partition("?")[0]
        method = self._parser.get_method().decode("latin-1")
        is_kept = self._parser.should_keep_alive()
        self._items.append(Request(method, path, self._headers, b"".join(self._body), is_kept))
        self._body, self._size, self._is_inside = [], 0, False
        self._head_size, self._wire_size, self._is_headed = 0, 0, False
