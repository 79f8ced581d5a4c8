"""Names of rows that may travel between nodes: 63 bits, growing with time, the node inside.

    41 bits  milliseconds since 2025-01-01 UTC (until 2094)
    12 bits  node: which installation made the row
     4 bits  slot: which process on that node
     6 bits  number within the millisecond

A slot is a locked file, so two processes never share one; beside the lock it keeps the highest
millisecond promised so far, so that a clock set back cannot hand out a name twice.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import threading
import time
from datetime import UTC, datetime
from typing import BinaryIO

from canh.kit import clock, paths

EPOCH_MS = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp() * 1000)
NODE_BITS, SLOT_BITS, NUMBER_BITS = 12, 4, 6
TIME_SHIFT = NODE_BITS + SLOT_BITS + NUMBER_BITS
"""Above these bits an id is a count of milliseconds."""
PROMISE_MS = 10_000  # how far ahead one write to the slot file reserves


class NoSlot(RuntimeError):
    """More processes than slots are running on this node."""


class Mint:
    """Makes ids for one process. Thread-safe."""

    def __init__(self, node: int, slot: int, not_before_ms: int = 0, promise: BinaryIO | None = None) -> None:
        if not 0 <= node < 1 << NODE_BITS:
            raise ValueError(f"node number {node} is not between 0 and {(1 << NODE_BITS) - 1}")
        self._suffix = (node << SLOT_BITS | slot) << NUMBER_BITS
        self._ms = not_before_ms
        self._number = -1
        self._promised = not_before_ms
        self._promise = promise
        self._lock = threading.Lock()

    def new(self) -> int:
        return self.batch(1)[0]

    def batch(self, count: int) -> list[int]:
        """`count` ids in rising order; borrows milliseconds ahead rather than wait."""
        with self._lock:
            made = [self._step() for _ in range(count)]
            if self._ms >= self._promised:
                self._reserve()
            return made

    def _step(self) -> int:
        ms = clock.now_us() // 1000 - EPOCH_MS
        if ms > self._ms:
            self._ms, self._number = ms, 0
        elif self._number + 1 < 1 << NUMBER_BITS:
            self._number += 1
        else:
            self._ms, self._number = self._ms + 1, 0
        return self._ms << TIME_SHIFT | self._suffix | self._number

    def _reserve(self) -> None:
        self._promised = self._ms + PROMISE_MS
        if self._promise is not None:
            self._promise.seek(0)
            self._promise.write(struct.pack(">q", self._promised))
            self._promise.flush()


def node_number() -> int:
    """`CANH_NODE`, else the number written when the installation was made, else 1."""
    if named := os.environ.get("CANH_NODE"):
        if not named.isdecimal() or int(named) >= 1 << NODE_BITS:
            raise SystemExit(f"CANH_NODE={named!r} is not a whole number from 0 to {(1 << NODE_BITS) - 1}")
        return int(named)
    try:
        return int(json.loads((paths.data_root() / "installation.json").read_text())["node"])
    except (FileNotFoundError, KeyError):
        return 1


def _take_slot() -> tuple[int, BinaryIO]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for slot in range(1 << SLOT_BITS):
            handle = open(paths.folder("run", "slots") / str(slot), "a+b", buffering=0)  # noqa: SIM115
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.close()
            else:
                return slot, handle
        time.sleep(0.05)
    raise NoSlot("16 processes of this node are running already; stop one and try again")


def _open_mint() -> Mint:
    slot, handle = _take_slot()
    os.set_inheritable(handle.fileno(), False)
    writer = os.fdopen(os.open(handle.name, os.O_RDWR | os.O_CLOEXEC), "r+b", buffering=0)
    _held.append(handle)
    return Mint(node_number(), slot, _promised_ms(), writer)


def _promised_ms() -> int:
    """The highest millisecond any slot has promised: who starts anew, in whichever slot, goes on after
    all that was ever made, so that "since this id" misses nothing."""
    kept = [path.read_bytes() for path in paths.folder("run", "slots").iterdir()]
    return max((struct.unpack(">q", k[:8])[0] for k in kept if len(k) >= 8), default=0)


_held: list[BinaryIO] = []
_mint: tuple[int, Mint] | None = None
_opening = threading.Lock()


def _current() -> Mint:
    global _mint
    if _mint is None or _mint[0] != os.getpid():
        with _opening:
            if _mint is None or _mint[0] != os.getpid():
                _mint = os.getpid(), _open_mint()
    return _mint[1]


def new_id() -> int:
    """One id, for the default of a primary key."""
    return _current().new()


def new_ids(count: int) -> list[int]:
    """`count` ids at once, for batches."""
    return _current().batch(count)


def minted_at_ms(row_id: int) -> int:
    """When the id was made: milliseconds since 1970 UTC."""
    return (row_id >> TIME_SHIFT) + EPOCH_MS


def first_of_ms(ms: int) -> int:
    """The lowest id that could be made in a millisecond since 1970 UTC: a bound for reading rows by time."""
    return max(0, ms - EPOCH_MS) << TIME_SHIFT


def node_of(row_id: int) -> int:
    return row_id >> (SLOT_BITS + NUMBER_BITS) & ((1 << NODE_BITS) - 1)
