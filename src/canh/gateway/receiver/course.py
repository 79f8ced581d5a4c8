"""What tells a frame sent again from a second event: MLR2 has no number for a message. Pure.

A receiver sends one message, waits for its ACK (four seconds or more), and sends it again when none came. So the
same bytes are the same message if its ACK cannot have reached the receiver: it has not left yet, it left too late
and may have crossed the second try, or the connection was lost. After a prompt ACK on a living connection they
are a second event: somebody presses the button again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b

LATE_S = 3.0
"""An ACK that took longer may meet the next try on its way; the shortest wait of a receiver is four seconds."""
CROSSING_S = 1.0
"""How long after a late ACK such a try may still arrive."""
UNSURE_S = 170
"""How long a lost connection counts: a little less than the window of repeats (intake/data/windows.toml)."""


class Case(Enum):
    NEW = "a message of its own"
    WAITING = "the same again, while its ACK waits for the disk: one ACK answers both"
    CROSSED = "the same again, crossed by a late ACK: a second ACK would be taken for that of the next message"
    REPEAT = "the same again, because its ACK was lost"


@dataclass(slots=True)
class Last:
    """The newest message of a connection, or of one that was lost."""

    raw: bytes
    digest: str
    received_s: float
    answered_s: float | None = None
    has_crossed: bool = False


class Course:
    """The messages of one connection. The caller brings the time."""

    def __init__(self, unsure: list[Last] | None = None) -> None:
        """`unsure`: messages of lost connections with this receiver, whose ACK it may not have got; shared by all
        its connections, because a second one may be open before the first is known to be lost."""
        self._unsure = [] if unsure is None else unsure
        self._is_past = False
        self.pending: list[Last] = []
        """Not answered yet, oldest first."""
        self.last: Last | None = None

    def take(self, raw: bytes, name: str, now_s: float) -> tuple[Case, Last]:
        """`name` makes the digest of a new message its own."""
        if (last := self.last) and last.raw == raw:
            if last.answered_s is None:
                return Case.WAITING, last
            if last.has_crossed:
                return Case.REPEAT, self._wait(Last(raw, last.digest, now_s))
            if last.answered_s - last.received_s > LATE_S and now_s - last.answered_s < CROSSING_S:
                last.has_crossed = True
                return Case.CROSSED, last
        return self._first(raw, name, now_s)

    def _first(self, raw: bytes, name: str, now_s: float) -> tuple[Case, Last]:
        """On a new connection a receiver begins with what it could not finish on the one before."""
        fitting = [one for one in self._unsure if one.raw == raw and now_s - one.received_s < UNSURE_S]
        if self._is_past or not fitting:
            self._is_past = True
            return Case.NEW, self._wait(Last(raw, _digest(raw, name), now_s))
        self._unsure.remove(fitting[0])
        return Case.REPEAT, self._wait(Last(raw, fitting[0].digest, now_s))

    def _wait(self, message: Last) -> Last:
        self.pending.append(message)
        self.last = message
        return message

    def answer(self, message: Last, now_s: float) -> None:
        """Its ACK leaves now."""
        message.answered_s = now_s
        self.pending.remove(message)

    def lost(self, is_orderly: bool) -> list[Last]:
        """The connection is gone: what its receiver may send again. The last ACK may have died with it, unless it
        left promptly and the receiver then closed in good order: some dial anew for each message."""
        last = self.last
        if last is None or last.answered_s is None:
            return self.pending
        if is_orderly and last.answered_s - last.received_s < LATE_S:
            return self.pending
        return [*self.pending, last]


def _digest(raw: bytes, name: str) -> str:
    return blake2b(name.encode() + b"\0" + raw, digest_size=16).hexdigest()
