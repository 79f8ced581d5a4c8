"""One connection with a receiver, whoever dialled: its frames, and the answers in their order."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from typing import cast

from canh.gateway.receiver import content
from canh.gateway.receiver.clerk import Clerk
from canh.gateway.receiver.course import Case, Course
from canh.gateway.receiver.frame import Frame, Splitter
from canh.gateway.receiver.slot import ACK, NAK, Slot
from canh.kit import clock

MAX_NAKS = 3
"""So often a damaged frame is asked for again; then it is acknowledged, kept as it came. Else a receiver that can
send it no better would never come to the messages behind it."""
SILENT_S = 300
"""A connection with heartbeats that has gone quiet is dead: they come every 99 s at the latest."""


class Link(asyncio.Protocol):
    """Between the transport and the clerk. `host` is given where we dialled: what the operator calls it."""

    def __init__(self, clerk: Clerk, host: str = "", on_lost: Callable[[], None] | None = None) -> None:
        self.clerk, self.desk = clerk, clerk.desk
        self.host, self.peer = host, ""
        self.has_spoken = False
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._splitter = Splitter()
        self._course = Course()
        self._slots: deque[Slot] = deque()
        self._is_paused = self._is_choked = self._is_ending = self._is_advancing = self._is_lost = False
        self._has_heartbeat = False
        self._naks = 0
        self._opened_at = self.desk.loop.time()
        self._frame_at: float | None = None
        self._partial_at: float | None = None

    # -- the transport speaks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername") or ("", 0)
        self.host = self.host or name[0]
        self.peer = f"{self.host}:{name[1]}"
        if (line := transport.get_extra_info("socket")) is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._course = Course(self.clerk.unsure_of(self.host))
        if not self.desk.connections.admit(self):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._splitter.feed(data)
        self.advance()

    def pause_writing(self) -> None:
        self._is_choked = True
        self._pause(True)

    def resume_writing(self) -> None:
        self._is_choked = False
        self.advance()

    def eof_received(self) -> bool:
        self._is_ending = True
        return bool(self._slots)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self.clerk.leave(self.host, self._course.lost(self._is_ending and error is None))
        self.desk.connections.dismiss(self)
        self.desk.waiting.discard(self)
        if self._on_lost is not None:
            self._on_lost()

    # -- the desk and the slots speak

    def advance(self) -> None:
        """Take what has been received, as far as unanswered messages leave room."""
        self._is_advancing = True
        is_held = self._is_held()
        while not is_held and not self._is_lost and (frame := self._splitter.next()) is not None:
            self._take(frame)
            is_held = self._is_held()
        self._is_advancing = False
        if is_held != self._is_paused:
            self._pause(is_held)
        self._mind_partial()

    def flush(self, ready: Slot) -> None:
        """Send the answers that are ready, up to the first that is not."""
        slots, transport = self._slots, self._transport
        if not slots or slots[0] is not ready:
            return
        answers = b""
        while slots and slots[0].is_ready:
            answers += self._answer(slots.popleft())
        if transport is not None and not self._is_lost:
            transport.write(answers)
        if self._is_paused and not self._is_advancing:
            self.advance()
        if self._is_ending and not slots and transport is not None:
            transport.close()

    def give_up(self) -> None:
        self._is_lost = True
        self.desk.unanswered -= len(self._slots)
        self._slots.clear()
        self.hang_up()

    def is_overdue(self, now_s: float) -> bool:
        limits = self.desk.limits
        if self._slots or self._is_paused:
            return False  # it waits for us
        if self._partial_at is not None and now_s - self._partial_at > limits.partial_s:
            return True
        if self._frame_at is None:
            return now_s - self._opened_at > limits.first_frame_s
        return now_s - self._frame_at > (min(SILENT_S, limits.idle_s) if self._has_heartbeat else limits.idle_s)

    def end(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # -- inside

    def _take(self, frame: Frame) -> None:
        now_s = self._frame_at = self.desk.loop.time()
        slot = Slot(self, frame, clock.now_us())
        if frame.is_damaged and self._naks < MAX_NAKS:
            self._naks += 1
            self._queue(slot)
            self.clerk.ask_again(slot)
            return
        self._naks, self.has_spoken = 0, True
        message = content.read(frame)
        if message.is_heartbeat:
            self._has_heartbeat = True
            self._queue(slot)
            self.clerk.take(slot, message, Case.NEW)
            return
        case, slot.message = self._course.take(frame.raw, f"{self.peer} {slot.received_at}", now_s)
        if case is Case.WAITING:
            self.desk.counts["receiver_repeats"] += 1  # the very bytes are on their way to the disk
            return
        if case is not Case.CROSSED:
            self._queue(slot)
        self.clerk.take(slot, message, case)

    def _queue(self, slot: Slot) -> None:
        self._slots.append(slot)
        self.desk.unanswered += 1

    def _answer(self, slot: Slot) -> bytes:
        self.desk.unanswered -= 1
        self.desk.counts["nak" if slot.answer is NAK else "acked"] += 1
        if slot.message is not None:
            self._course.answer(slot.message, self.desk.loop.time())
        answer = slot.answer if slot.answer is NAK else ACK
        return b"\0\0\0\x05" + answer if slot.frame.has_header else answer

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
