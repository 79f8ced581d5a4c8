"""One connection of a program: its bytes, its requests, the answers in their order."""

from __future__ import annotations

from canh.gateway.stream import Stream
from canh.gateway.webhook.answer import CONTINUE, Fault, refuse
from canh.gateway.webhook.clerk import MAX_HELD, Clerk
from canh.gateway.webhook.http import Reader, Refusal, Request
from canh.gateway.webhook.slot import Slot
from canh.kit import clock


class Link(Stream[Slot]):
    """Between the transport and the clerk."""

    def __init__(self, clerk: Clerk) -> None:
        super().__init__(clerk.desk)
        self.clerk = clerk
        self._reader = Reader()
        self._is_parting = False
        self._last_words = b""
        """Sent after all other answers, then nothing more is read."""
        self._held = 0

    def feed(self, data: bytes) -> None:
        if not self.is_ending:  # after the last answer the sender may still be talking
            self._reader.feed(data)

    def take_next(self) -> bool:
        if self.is_ending or (item := self._reader.next()) is None:
            return False
        self._take(item)
        return True

    @property
    def is_partial(self) -> bool:
        return self._reader.is_partial

    def answer(self, slot: Slot) -> bytes:
        answer = slot.answer or refuse(500, Fault("our_fault"))
        self.desk.counts[f"webhook_{answer.status}"] += 1
        return answer.encode(slot.request.keeps_alive, is_bare=slot.request.method == "HEAD")

    def advance(self) -> None:
        super().advance()
        self._mind_body()

    def connection_lost(self, error: Exception | None) -> None:
        self._hold(0)
        super().connection_lost(error)

    def part(self) -> None:
        """Close after the last answer; a sender that still talks is left to the sweep, so that it can read why."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if not self._last_words:
            transport.close()
        elif not self._is_parting:
            transport.write(self._last_words)
            transport.write_eof()
            self._is_parting, self.partial_at = True, self.desk.loop.time()

    def _take(self, item: Request | Refusal) -> None:
        if isinstance(item, Refusal):
            self.clerk.refuse(item, self.host, self.peer)
            self._stop(item.status, item.saying)
            return
        self.message_at = self.desk.loop.time()
        slot = Slot(self, item, clock.now_us())
        self.queue(slot)
        self.is_ending = self.is_ending or not item.keeps_alive
        self.clerk.take(slot)

    def _stop(self, status: int, saying: str) -> None:
        """Nothing more can be understood on this connection."""
        self.is_ending = True
        self._last_words = refuse(status, Fault(saying)).encode(False)
        if not self.slots:
            self.part()

    def _mind_body(self) -> None:
        """All bodies together must not fill the memory; and who waits for leave to send its body gets it."""
        self._hold(self._reader.held)
        if self.clerk.held > MAX_HELD and self._held:
            self._hold(0)
            self._reader = Reader()
            self._stop(503, "not_kept")
        elif self._reader.wants_continue:
            self._reader.wants_continue = False
            if self.transport is not None and not self.is_ending and not self.slots:
                self.transport.write(CONTINUE)

    def _hold(self, size: int) -> None:
        self.clerk.held += size - self._held
        self._held = size

    def _mind_partial(self) -> None:
        if not self._is_parting:
            super()._mind_partial()
