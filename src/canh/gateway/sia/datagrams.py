"""DC-09 over UDP: datagrams in, answers to where they came from.

A datagram holds whole messages, mostly one. Anybody can forge its sender, so nothing is remembered of a sender
but what it is owed, and that is bounded: by address, by sender, by all.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any, cast

from canh.gateway.limits import Quota
from canh.gateway.sia.clerk import Clerk
from canh.gateway.sia.frame import GARBAGE, Bad, Frame, Splitter, parse
from canh.gateway.sia.slot import Slot
from canh.intake.terms import Dialect
from canh.kit import clock

log = logging.getLogger(__name__)


class Sender:
    """What one address and port is owed, in the order of its messages: many panels do not compare numbers."""

    __slots__ = ("_port", "address", "host", "peer", "slots")

    def __init__(self, port: Datagrams, address: tuple[Any, ...]) -> None:
        self._port, self.address = port, address
        self.host, self.peer = address[0], f"{address[0]}:{address[1]}"
        self.slots: deque[Slot] = deque()

    def flush(self, ready: Slot) -> None:
        """Send the answers that are ready, up to the first that is not."""
        slots = self.slots
        while slots and slots[0].is_ready:
            self._port.send(slots.popleft(), self.address)
        if not slots:
            self._port.forget(self.address)


class Datagrams(asyncio.DatagramProtocol):
    """The UDP side of the door."""

    def __init__(self, clerk: Clerk) -> None:
        self.clerk, self.desk = clerk, clerk.desk
        self._per_host = Quota(self.desk.limits.datagrams_per_s, 1)
        self._senders: dict[tuple[Any, ...], Sender] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._is_choked = self._is_shut = False

    def __len__(self) -> int:
        """Senders that are owed an answer."""
        return len(self._senders)

    # -- the transport speaks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[Any, ...]) -> None:
        if self._is_shut or not self._per_host.allows(address[0], self.desk.loop.time()):
            self.desk.counts["datagrams_dropped"] += 1
            return
        sender = self._senders.get(address) or Sender(self, address)
        splitter = Splitter()
        splitter.feed(data)
        while (item := splitter.next()) is not None:
            self._take(sender, item)
        if splitter.is_partial:
            self._take(sender, _last(splitter.rest))

    def error_received(self, error: Exception) -> None:
        """A sender that is gone, or never was: it has lost an answer, nobody else has."""
        log.debug("an answer by UDP did not arrive: %s", error)

    def pause_writing(self) -> None:
        self._is_choked = True

    def resume_writing(self) -> None:
        self._is_choked = False

    # -- the door and the senders speak

    def shut(self) -> None:
        """Take nothing new; what was received is still answered."""
        self._is_shut = True

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def send(self, slot: Slot, address: tuple[Any, ...]) -> None:
        self.desk.unanswered -= 1
        answer = self.clerk.answer(slot)
        if answer and self._transport is not None and not self._is_choked:
            self._transport.sendto(answer, address)

    def forget(self, address: tuple[Any, ...]) -> None:
        self._senders.pop(address, None)

    # -- inside

    def _take(self, sender: Sender, item: Frame | Bad) -> None:
        received_at, desk = clock.now_us(), self.desk
        if isinstance(item, Bad):
            self.clerk.refuse(item, sender.host, sender.peer, received_at)
        elif len(sender.slots) >= desk.limits.unanswered or desk.unanswered >= desk.limits.unanswered_total:
            desk.counts["datagrams_dropped"] += 1  # no socket keeps it: the panel sends it again
        else:
            slot = Slot(sender, item, received_at)
            sender.slots.append(slot)
            self._senders[sender.address] = sender
            desk.unanswered += 1
            self.clerk.take(slot)


def _last(rest: bytes) -> Frame | Bad:
    """What stands at the end of a datagram without a CR: a message all the same when its length and checksum
    prove that nothing is missing."""
    found = parse(rest, Dialect.NO_CR.value)
    if isinstance(found, Frame) and Dialect.NO_LENGTH in found.dialect:
        return Bad(rest, GARBAGE)
    return found
