"""A receiver of our own for the tests, written from the published manuals of the Sur-Gard receivers: it sends one
message, waits for its ACK, sends it again when none comes, and keeps what was not acknowledged over any loss of
the line. It uses nothing of the code under test.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

DC4, ACK, NAK = b"\x14", b"\x06", b"\x15"
HEARTBEAT = "1011           @    "


class Silent(Exception):
    """No answer came in time."""


class Wire:
    """Bytes as we please."""

    def __init__(self, port: int = 0, timeout: float = 10.0, line: socket.socket | None = None) -> None:
        self.socket = line or socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.settimeout(timeout)

    def send(self, *frames: str | bytes, header: bool = False) -> None:
        out = b""
        for frame in frames:
            body = (frame.encode() if isinstance(frame, str) else frame) + DC4
            if header:
                size = len(body) + 4
                body = bytes([0, 0, int(f"{size:04d}"[:2], 16), int(f"{size:04d}"[2:], 16)]) + body
            out += body
        self.socket.sendall(out)

    def raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, size: int = 1) -> bytes:
        """So many bytes; fewer when the line is closed. Raises TimeoutError."""
        got = b""
        while len(got) < size:
            piece = self.socket.recv(size - len(got))
            if not piece:
                break
            got += piece
        return got

    def is_silent(self, seconds: float = 0.3) -> bool:
        before = self.socket.gettimeout()
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1) == b"?"
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(before)

    def is_closed(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except (ConnectionError, TimeoutError) as error:
            return not isinstance(error, TimeoutError)

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """The line breaks: no farewell."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Receiver:
    """Keeps a buffer of events; a thread of its own delivers them, oldest first, for ever.

    `port`: it dials there; None: it listens on `self.port` and waits to be dialled.
    """

    def __init__(self, port: int | None, *, listen_on: int = 0, wait_s: float = 1.0, beat_s: float = 0.5) -> None:
        self._dials, self._wait_s, self._beat_s = port, wait_s, beat_s
        self._buffer: list[str] = []
        self.acked: list[str] = []
        self.tries = 0
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._server: socket.socket | None = None
        self.port = port or 0
        if port is None:
            self._server = socket.create_server(("127.0.0.1", listen_on))
            self._server.settimeout(0.2)
            self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        self._thread.join(20)
        if self._server:
            self._server.close()

    def report(self, *frames: str) -> None:
        """Something happened: it will be delivered."""
        with self._lock:
            self._buffer += frames

    @property
    def waiting(self) -> int:
        with self._lock:
            return len(self._buffer)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                line = self._connect()
            except OSError:
                self._stopping.wait(0.1)
                continue
            with contextlib.suppress(OSError, Silent), line:
                self._talk(line)

    def _connect(self) -> socket.socket:
        if self._server is None:
            return socket.create_connection(("127.0.0.1", self._dials), timeout=2)
        return self._server.accept()[0]

    def _talk(self, line: socket.socket) -> None:
        """After a loss it begins with a heartbeat, and goes on when that is acknowledged."""
        line.settimeout(self._wait_s)
        self._exchange(line, HEARTBEAT)
        beat_at = time.monotonic()
        while not self._stopping.is_set():
            with self._lock:
                frame = self._buffer[0] if self._buffer else ""
            if frame:
                self._exchange(line, frame)
                with self._lock:
                    self.acked.append(self._buffer.pop(0))
                beat_at = time.monotonic()
            elif time.monotonic() - beat_at > self._beat_s:
                self._exchange(line, HEARTBEAT)
                beat_at = time.monotonic()
            else:
                self._stopping.wait(0.01)

    def _exchange(self, line: socket.socket, frame: str) -> None:
        for _ in range(4):
            self.tries += 1
            line.sendall(frame.encode() + DC4)
            with contextlib.suppress(TimeoutError):
                got = line.recv(1)
                if got == ACK:
                    return
                if not got:
                    break
        raise Silent(frame)
