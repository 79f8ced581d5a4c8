"""The place of one answer in the queue of its connection; the receipt of what the request brought."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from canh.gateway.webhook.answer import Answer, Fault, refuse
from canh.gateway.webhook.http import Request


class Queue(Protocol):
    """The connection that a slot belongs to."""

    host: str
    peer: str

    def flush(self, ready: Slot) -> None:
        """Send what may be sent, now that this slot is ready."""


def _nothing() -> None:
    pass


class Slot:
    """One request that waits for its answer."""

    __slots__ = ("answer", "is_ready", "on_kept", "queue", "received_at", "request")

    def __init__(self, queue: Queue, request: Request, received_at: int) -> None:
        self.queue, self.request, self.received_at = queue, request, received_at
        self.answer: Answer | None = None
        self.is_ready = False
        self.on_kept: Callable[[], None] = _nothing
        """What else is to be done once it is on the disk."""

    def say(self, answer: Answer) -> None:
        """Answer at once: nothing of it waits for the disk."""
        self.answer, self.is_ready = answer, True
        self.queue.flush(self)

    def keep(self) -> None:
        self.on_kept()
        self.is_ready = True
        self.queue.flush(self)

    def lose(self) -> None:
        self.say(refuse(503, Fault("not_kept")))
