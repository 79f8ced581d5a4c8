"""One connection with a receiver, whoever dialled: its frames, and the answers in their order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from canh.gateway.receiver import content
from canh.gateway.receiver.clerk import Clerk
from canh.gateway.receiver.course import Case, Course
from canh.gateway.receiver.frame import Frame, Splitter
from canh.gateway.receiver.slot import ACK, NAK, Slot
from canh.gateway.stream import Stream
from canh.kit import clock

MAX_NAKS = 3
"""So often a damaged frame is asked for again; then it is acknowledged, kept as it came. Else a receiver that can
send it no better would never come to the messages behind it."""
SILENT_S = 300
"""A connection with heartbeats that has gone quiet is dead: they come every 99 s at the latest."""


class Link(Stream[Slot]):
    """Between the transport and the clerk. `host` is given where we dialled: what the operator calls it."""

    def __init__(self, clerk: Clerk, host: str = "", on_lost: Callable[[], None] | None = None) -> None:
        super().__init__(clerk.desk, host)
        self.clerk = clerk
        self.has_spoken = False
        self._on_lost = on_lost
        self._splitter = Splitter()
        self._course = Course()
        self._is_lost = self._has_heartbeat = False
        self._naks = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if (line := transport.get_extra_info("socket")) is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        super().connection_made(transport)
        self._course = Course(self.clerk.unsure_of(self.host))

    def connection_lost(self, error: Exception | None) -> None:
        self.clerk.leave(self.host, self._course.lost(self.is_ending and error is None))
        super().connection_lost(error)
        if self._on_lost is not None:
            self._on_lost()

    def feed(self, data: bytes) -> None:
        self._splitter.feed(data)

    def take_next(self) -> bool:
        if self._is_lost or (frame := self._splitter.next()) is None:
            return False
        self._take(frame)
        return True

    @property
    def is_partial(self) -> bool:
        return self._splitter.is_partial

    @property
    def idle_s(self) -> float:
        return min(SILENT_S, super().idle_s) if self._has_heartbeat else super().idle_s

    def answer(self, slot: Slot) -> bytes:
        self.desk.counts["nak" if slot.answer is NAK else "acked"] += 1
        if slot.message is not None:
            self._course.answer(slot.message, self.desk.loop.time())
        answer = slot.answer if slot.answer is NAK else ACK
        return b"\0\0\0\x05" + answer if slot.frame.has_header else answer

    def give_up(self) -> None:
        self._is_lost = True
        self.desk.unanswered -= len(self.slots)
        self.slots.clear()
        self.hang_up()

    def _take(self, frame: Frame) -> None:
        now_s = self.message_at = self.desk.loop.time()
        slot = Slot(self, frame, clock.now_us())
        if frame.is_damaged and self._naks < MAX_NAKS:
            self._naks += 1
            self.queue(slot)
            self.clerk.ask_again(slot)
            return
        self._naks, self.has_spoken = 0, True
        message = content.read(frame)
        if message.is_heartbeat:
            self._has_heartbeat = True
            self.queue(slot)
            self.clerk.take(slot, message, Case.NEW)
            return
        case, slot.message = self._course.take(frame.raw, f"{self.peer} {slot.received_at}", now_s)
        if case is Case.WAITING:
            self.desk.counts["receiver_repeats"] += 1  # the very bytes are on their way to the disk
            return
        if case is not Case.CROSSED:
            self.queue(slot)
        self.clerk.take(slot, message, case)
