"""Messages as a gateway would journal them, for tests behind the gateway."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

from canh.intake import actions
from canh.intake.journal import FIRST_HASH, Entry, JournalReader, KeptEntry, link
from canh.intake.journal_writer import JournalWriter
from canh.intake.models import Cursor, Signal
from canh.intake.observation import Observation, to_json
from canh.kit import clock
from canh.sites.queries import panel_places

_numbers = itertools.count(1)


def entry(
    account: str, code: str, zone: str = "", *, protocol: str = "SIA-DCS", verdict: str = "accepted",
    number: str = "", turn: str = "new", user: str = "", more: list[Observation] | None = None,
) -> Entry:  # fmt: skip
    """One message at the present moment. The same number and content is a repeat."""
    number = number or f"{next(_numbers) % 9999 + 1:04d}"
    raw = f'"{protocol}"{number}L0#{account}[#{account}|N{code}{zone}]'.encode()
    seen = Observation(
        protocol=protocol, account=account, code=code, zone=zone, number=number, turn=turn, user=user,
        digest=hashlib.blake2b(raw, digest_size=16).hexdigest(),
    )  # fmt: skip
    return Entry(clock.now_us(), "sia", "127.0.0.1:4000", verdict, raw, to_json([seen, *(more or [])]))


def journal(path: Path, entries: list[Entry]) -> list[KeptEntry]:
    """Write through the real journal file and read it back."""
    writer = JournalWriter(path)
    writer.start()
    writer.submit(entries)
    writer.stop()
    reader = JournalReader(path)
    try:
        return reader.after(0, 10_000)
    finally:
        reader.close()


def copy(*entries: Entry, gateway: str = "gw1") -> list[Signal]:
    """Journal and copy entries at once, chained after what was copied before."""
    cursor = Cursor.objects.filter(gateway=gateway).first()
    last, before = (cursor.journal_id, bytes(cursor.hash)) if cursor else (0, FIRST_HASH)
    kept = []
    for item in entries:
        last += 1
        written_at = clock.now_us()
        before = link(before, last, written_at, item)
        kept.append(
            KeptEntry(**{s: getattr(item, s) for s in item.__slots__}, id=last, written_at=written_at, hash=before)
        )
    return actions.copy_entries(gateway, kept, panel_places())
