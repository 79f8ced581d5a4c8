"""One TCP connection of any door: takes what comes as far as there is room, answers in the order of arrival.

A door says how bytes become messages (`feed`, `take_next`, `is_partial`) and what a message is answered (`answer`);
admission, back-pressure, deadlines and the order of answers are the same for all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, Protocol, TypeVar, cast

from canh.gateway.desk import Desk


class Place(Protocol):
    """The place of one answer in the queue of its connection."""

    is_ready: bool


P = TypeVar("P", bound=Place)


class Stream(asyncio.Protocol, Generic[P]):
    """Between the transport and a door's clerk. `host` is given where we dialled: what the operator calls it."""

    def __init__(self, desk: Desk, host: str = "") -> None:
        self.desk, self.host, self.peer = desk, host, ""
        self.transport: asyncio.Transport | None = None
        self.slots: deque[P] = deque()
        self.is_ending = False
        """Nothing more is expected; what is owed still goes out."""
        self.message_at: float | None = None
        """When the last whole message began to be taken."""
        self.partial_at: float | None = None
        self._is_paused = self._is_choked = self._is_advancing = False
        self._opened_at = desk.loop.time()

    # -- what a door fills in

    def feed(self, data: bytes) -> None:
        """Bytes have come."""
        raise NotImplementedError

    def take_next(self) -> bool:
        """Take one message of what was fed; False when none is whole."""
        raise NotImplementedError

    @property
    def is_partial(self) -> bool:
        """Whether a message has begun that is not whole."""
        raise NotImplementedError

    def answer(self, slot: P) -> bytes:
        """What a message that is ready is answered; b"": nothing."""
        raise NotImplementedError

    def part(self) -> None:
        """The sender is done and has all it is owed."""
        self.hang_up()

    @property
    def idle_s(self) -> float:
        """So long the connection may say nothing between two messages."""
        return self.desk.limits.idle_s

    # -- the transport speaks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername") or ("", 0)
        self.host = self.host or name[0]
        self.peer = f"{self.host}:{name[1]}"
        if not self.desk.connections.admit(self):
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self.feed(data)
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
        self.is_ending = True
        return bool(self.slots)

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        self.desk.connections.dismiss(self)
        self.desk.waiting.discard(self)

    # -- the desk and the slots speak

    def advance(self) -> None:
        """Take what has been received, as far as unanswered messages leave room."""
        self._is_advancing = True
        is_held = self._is_paused and self._is_held()
        while not is_held and self.take_next():
            is_held = self._is_held()
        self._is_advancing = False
        if is_held != self._is_paused:
            self._pause(is_held)
        self._mind_partial()

    def flush(self, ready: P) -> None:
        """Send the answers that are ready, up to the first that is not."""
        slots = self.slots
        if not slots or slots[0] is not ready:
            return
        answers = b""
        while slots and slots[0].is_ready:
            self.desk.unanswered -= 1
            answers += self.answer(slots.popleft())
        if self.transport is not None and answers:
            self.transport.write(answers)
        if self._is_paused and not self._is_advancing:
            self.advance()
        if self.is_ending and not slots:
            self.part()

    def is_overdue(self, now_s: float) -> bool:
        limits = self.desk.limits
        if self.slots or self._is_paused:
            return False  # it waits for us
        if self.partial_at is not None and now_s - self.partial_at > limits.partial_s:
            return True
        if self.message_at is None:
            return now_s - self._opened_at > limits.first_frame_s
        return now_s - self.message_at > self.idle_s

    def end(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    # -- for the door

    def queue(self, slot: P) -> None:
        """It will be answered in its turn."""
        self.slots.append(slot)
        self.desk.unanswered += 1

    # -- inside

    def _is_held(self) -> bool:
        desk = self.desk
        return self._is_choked or len(self.slots) >= desk.limits.unanswered or desk.is_held(self)

    def _pause(self, is_held: bool) -> None:
        self._is_paused = is_held
        if self.transport is None or self.transport.is_closing():
            return
        if is_held:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _mind_partial(self) -> None:
        if self._is_paused or not self.is_partial:
            self.partial_at = None
        elif self.partial_at is None:
            self.partial_at = self.desk.loop.time()
