"""What a case may do and ask: send messages, look at the answers. Every question raises Wrong when it is not met."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from canh.drill.conformance import wire
from canh.drill.conformance.line import QUIET_S, Line, Transport
from canh.drill.conformance.wire import Answer, Message, Sent, Wrong

STRANGER = "FADE01"
"""An account that hardly any receiver knows."""


class Talk(AbstractContextManager["Talk"]):
    """One case over one transport with one account."""

    def __init__(
        self, host: str, port: int, transport: Transport, timeout_s: float, account: str, key: bytes | None,
        numbers: Iterator[int],
    ) -> None:  # fmt: skip
        self._to = (host, port, transport, timeout_s)
        self.account, self.key, self._numbers = account, key, numbers
        self.line = Line(*self._to)

    def __exit__(self, *_error: object) -> None:
        self.line.close()

    def redial(self) -> None:
        """A new connection."""
        self.line.close()
        self.line = Line(*self._to)

    def message(self, **parts: Any) -> Sent:
        """A test report under the next number; of a panel with a key, encrypted and stamped."""
        kind = parts.get("kind", wire.SIA)
        number = "0000" if kind in {wire.NULL, wire.XNM} else f"{next(self._numbers):04d}"
        given = {"account": self.account, "key": self.key, "number": number} | parts
        given.setdefault("shift_s", 0.0 if given["key"] else None)
        return wire.make(Message(**given))

    def answer_to(self, sent: Sent) -> Answer:
        """Send and wait. Once more where a datagram may be lost, or the receiver hung up after its last answer,
        as it may."""
        self.line.send(sent.data)
        raw = self.line.receive()
        if raw is None and (self.line.transport is Transport.UDP or self.line.is_ended):
            if self.line.transport is Transport.TCP:
                self.redial()
            self.line.send(sent.data)
            raw = self.line.receive()
        if raw is None:
            raise Wrong("không có trả lời · no answer")
        return wire.read(raw)

    def acked(self, sent: Sent) -> Answer:
        """Sent, and acknowledged by the book."""
        answer = self.answer_to(sent)
        is_ack(answer, sent)
        return answer

    def next_is_ack(self, sent: Sent) -> None:
        """What comes next acknowledges a message sent before."""
        raw = self.line.receive()
        if raw is None:
            raise Wrong("không có trả lời · no answer")
        is_ack(wire.read(raw), sent)

    def silent_about(self, data: bytes) -> None:
        """These bytes get no answer, and the receiver goes on to answer others."""
        self.line.send(data)
        self.meanwhile()
        self.not_answered("phải im lặng, đã trả lời · answered instead of silence")
        if self.line.transport is Transport.TCP:
            self.redial()  # it may hang up, or still wait for the end

    def meanwhile(self) -> None:
        """Another message is acknowledged, over TCP on a connection of its own: what was sent before it must
        have been dealt with, too, however slow the receiver is."""
        before = self.line
        if before.transport is Transport.TCP:
            self.line = Line(*self._to)
        try:
            self.acked(self.message())
        finally:
            if before is not self.line:
                self.line.close()
                self.line = before

    def not_answered(self, complaint: str) -> None:
        raw = self.line.receive(QUIET_S)
        if raw is not None:
            raise Wrong(f"{complaint}: {raw[:40]!r}")

    def nothing_more(self) -> None:
        self.not_answered("trả lời thừa · an answer too many")


def named(answer: Answer, *names: str) -> None:
    if answer.name not in names:
        raise Wrong(f"trả lời {answer.name}, cần {'/'.join(names)} · answered {answer.name}, not {'/'.join(names)}")


def echoes(answer: Answer, sent: Sent) -> None:
    """Number, receiver, line and account as sent; what was left out stays out."""
    got = (answer.number, answer.receiver.upper(), answer.line.upper(), answer.account.upper())
    want = (sent.number, sent.receiver.upper(), sent.line.upper(), f"#{sent.account}".upper())
    if got != want:
        raise Wrong(f"lặp lại {' '.join(got)}, cần {' '.join(want)} · repeats {' '.join(got)}, not {' '.join(want)}")


def is_ack(answer: Answer, sent: Sent) -> None:
    named(answer, "ACK", "RSP")
    echoes(answer, sent)
    if answer.is_encrypted != (sent.key is not None):
        raise Wrong(
            "ACK phải mã hóa khi và chỉ khi tin mã hóa · the ACK must be encrypted if the message was, only then"
        )
    _pad, text = wire.opened(answer, sent.key)
    if answer.is_encrypted and wire.time_in(text) is None:
        raise Wrong("ACK mã hóa thiếu giờ · the encrypted ACK has no time stamp")


def is_nak(answer: Answer) -> None:
    """In clear, number 0000, names nobody, tells the time."""
    named(answer, "NAK")
    in_clear(answer)
    if (answer.number, answer.receiver, answer.line, answer.account) != ("0000", "R0", "L0", "A0"):
        raise Wrong("NAK phải là 0000R0L0A0 · a NAK reads 0000R0L0A0")
    if wire.time_in(wire.opened(answer, None)[1]) is None:
        raise Wrong("NAK thiếu giờ của bộ thu · the NAK does not tell the receiver's time")


def in_clear(answer: Answer) -> None:
    if answer.is_encrypted:
        raise Wrong(f"{answer.name} không được mã hóa · a {answer.name} is never encrypted")


def is_ack_or_duh(answer: Answer, sent: Sent) -> None:
    """Understood or not: both are answers, and name the message."""
    if answer.name == "DUH":
        in_clear(answer)
        echoes(answer, sent)
        return
    is_ack(answer, sent)
