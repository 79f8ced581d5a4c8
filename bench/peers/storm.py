"""A city-wide power cut: `python -m bench.peers.storm PORT PANELS SECONDS even|front`.

Every panel says five things (mains, battery, line, network, device battery), one connection a message, at moments
set beforehand: a receiver that is late is measured from when the message should have left, not from when it
could. Half-way one clerk presses the hold-up button. Prints JSON.
"""

from __future__ import annotations

import json
import random
import resource
import select
import socket
import sys
import time
from typing import NamedTuple

from fastcrc.crc16 import arc

TOLD = ("AT", "YT", "LT", "NT", "XT")
SOURCES = 40  # addresses of this machine to call from: each has some 28,000 ports, and they rest for a minute


class Call(NamedTuple):
    """A message and when it should leave, in seconds from the beginning."""

    at_s: float
    account: str
    number: int
    data: str


def accounts(count: int) -> list[str]:
    return [f"{0x10000 + number:05X}" for number in range(count)]


def plan(panels: int, seconds: float, shape: str) -> list[Call]:
    """`even`: each panel at moments of its own. `front`, which is harder: the mains go everywhere at once, within two
    seconds, 5,000 messages a second; the rest follows as batteries and routers die."""
    chance = random.Random(113)  # the same storm each time
    begin, end = (2.0, min(2.0, seconds)) if shape == "front" else (0.0, seconds)
    calls = []
    for account in accounts(panels):
        calls.append(Call(chance.uniform(0, end), account, 1, f"N{TOLD[0]}"))
        calls += [Call(chance.uniform(begin, seconds), account, n, f"N{code}") for n, code in enumerate(TOLD[1:], 2)]
    calls.append(Call(seconds / 2, accounts(panels)[panels // 2], 9, "NHA1"))
    return sorted(calls)


def frame(call: Call) -> bytes:
    stamp = time.strftime("_%H:%M:%S,%m-%d-%Y", time.gmtime())
    quoted = f'"SIA-DCS"{call.number:04d}L0#{call.account}[#{call.account}|{call.data}]{stamp}'.encode()
    return b"\n%04X%04X%b\r" % (arc(quoted), len(quoted), quoted)


class Storm:
    """Open loop in one process with epoll and raw sockets."""

    def __init__(self, port: int, calls: list[Call]) -> None:
        self.address, self.calls = ("127.0.0.1", port), calls
        self.poll = select.epoll()
        self.open: dict[int, tuple[socket.socket, Call]] = {}
        self.spent: list[float] = []
        self.bad = self.dialled = 0
        self.hold_up_at = 0.0

    def run(self) -> dict[str, float]:
        self.began, begun = time.perf_counter(), time.time()
        waiting = iter(self.calls)
        following = next(waiting, None)
        while following or self.open:
            now = time.perf_counter() - self.began
            while following and following.at_s <= now:
                self.dial(following)
                following = next(waiting, None)
            self.turn(min(0.005, max(following.at_s - now, 0)) if following else 0.2)
        spent = sorted(self.spent)
        return {
            "messages": len(spent), "seconds": time.perf_counter() - self.began, "bad": self.bad, "began": begun,
            "ended": time.time(), "hold_up_at": self.hold_up_at,
            **{f"p{name}_ms": spent[int(len(spent) * share)] * 1000 for name, share in
               (("50", 0.5), ("99", 0.99), ("99_9", 0.999))},
            "max_ms": spent[-1] * 1000,
        }  # fmt: skip

    def dial(self, call: Call) -> None:
        made = socket.socket()
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: choose the port at connect
        made.bind((f"127.0.0.{2 + self.dialled % SOURCES}", 0))
        self.dialled += 1
        if call.data == "NHA1":
            self.hold_up_at = time.time()
        made.connect_ex(self.address)
        self.open[made.fileno()] = made, call
        self.poll.register(made, select.EPOLLOUT)

    def turn(self, wait_s: float) -> None:
        for number, events in self.poll.poll(wait_s):
            made, call = self.open[number]
            if events & select.EPOLLOUT:
                made.send(frame(call))
                self.poll.modify(number, select.EPOLLIN)
                continue
            answer = made.recv(4096)
            self.spent.append(time.perf_counter() - self.began - call.at_s)
            self.bad += b'"ACK"' not in answer
            self.poll.unregister(number)
            made.close()
            del self.open[number]


def main() -> None:
    port, panels, seconds, shape = sys.argv[1:]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.stdout.write(json.dumps(Storm(int(port), plan(int(panels), float(seconds), shape)).run()) + "\n")


if __name__ == "__main__":
    main()
