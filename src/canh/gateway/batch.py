"""How a door leaves something with the journal, and hears what became of it."""

from __future__ import annotations

from typing import Protocol

from canh.intake.journal import Entry


class Receipt(Protocol):
    """What a door leaves with an entry that it wants to answer. One of the two is called, once."""

    def keep(self) -> None:
        """The entry is on the disk: now it may be answered."""

    def lose(self) -> None:
        """It could not be written."""


class Batch:
    """What came in while the batch before was being written: handed to the journal as one job.

    One by one, each message would wake the writer, which would then fight the loop for the
    interpreter and commit a message or two at a time.
    """

    __slots__ = ("entries", "receipts")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.receipts: list[Receipt] = []

    def __call__(self, ids: list[int]) -> None:
        """The journal's done callback."""
        for receipt in self.receipts:
            receipt.keep()

    def lose(self) -> None:
        for receipt in self.receipts:
            receipt.lose()
