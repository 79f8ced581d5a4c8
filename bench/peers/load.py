"""Panels that call as fast as they are answered: `python -m bench.peers.load PORT PANELS SECONDS MODE LIMIT [sealed]`.

Closed loop in one process with epoll and raw sockets; frames are built beforehand. MODE is `stay`
(one connection each) or `dial` (one connection a message); `sealed`: AES-128. Prints JSON.
"""

from __future__ import annotations

import json
import resource
import select
import socket
import sys
import time

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from fastcrc.crc16 import arc

from bench.peers import KEY, accounts

CODES = ("BA", "BR", "TA", "FA", "HA", "PA", "OP", "CL")
ACK_AT = slice(9, 14)
ACKS = (b'"ACK"', b'"*ACK')
SOURCES = 40  # addresses of this machine to call from: each has some 28,000 ports, and they rest for a minute


def frame(account: str, is_sealed: bool) -> bytes:
    """As panels send it: some codes for some zones, and a time stamp of now. A run ends before the stamp
    grows too old (40 s).
    """
    code, zone = CODES[int(account, 16) % len(CODES)], int(account, 16) % 61 + 1
    stamp = time.strftime("_%H:%M:%S,%m-%d-%Y", time.gmtime())
    head, data = f'SIA-DCS"0042R1L0#{account}[', f"#{account}|Nri1/{code}{zone:02d}]{stamp}"
    quoted = f'"*{head}{sealed(data)}'.encode() if is_sealed else f'"{head}{data}'.encode()
    return b"\n%04X%04X%b\r" % (arc(quoted), len(quoted), quoted)


def sealed(data: str) -> str:
    """As DC-09 5.4.4 has it; the pad is no secret here."""
    pad = "x" * (32 - (len(data) + 1) % 16)
    worker = Cipher(AES(KEY), CBC(bytes(16))).encryptor()
    return (worker.update(f"{pad}|{data}".encode()) + worker.finalize()).hex().upper()


class Load:
    """All panels. `began` is when the present message of a socket was sent or its call begun."""

    def __init__(self, port: int, panels: int, is_dialling: bool, is_sealed: bool) -> None:
        self.address, self.is_dialling = ("127.0.0.1", port), is_dialling
        self.frames = [frame(account, is_sealed) for account in accounts()[:panels]]
        self.poll = select.epoll()
        self.open: dict[int, tuple[socket.socket, int]] = {}
        self.began: dict[int, float] = {}
        self.spent: list[float] = []
        self.calls = self.bad = 0

    def call(self, panel: int) -> None:
        made = socket.socket()
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: choose the port at connect
        made.bind((f"127.0.0.{2 + self.calls % SOURCES}", 0))
        self.calls += 1
        self.open[made.fileno()] = made, panel
        self.began[made.fileno()] = time.perf_counter()
        made.connect_ex(self.address)
        self.poll.register(made, select.EPOLLOUT)

    def turn(self, until: float) -> None:
        for number, events in self.poll.poll(0.2):
            made, panel = self.open[number]
            if events & select.EPOLLOUT:
                self.poll.modify(number, select.EPOLLIN)
                if not self.is_dialling:
                    self.began[number] = time.perf_counter()
                made.send(self.frames[panel])
            else:
                self.take(number, made, panel, until)

    def take(self, number: int, made: socket.socket, panel: int, until: float) -> None:
        answer, now = made.recv(4096), time.perf_counter()
        self.spent.append(now - self.began[number])
        if answer[ACK_AT] not in ACKS or answer[-1:] != b"\r":
            self.bad += 1
        if self.is_dialling:
            self.poll.unregister(number)
            made.close()
            del self.open[number]
            if now < until:
                self.call(panel)
        elif now < until:
            self.began[number] = now
            made.send(self.frames[panel])

    def run(self, seconds: float, limit: int) -> dict[str, float]:
        """Warm up for a quarter of the time, then measure."""
        for panel in range(len(self.frames)):
            self.call(panel)
            if panel % 50 == 49:
                self.turn(time.perf_counter() + 1)
        self.go(seconds / 4, limit)
        self.spent, self.bad = [], 0
        sys.stdout.write("go\n")
        sys.stdout.flush()
        took = self.go(seconds, limit)
        spent = sorted(self.spent)
        return {
            "messages": len(spent),
            "seconds": took,
            "rate": len(spent) / took,
            "p50_ms": spent[len(spent) // 2] * 1000,
            "p99_ms": spent[len(spent) * 99 // 100] * 1000,
            "bad": self.bad,
        }

    def go(self, seconds: float, limit: int) -> float:
        began = time.perf_counter()
        until = began + seconds
        while time.perf_counter() < until and len(self.spent) < limit:
            self.turn(until + 60)
        return time.perf_counter() - began


def main() -> None:
    port, panels, seconds, mode, limit, *more = sys.argv[1:]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    load = Load(int(port), int(panels), mode == "dial", "sealed" in more)
    sys.stdout.write(json.dumps(load.run(float(seconds), int(limit))) + "\n")


if __name__ == "__main__":
    main()
