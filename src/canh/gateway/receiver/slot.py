"""The place of one answer in the queue of its connection; the receipt of its journal entry."""

from __future__ import annotations

from typing import Protocol

from canh.gateway.receiver.course import Last
from canh.gateway.receiver.frame import Frame

ACK, NAK = b"\x06", b"\x15"


class Queue(Protocol):
    """The connection that a slot belongs to."""

    host: str
    peer: str

    def flush(self, ready: Slot) -> None:
        """Send what may be sent, now that this slot is ready."""

    def give_up(self) -> None:
        """Hang up: what is not answered will be sent again."""


class Slot:
    """One frame that waits for its answer."""

    __slots__ = ("answer", "frame", "is_ready", "message", "queue", "received_at")

    def __init__(self, queue: Queue, frame: Frame, received_at: int) -> None:
        self.queue, self.frame, self.received_at = queue, frame, received_at
        self.answer = ACK
        self.is_ready = False
        self.message: Last | None = None

    def keep(self) -> None:
        self.is_ready = True
        self.queue.flush(self)

    def lose(self) -> None:
        """An ACK names no message. If this one stayed without and the next got one, the receiver would take it
        for this; so nothing more is said on this connection."""
        self.queue.give_up()
