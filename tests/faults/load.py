"""Panels that go on ringing through every fault, and remember what was acknowledged."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field

from tests.panel import frame, is_ack


@dataclass
class Panel:
    """Sends message after message, each with a zone of its own; repeats one until it is acknowledged."""

    account: str
    port: int
    acked: list[int] = field(default_factory=list)
    tries: int = 0

    def run(self, stop: threading.Event, pause_s: float) -> None:
        line: socket.socket | None = None
        number = 0
        while not stop.is_set():
            if not self.acked or self.acked[-1] == number:
                number += 1
            line = self._deliver(line, number)
            time.sleep(pause_s)
        if line:
            line.close()

    def _deliver(self, line: socket.socket | None, number: int) -> socket.socket | None:
        try:
            if line is None:
                line = socket.create_connection(("127.0.0.1", self.port), 1)
                line.settimeout(2)
            self.tries += 1
            line.sendall(frame(self.account, number, f"NHA{number}"))
            if is_ack(line.recv(4096), number):
                self.acked.append(number)
                return line
        except OSError:
            time.sleep(0.05)
        if line:
            line.close()
        return None


class Load:
    """`with Load(port, accounts) as load:` rings until the end of the block."""

    def __init__(self, port: int, accounts: list[str], pause_s: float = 0.02) -> None:
        self.panels = [Panel(account, port) for account in accounts]
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=panel.run, args=(self._stop, pause_s), daemon=True) for panel in self.panels
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(10)

    def acked(self) -> set[tuple[str, str]]:
        """(account, number) of every message that was acknowledged."""
        return {(panel.account, f"{number:04d}") for panel in self.panels for number in panel.acked}
