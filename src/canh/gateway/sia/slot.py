"""The place of one answer in the queue of its connection; the receipt of its journal entry."""

from __future__ import annotations

from typing import Protocol

from canh.gateway.sia.frame import Frame
from canh.gateway.sia.replay import Trace
from canh.gateway.sia.reply import Answer
from canh.gateway.sia.stamp import STANDARD


class Queue(Protocol):
    """The connection, or the sender of datagrams, that a slot belongs to."""

    host: str
    peer: str

    def flush(self, ready: Slot) -> None:
        """Send what may be sent, now that this slot is ready."""


class Slot:
    """One message that waits for its answer."""

    __slots__ = ("answer", "frame", "is_ready", "key", "queue", "reading", "received_at", "trace")

    def __init__(self, queue: Queue, frame: Frame, received_at: int) -> None:
        self.queue, self.frame, self.received_at = queue, frame, received_at
        self.answer = Answer.SILENCE
        self.key: bytes | None = None
        self.reading = STANDARD
        self.trace: Trace | None = None
        """Of a sealed message that was accepted."""
        self.is_ready = False

    def keep(self) -> None:
        """It may be answered."""
        self.is_ready = True
        self.queue.flush(self)

    def lose(self) -> None:
        """It must not be answered; it gives its place to the next."""
        self.answer = Answer.SILENCE
        self.keep()
