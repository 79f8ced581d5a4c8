"""The ways to a receiver: TCP and UDP, with blocking sockets. A case is short and speaks with one receiver."""

from __future__ import annotations

import contextlib
import socket
import time
from enum import StrEnum

from canh.drill.conformance.wire import Wrong

QUIET_S = 0.3
"""How long nothing may come to be called silence; a good message behind the bad one is the real barrier."""


class Transport(StrEnum):
    TCP = "tcp"
    UDP = "udp"


class Line:
    """A connection, or a pair of addresses."""

    def __init__(self, host: str, port: int, transport: Transport, timeout_s: float) -> None:
        self.transport, self.timeout_s = transport, timeout_s
        kind = socket.SOCK_STREAM if transport is Transport.TCP else socket.SOCK_DGRAM
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=kind)[0]
        self._socket = socket.socket(family, kind, protocol)
        self._rest = b""
        self.is_ended = False
        """The receiver hung up."""
        try:
            self._socket.settimeout(timeout_s)
            self._socket.connect(address)  # of UDP: only answers from there are taken
            if transport is Transport.TCP:
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            self._socket.close()
            raise

    def send(self, data: bytes) -> None:
        """Of UDP: one datagram."""
        with contextlib.suppress(ConnectionError):  # the receiver hung up: the missing answer will tell
            self._socket.sendall(data)

    def receive(self, within_s: float | None = None) -> bytes | None:
        """The next line with its CR. None: nothing came, or the receiver hung up. Raises Wrong for half an answer."""
        deadline = time.monotonic() + (self.timeout_s if within_s is None else within_s)
        while b"\r" not in self._rest and self._more(deadline):
            pass
        line, end, rest = self._rest.partition(b"\r")
        if end:
            self._rest = rest
            return line + end
        if line and within_s is None:
            self._rest = b""
            raise Wrong(f"trả lời không có CR · the answer has no end: {line[:60]!r}")
        return None

    def _more(self, deadline: float) -> bool:
        left = deadline - time.monotonic()
        if left <= 0 or self.is_ended:
            return False
        self._socket.settimeout(left)
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return False
        except ConnectionError:  # also of UDP, when nobody listens
            data = b""
        self.is_ended = not data
        self._rest += data
        return True

    def close(self) -> None:
        self._socket.close()
