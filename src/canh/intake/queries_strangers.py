"""Reads of what spoke and belongs to nobody, and of what a panel said before it had premises."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils.timezone import localtime

from canh.intake.models import Found, Path, Signal
from canh.kit.text import fold
from canh.sites import queries as sites
from canh.sites import queries_panels
from canh.sites.terms import STANDS_FOR

if TYPE_CHECKING:
    from canh.sites.models import Panel, Site

MOST_ZONES = 200
SCANNED = 2000
LIKELY = 3


def dismissed() -> QuerySet[Found]:
    """What a person put aside and that still has no panel, newest first."""
    taken = sites.working_panels().filter(account=OuterRef("account"))
    return Found.objects.filter(~Exists(taken), dismissed_at__isnull=False).order_by("-dismissed_at")


def signals_of(found: Found) -> QuerySet[Signal]:
    """What it said while it had no premises, newest first."""
    return Signal.objects.filter(account=found.account, door=found.door, panel__isnull=True).order_by("-id")


def before_adoption(panel: Panel) -> QuerySet[Signal]:
    """What came under a panel's account while nobody answered for it, until it was entered."""
    doors = [panel.door, *(door for door, other in STANDS_FOR.items() if other == panel.door)]
    kept = Signal.objects.filter(account=panel.account, door__in=doors, panel__isnull=True)
    return kept.filter(received_at__lt=panel.created_at).order_by("-id")


def last_words(found: Collection[Found]) -> dict[tuple[str, str], Signal]:
    """(door, account) -> the newest signal of each, in two queries."""
    kept = Signal.objects.filter(account__in={f.account for f in found}, panel__isnull=True)
    newest = kept.order_by().values("door", "account").annotate(last=Max("id")).values("last")
    return {(s.door, s.account): s for s in Signal.objects.filter(id__in=list(newest.values_list("last", flat=True)))}


def zones_heard(found: Found) -> list[int]:
    """The numbers of the zones it spoke of: what its panel begins with."""
    numbers = signals_of(found).values_list("zone_number", flat=True)[:SCANNED]
    seen = {int(n) for n in numbers if n.isdecimal() and 0 < int(n) <= 9999}
    return sorted(seen)[:MOST_ZONES]


def needs_key(found: Found) -> bool:
    """It speaks encrypted: nothing of its last message could be read, and the bytes say why."""
    last = signals_of(found).filter(part=0).first()
    return found.door == "sia" and last is not None and b'"*' in bytes(last.raw or b"")[:40]


@dataclass(frozen=True, slots=True)
class Likely:
    """Premises it may belong to, and what speaks for them."""

    site: Site
    reason: str
    """`address`, `account` or `name`; chooses the words."""
    detail: str = ""


def likely_sites(found: Found, allowed: QuerySet[Site]) -> list[Likely]:
    """Premises that the facts point at, the surest first: something else of theirs speaks from the same address,
    they had a panel with this account, or their name is in what it calls itself."""
    working = allowed.filter(closed_at__isnull=True).select_related("unit")
    guesses = [*_by_account(found, working), *_by_address(found, working), *_by_name(found, working)]
    first: dict[int, Likely] = {}
    for guess in guesses:
        first.setdefault(guess.site.id, guess)
    return list(first.values())[:LIKELY]


def _by_account(found: Found, allowed: QuerySet[Site]) -> list[Likely]:
    had = queries_panels.retired().filter(account=found.account).values("site")
    return [Likely(site, "account") for site in allowed.filter(id__in=had)[:LIKELY]]


def _by_address(found: Found, allowed: QuerySet[Site]) -> list[Likely]:
    host = found.facts.get("address") or found.peer.rpartition(":")[0]
    if not host:
        return []
    near = Path.objects.filter(peer__startswith=f"{host}:", panel__retired_at__isnull=True).values("panel__site")
    found_there = list(allowed.filter(id__in=near)[: LIKELY + 1])
    # Many premises behind one address are a receiver or a router: that says nothing.
    return [Likely(site, "address", host) for site in found_there] if len(found_there) <= LIKELY else []


def _by_name(found: Found, allowed: QuerySet[Site]) -> list[Likely]:
    told = " ".join([found.name, found.account, *map(str, found.facts.values())])
    words = [w for w in re.split(r"[^0-9a-z]+", fold(told)) if len(w) >= 3 and not w.isdecimal()]
    scores: dict[int, int] = {}
    names: dict[int, Site] = {}
    for word in words[:8]:
        for site in allowed.filter(folded__contains=word)[:20]:
            scores[site.id] = scores.get(site.id, 0) + 1
            names[site.id] = site
    best = sorted(scores, key=lambda i: -scores[i])
    return [Likely(names[i], "name") for i in best[:LIKELY] if scores[i] >= 2]


@dataclass(frozen=True, slots=True)
class SkewDay:
    """How a panel's clock stood on one day."""

    day: str
    count: int
    least_ms: int
    most_ms: int
    last_ms: int


def skew_ledger(panel_ids: Sequence[int], days: int = 14) -> list[SkewDay]:
    """The clock of a panel (and those before it) by day, newest day first, from the last signals with a stamp."""
    kept = Signal.objects.filter(panel__in=panel_ids, skew_ms__isnull=False).order_by("-id")
    rows = kept.values_list("received_at", "skew_ms")[:SCANNED]
    ledger: dict[str, list[int]] = {}
    for at, skew in rows:
        ledger.setdefault(_day(at), []).append(skew or 0)
    listed = list(ledger.items())[:days]
    return [SkewDay(day, len(told), min(told), max(told), told[0]) for day, told in listed]


def _day(at: datetime) -> str:
    return localtime(at).strftime("%d/%m")


def of_panels(panel_ids: Collection[int]) -> QuerySet[Signal]:
    """All that these panels said, newest first."""
    return Signal.objects.filter(panel__in=panel_ids).select_related("zone").order_by("-id")
