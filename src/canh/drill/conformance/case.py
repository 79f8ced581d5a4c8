"""What a case is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from canh.drill.conformance.line import Transport
from canh.drill.conformance.talk import Talk

BOTH = (Transport.TCP, Transport.UDP)
TCP = (Transport.TCP,)


class Need(StrEnum):
    """What must be given so that a case can run."""

    PLAIN = "plain"
    """An account without a key."""
    KEY = "key"
    """An account with a key of any length."""
    KEY_128 = "128"
    KEY_192 = "192"
    KEY_256 = "256"


class TooSlow(Exception):
    """The machine or the network was too slow to tell right from wrong."""


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    clause: str
    """Of SIA DC-09; `practice` where the standard is silent and panels do it all the same."""
    english: str
    vietnamese: str
    sends: str
    expects: str
    check: Callable[[Talk], None]
    """Raises wire.Wrong."""
    needs: Need = Need.PLAIN
    over: tuple[Transport, ...] = BOTH
