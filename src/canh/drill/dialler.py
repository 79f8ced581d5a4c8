"""A panel's dialler: says one message after another over TCP and makes sure each was stored."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from canh.drill.dc09 import (
    LONGEST_REPLY,
    Answer,
    BadReply,
    Message,
    Reply,
    Sender,
    encode,
    read_reply,
)
from canh.kit import clock

LAST_NUMBER = 9999


class DialError(Exception):
    """A message could not be brought to the receiver."""


class NoConnection(DialError):
    """Nobody listens there, or the network is down. Nothing was sent."""


class NoReply(DialError):
    """Sent, but no reply came in time or the line was cut. The receiver may have it."""


class WrongReply(DialError):
    """A reply came, but it is damaged or belongs to another message. The receiver may have it."""


class ClockRefused(DialError):
    """The receiver refuses the time of the message (NAK), even after its own time was taken over."""


class NotProcessed(DialError):
    """The receiver cannot process the message (DUH); repeating it is forbidden."""


@dataclass(frozen=True, slots=True)
class Line:
    """Where to dial and how patiently."""

    host: str
    port: int
    keeps: bool = False
    """Keep the connection for the next message; else one connection per message."""
    retry_s: float = 20.0
    """Say it again when no reply came within this time. DC-09 C.1.3.15: 5 to 60 s."""
    tries: int = 3
    connect_s: float = 5.0


def first_number() -> int:
    """Where a dialler begins to count: seconds of the clock, so that a restart does not repeat numbers.

    It would meet its old ones only after more than a message a second, or 2.8 hours later.
    """
    return clock.now_us() // 1_000_000 % LAST_NUMBER + 1


class Dialler:
    """One panel. Its messages go in order: the next waits until the one before is stored."""

    def __init__(
        self,
        sender: Sender,
        line: Line,
        *,
        start: int | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.sender = sender
        self.line = line
        self.clock_error = timedelta(0)
        """What a NAK taught: the receiver's time minus ours."""
        self._next = first_number() if start is None else start
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def take_number(self) -> int:
        """The next sequence number, 1 to 9999 and then 1. One event keeps its number through all tries."""
        number = self._next
        self._next = number % LAST_NUMBER + 1
        return number

    async def poll(self) -> Reply:
        """Say that the panel lives. Raises DialError."""
        return await self.send(Message("NULL", 0))

    async def send(self, message: Message) -> Reply:
        """Bring a message to the receiver; returns when it is stored. Raises DialError.

        1. Send, wait for the reply up to `retry_s`.
        2. Reply lost, damaged or not ours: a new line, the same number, `tries` times in all.
        3. NAK: take over the receiver's time, then once more with a new time.
        4. No connection, or DUH: no repetition; the caller decides.
        """
        async with self._turn:
            reply = await self._insist(message)
            if reply.answer is Answer.NAK and reply.at is not None:
                self.clock_error = reply.at - clock.now()
                reply = await self._insist(message)
        if reply.answer is Answer.NAK:
            raise ClockRefused(f"{self.sender.account}: the receiver refuses our time")
        if reply.answer is Answer.DUH:
            raise NotProcessed(f"{self.sender.account}: the receiver cannot process {message.content or 'NULL'}")
        return reply

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            writer, self._streams = self._streams[1], None
            writer.close()
            with contextlib.suppress(OSError):  # the other side was faster
                await writer.wait_closed()

    async def _insist(self, message: Message) -> Reply:
        """The same bytes each time, so that the receiver knows a repetition when it meets one."""
        frame = encode(message, self.sender, clock.now() + self.clock_error)
        for attempt in range(self.line.tries):
            started = asyncio.get_running_loop().time()
            try:
                return await self._once(frame, message)
            except (NoReply, WrongReply):
                if attempt + 1 == self.line.tries:
                    raise
                spent = asyncio.get_running_loop().time() - started
                await self._sleep(max(0.0, self.line.retry_s - spent))
        raise NoReply(f"{self.sender.account}: no try allowed")

    async def _once(self, frame: bytes, message: Message) -> Reply:
        done = False
        reader, writer = await self._connect()
        try:
            async with asyncio.timeout(self.line.retry_s):
                writer.write(frame)
                await writer.drain()
                answer = await reader.readuntil(b"\r")
            reply = self._ours(answer, message)
            done = True
        except (TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            raise NoReply(f"{self.sender.account}: no reply to message {message.number:04d}") from error
        except asyncio.LimitOverrunError as error:
            raise WrongReply(f"{self.sender.account}: the reply does not end") from error
        finally:
            # After a failure a late reply may still come: only a new line keeps it from the next message.
            if not (done and self.line.keeps):
                await self.close()
        return reply

    def _ours(self, frame: bytes, message: Message) -> Reply:
        try:
            reply = read_reply(frame, self.sender)
        except BadReply as error:
            raise WrongReply(f"{self.sender.account}: {error}") from error
        if reply.answer is Answer.NAK:
            return reply  # names no message and no account
        if reply.number != message.number:
            raise WrongReply(
                f"{self.sender.account}: reply for message {reply.number:04d} instead of {message.number:04d}"
            )
        if int(reply.account or "0", 16) != int(self.sender.account, 16):
            raise WrongReply(f"{self.sender.account}: reply for account {reply.account or 'none'}")
        return reply

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None:
            reader, writer = self._streams
            if not (reader.at_eof() or writer.is_closing()):
                return self._streams
            await self.close()
        try:
            async with asyncio.timeout(self.line.connect_s):
                self._streams = await asyncio.open_connection(self.line.host, self.line.port, limit=LONGEST_REPLY)
        except (TimeoutError, OSError) as error:
            raise NoConnection(f"nobody answers at {self.line.host}:{self.line.port}") from error
        return self._streams
