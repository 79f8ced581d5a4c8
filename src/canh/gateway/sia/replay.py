"""Sealed messages that come a second time: who sends them again, the panel or somebody else?

A sealed message is known by the end of its ciphertext: the last block of CBC hangs on key, pad, content and
time stamp, so it is equal for the same message only. What stands outside the seal (number, receiver, line)
can be changed by anybody. The rule and its reasons: docs/decisions/0014-replay.md.
"""

from __future__ import annotations

from collections import OrderedDict

from canh.gateway.sia.frame import Frame, parse

RETRY_US = 180_000_000  # a panel repeats for so long: the window of repeats (intake/data/windows.toml)
MOMENT_US = 5_000_000  # one event told on two paths at once, by a panel whose pad never changes
MAX_TRACES = 50_000  # 20,000 sealed paths polling every 90 s leave 40,000 in RETRY_US
TAIL = 32  # hex digits of a block


class Trace:
    """A sealed message that was accepted."""

    __slots__ = ("at_us", "echo", "host", "is_taken")

    def __init__(self, at_us: int, echo: str, host: str) -> None:
        self.at_us, self.echo, self.host = at_us, echo, host
        self.is_taken = False
        """Its sender went on after our answer: it has it."""


def is_replay(before: Trace, echo: str, host: str, now_us: int) -> bool:
    """Whether somebody else sends again what was accepted before. Pure."""
    age_us = now_us - before.at_us
    if age_us > RETRY_US:
        return True  # no panel repeats for so long with an old stamp, after it was accepted
    if echo != before.echo:
        return age_us > MOMENT_US  # under another number or path: a panel would seal it anew
    return host != before.host and before.is_taken


def tail_of(frame: Frame) -> bytes:
    return frame.body[-TAIL:].upper()


def host_of(peer: str) -> str:
    """The address without its port."""
    return peer.rpartition(":")[0]


def echo_of(raw: bytes) -> str:
    """The echo of a frame as the journal keeps it."""
    found = parse(raw)
    return found.echo if isinstance(found, Frame) else ""


class Memory:
    """The sealed messages accepted of late; the oldest are forgotten."""

    def __init__(self, limit: int = MAX_TRACES) -> None:
        self._limit = limit
        self._traces: OrderedDict[tuple[str, bytes], Trace] = OrderedDict()

    def __len__(self) -> int:
        return len(self._traces)

    def recall(self, frame: Frame) -> Trace | None:
        """The first acceptance of this message."""
        return self._traces.get((frame.account, tail_of(frame)))

    def note(self, frame: Frame, host: str, now_us: int) -> Trace:
        """It was accepted."""
        traces = self._traces
        while traces and (len(traces) >= self._limit or now_us - next(iter(traces.values())).at_us > RETRY_US):
            traces.popitem(last=False)
        return traces.setdefault((frame.account, tail_of(frame)), Trace(now_us, frame.echo, host))
