"""One connection of a panel: its bytes, its unanswered messages, its answers.

Answers leave in the order in which the messages came, polls too. DC-09 would allow any order, since
an answer names its message; but many panels do not compare numbers, and would take the early
answer to a poll for that of an alarm which is not on the disk yet.
"""

from __future__ import annotations

from canh.gateway.sia.clerk import Clerk
from canh.gateway.sia.frame import Bad, Splitter
from canh.gateway.sia.replay import Trace
from canh.gateway.sia.slot import Slot
from canh.gateway.stream import Stream
from canh.kit import clock


class Link(Stream[Slot]):
    """Between the transport and the clerk."""

    def __init__(self, clerk: Clerk) -> None:
        super().__init__(clerk.desk)
        self.clerk = clerk
        self._splitter = Splitter()
        self._answered: list[Trace] = []

    def feed(self, data: bytes) -> None:
        if self._answered:
            self._note_taken()
        self._splitter.feed(data)

    def take_next(self) -> bool:
        item = self._splitter.next()
        if item is None:
            return False
        received_at = clock.now_us()
        if isinstance(item, Bad):
            self.clerk.refuse(item, self.host, self.peer, received_at)
            return True
        self.message_at = self.desk.loop.time()
        slot = Slot(self, item, received_at)
        self.queue(slot)
        self.clerk.take(slot)
        return True

    @property
    def is_partial(self) -> bool:
        return self._splitter.is_partial

    def answer(self, slot: Slot) -> bytes:
        if slot.trace is not None:
            self._answered.append(slot.trace)
        return self.clerk.answer(slot)

    def eof_received(self) -> bool:
        self._note_taken()
        return super().eof_received()

    def _note_taken(self) -> None:
        """It went on after our answers: it has them, and no reason to send the same again (replay.py)."""
        for trace in self._answered:
            trace.is_taken = True
        self._answered.clear()
