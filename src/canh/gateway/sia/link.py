"""One connection of a panel: its bytes, its unanswered messages, its answers.

Answers leave in the order in which the messages came, polls too. DC-09 would allow any order, since
an answer names its message; but many panels do not compare numbers, and would take the early
answer to a poll for that of an alarm which is not on the disk yet.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

from canh.gateway.sia.clerk import Clerk
from canh.gateway.sia.frame import Bad, Frame, Splitter
from canh.gateway.sia.replay import Trace
from canh.gateway.sia.slot import Slot
from canh.kit import clock


class Link(asyncio.Protocol):
    """Between the transport and the clerk."""

    def __init__(self, clerk: Clerk) -> None:
        self.clerk, self.desk = clerk, clerk.desk
        self.host = self.peer = ""
        self._transport: asyncio.Transport | None = None
        self._splitter = Splitter()
        self._slots: deque[Slot] = deque()
        self._answered: list[Trace] = []
        self._is_paused = self._is_choked = self._is_ending = self._is_advancing = False
        self._opened_at = self.desk.loop.time()
        self._frame_at: float | None = None
        self._partial_at: float | None = None

    # -- the transport speaks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername") or ("", 0)
        self.host, self.peer = name[0], f"{name[0]}:{name[1]}"
        if not self.desk.connections.admit(self):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._answered:
            self._note_taken()
        self._splitter.feed(data)
        self.advance()

    def pause_writing(self) -> None:
        """The panel does not read its answers: take nothing more from it."""
        self._is_choked = True
        self._pause(True)

    def resume_writing(self) -> None:
        self._is_choked = False
        self.advance()

    def eof_received(self) -> bool:
        """The panel has said all it will; what it is owed still goes out."""
        self._note_taken()
        self._is_ending = True
        return bool(self._slots)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self.desk.connections.dismiss(self)
        self.desk.waiting.discard(self)

    # -- the desk and the slots speak

    def advance(self) -> None:
        """Take what has been received, as far as unanswered messages leave room."""
        self._is_advancing = True
        is_held = self._is_paused and self._is_held()
        while not is_held and (item := self._splitter.next()) is not None:
            self._take(item)
            is_held = self._is_held()
        self._is_advancing = False
        if is_held != self._is_paused:
            self._pause(is_held)
        if self._partial_at is not None or self._splitter.is_partial:
            self._mind_partial()

    def flush(self, ready: Slot) -> None:
        """Send the answers that are ready, up to the first that is not."""
        slots, transport = self._slots, self._transport
        if slots[0] is not ready:
            return
        answers = b""
        while slots and slots[0].is_ready:
            answers += self._answer(slots.popleft())
        if transport is not None and answers:
            transport.write(answers)
        if self._is_paused and not self._is_advancing:
            self.advance()
        if self._is_ending and not slots and transport is not None:
            transport.close()

    def is_overdue(self, now_s: float) -> bool:
        limits = self.desk.limits
        if self._slots or self._is_paused:
            return False  # it waits for us
        if self._partial_at is not None and now_s - self._partial_at > limits.partial_s:
            return True
        if self._frame_at is None:
            return now_s - self._opened_at > limits.first_frame_s
        return now_s - self._frame_at > limits.idle_s

    def end(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # -- inside

    def _take(self, item: Frame | Bad) -> None:
        received_at = clock.now_us()
        if isinstance(item, Bad):
            self.clerk.refuse(item, self.host, self.peer, received_at)
            return
        self._frame_at = self.desk.loop.time()
        slot = Slot(self, item, received_at)
        self._slots.append(slot)
        self.desk.unanswered += 1
        self.clerk.take(slot)

    def _answer(self, slot: Slot) -> bytes:
        self.desk.unanswered -= 1
        if slot.trace is not None:
            self._answered.append(slot.trace)
        return self.clerk.answer(slot)

    def _note_taken(self) -> None:
        """It went on after our answers: it has them, and no reason to send the same again (replay.py)."""
        for trace in self._answered:
            trace.is_taken = True
        self._answered.clear()

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
        if not self._splitter.is_partial or self._is_paused:
            self._partial_at = None
        elif self._partial_at is None:
            self._partial_at = self.desk.loop.time()
