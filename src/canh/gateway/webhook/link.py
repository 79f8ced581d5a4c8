"""One connection of a program: its bytes, its requests, the answers in their order."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

from canh.gateway.webhook.answer import CONTINUE, Fault, refuse
from canh.gateway.webhook.clerk import MAX_HELD, Clerk
from canh.gateway.webhook.http import Reader, Refusal, Request
from canh.gateway.webhook.slot import Slot
from canh.kit import clock


class Link(asyncio.Protocol):
    """Between the transport and the clerk."""

    def __init__(self, clerk: Clerk) -> None:
        self.clerk, self.desk = clerk, clerk.desk
        self.host = self.peer = ""
        self._transport: asyncio.Transport | None = None
        self._reader = Reader()
        self._slots: deque[Slot] = deque()
        self._is_paused = self._is_choked = self._is_ending = self._is_advancing = self._is_parting = False
        self._last_words = b""
        """Sent after all other answers, then nothing more is read."""
        self._held = 0
        self._opened_at = self.desk.loop.time()
        self._request_at: float | None = None
        self._partial_at: float | None = None

    # -- the transport speaks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername") or ("", 0)
        self.host, self.peer = name[0], f"{name[0]}:{name[1]}"
        if not self.desk.connections.admit(self):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self._is_ending:  # after the last answer the sender may still be talking
            self._reader.feed(data)
            self.advance()

    def pause_writing(self) -> None:
        """The sender does not read its answers: take nothing more from it."""
        self._is_choked = True
        self._pause(True)

    def resume_writing(self) -> None:
        self._is_choked = False
        self.advance()

    def eof_received(self) -> bool:
        """The sender has said all it will; what it is owed still goes out."""
        self._is_ending = True
        return bool(self._slots)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._hold(0)
        self.desk.connections.dismiss(self)
        self.desk.waiting.discard(self)

    # -- the desk and the slots speak

    def advance(self) -> None:
        """Take what has been received, as far as unanswered requests leave room."""
        self._is_advancing = True
        is_held = self._is_held()
        while not is_held and not self._is_ending and (item := self._reader.next()) is not None:
            self._take(item)
            is_held = self._is_held()
        self._is_advancing = False
        self._mind_body()
        if is_held != self._is_paused:
            self._pause(is_held)
        self._mind_partial()

    def flush(self, ready: Slot) -> None:
        """Send the answers that are ready, up to the first that is not."""
        slots, transport = self._slots, self._transport
        if slots[0] is not ready:
            return
        answers = b""
        while slots and slots[0].is_ready:
            answers += self._answer(slots.popleft())
        if transport is not None:
            transport.write(answers)
        self._part()
        if self._is_paused and not self._is_advancing:
            self.advance()

    def is_overdue(self, now_s: float) -> bool:
        limits = self.desk.limits
        if self._slots or self._is_paused:
            return False  # it waits for us
        if self._partial_at is not None and now_s - self._partial_at > limits.partial_s:
            return True
        if self._request_at is None:
            return now_s - self._opened_at > limits.first_frame_s
        return now_s - self._request_at > limits.idle_s

    def end(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # -- inside

    def _take(self, item: Request | Refusal) -> None:
        if isinstance(item, Refusal):
            self.clerk.refuse(item, self.host, self.peer)
            self._stop(item.status, item.saying)
            return
        self._request_at = self.desk.loop.time()
        slot = Slot(self, item, clock.now_us())
        self._slots.append(slot)
        self.desk.unanswered += 1
        self._is_ending = self._is_ending or not item.keeps_alive
        self.clerk.take(slot)

    def _answer(self, slot: Slot) -> bytes:
        self.desk.unanswered -= 1
        answer = slot.answer or refuse(500, Fault("our_fault"))
        self.desk.counts[f"webhook_{answer.status}"] += 1
        return answer.encode(slot.request.keeps_alive, is_bare=slot.request.method == "HEAD")

    def _stop(self, status: int, saying: str) -> None:
        """Nothing more can be understood on this connection."""
        self._is_ending = True
        self._last_words = refuse(status, Fault(saying)).encode(False)
        self._part()

    def _part(self) -> None:
        """Close after the last answer; a sender that still talks is left to the sweep, so that it can read why."""
        transport = self._transport
        if not self._is_ending or self._slots or transport is None or transport.is_closing():
            return
        if not self._last_words:
            transport.close()
        elif not self._is_parting:
            transport.write(self._last_words)
            transport.write_eof()
            self._is_parting, self._partial_at = True, self.desk.loop.time()

    def _mind_body(self) -> None:
        """All bodies together must not fill the memory; and who waits for leave to send its body gets it."""
        self._hold(self._reader.held)
        if self.clerk.held > MAX_HELD and self._held:
            self._hold(0)
            self._reader = Reader()
            self._stop(503, "not_kept")
        elif self._reader.wants_continue:
            self._reader.wants_continue = False
            if self._transport is not None and not self._is_ending and not self._slots:
                self._transport.write(CONTINUE)

    def _hold(self, size: int) -> None:
        self.clerk.held += size - self._held
        self._held = size

    def _is_held(self) -> bool:
        desk = self.desk
        return self._is_choked or len(self._slots) >= desk.limits.unanswered or desk.is_held(self)

    def _pause(self, is_held: bool) -> None:
        self._is_paused = is_held
        if self._transport is None or self._transport.is_closing():
            return
        if is_held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _mind_partial(self) -> None:
        if self._is_parting:
            return
        if not self._reader.is_partial or self._is_paused:
            self._partial_at = None
        elif self._partial_at is None:
            self._partial_at = self.desk.loop.time()
