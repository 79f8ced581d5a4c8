"""What the gateway asks of a door: one folder per protocol, found in `doors.py`.

A door reads what its devices say, keeps it with `desk.keep` (answering only when its receipt is told), notes
signs of life with `desk.hear`, things to adopt with `desk.find`, and says with `desk.door_is_up` and
`desk.door_is_down` whether it hears anybody at all; why not, in sayings (kit.saying) that the console translates.
"""

from __future__ import annotations

from typing import Protocol

from canh.kit.saying import Saying


class CannotStart(RuntimeError):
    """The reason, in one line for the operator."""

    def __init__(self, why: Saying) -> None:
        super().__init__(str(why))
        self.why = why


class Door(Protocol):
    """Made and used in the event loop."""

    name: str
    """As it stands in the journal."""

    async def claim(self) -> None:
        """Take what only one program can have (a port), before the register is read. Raises CannotStart."""

    async def open(self) -> None:
        """Begin to hear. A peer that is away is no error: the door tries again for ever by itself."""

    async def shut(self) -> None:
        """Take nothing new. What was received is still kept and answered after this."""

    async def close(self) -> None:
        """Let go, after the journal has been written."""
