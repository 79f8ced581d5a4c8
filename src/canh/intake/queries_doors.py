"""Reads for the doors: what was accepted before, and how a device speaks."""

from __future__ import annotations

from typing import NamedTuple

from canh.intake.models import Signal
from canh.intake.terms import Verdict
from canh.kit import clock, ids

MARGIN_MS = 60_000
COPIED_WITHIN_MS = 600_000
"""A message is accepted within a minute of its stamp, and copied within ten of that unless the engine stood."""
LAST_SIGNALS = 20


class Accepted(NamedTuple):
    """A message that was accepted once."""

    received_at: int
    """Microseconds since 1970."""
    raw: bytes
    peer: str


def accepted_before(panel_id: int, tail: bytes, sent_at: int) -> Accepted | None:
    """The accepted message of a panel whose bytes end so (hex in either case), found by its time stamp."""
    first = ids.first_of_ms(sent_at // 1000 - MARGIN_MS)
    last = ids.first_of_ms(sent_at // 1000 + MARGIN_MS + COPIED_WITHIN_MS)
    found = Signal.objects.filter(id__gte=first, id__lt=last, panel=panel_id, part=0, verdict=Verdict.ACCEPTED)
    for received_at, raw, peer in found.order_by("id").values_list("received_at", "raw", "peer"):
        if bytes(raw or b"").upper().endswith(tail):
            return Accepted(clock.to_us(received_at), bytes(raw or b""), peer)
    return None


def last_dialects(panel_id: int, site_id: int) -> list[str]:
    """How the last messages of a panel departed from the standard: Signal.dialect, newest first, empty ones left out.
    A path tells this of its newest message only, and some departures show in few."""
    last = Signal.objects.filter(site=site_id, panel=panel_id, part=0).order_by("-id")
    return [text for text in last.values_list("dialect", flat=True)[:LAST_SIGNALS] if text]
