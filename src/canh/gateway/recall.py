"""What a door kept before the gateway was restarted, so that it still knows what it has answered."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from canh.intake.journal import JournalReader, KeptEntry

LOOK_BACK = 20_000  # entries of the journal, whatever their door


def recent(journal: Path, door: str, since_us: int) -> list[KeptEntry]:
    """The entries of a door received after a moment, oldest first. Reads the file: not for the event loop."""
    reader = JournalReader(journal)
    try:
        last_id = reader.last_id()
        found = reader.after(max(last_id - LOOK_BACK, 0), LOOK_BACK)
    finally:
        reader.close()
    return [entry for entry in found if entry.door == door and entry.received_at >= since_us]


class Memory:
    """Names of what was kept, the newest ones only."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._names: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def add(self, name: str) -> None:
        self._names[name] = None
        self._names.move_to_end(name)
        if len(self._names) > self._size:
            self._names.popitem(last=False)

    def discard(self, name: str) -> None:
        self._names.pop(name, None)
