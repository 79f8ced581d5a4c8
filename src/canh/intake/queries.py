"""Reads of signals, paths and gateways."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from canh.accounts.queries import Viewer, place_filter
from canh.intake import codes, derive
from canh.intake.journal import JournalReader, KeptEntry
from canh.intake.models import Cursor, Found, GatewayReport, Path, Signal
from canh.intake.observation import Observation, from_json
from canh.intake.rules import Delivery
from canh.intake.terms import COUNTS_AS_SENT, Kind, Turn, Verdict
from canh.kit import clock, ids, paths
from canh.sites import queries as sites
from canh.sites.terms import Door

UNPLACED = (Verdict.UNKNOWN_ACCOUNT, Verdict.NOT_UNDERSTOOD, Verdict.BAD_CRC, Verdict.BAD_LENGTH, Verdict.GARBAGE)
"""Refused before anybody could tell whose panel it is."""

OF_ITSELF = (Kind.TEST, Kind.PATH, Kind.POWER, Kind.FAULT, Kind.TAMPER)
"""Kinds of signal with which a device speaks of itself."""
UNDERSTOOD = (Verdict.ACCEPTED, Verdict.BAD_TIME, Verdict.DOWNGRADE)


def visible_to(viewer: Viewer) -> QuerySet[Signal]:
    """Signals of premises this person may see. Those of no known premises: only who sees all."""
    return Signal.objects.filter(place_filter(viewer, unit="site__unit", area="site__area"))


@cache
def _dated(name: str, day: date) -> dict[str, Any]:
    """The entry of data/windows.toml that holds on a day."""
    text = files("canh.intake").joinpath("data/windows.toml").read_text(encoding="utf-8")
    fitting: list[dict[str, Any]] = [w for w in tomllib.loads(text)[name] if w["valid_from"] <= day]
    return fitting[-1]


def repeat_window(day: date) -> timedelta:
    """How long after a message the same bytes count as its repeat."""
    return timedelta(seconds=_dated("window", day)["repeat_s"])


@dataclass(frozen=True, slots=True)
class SilenceLimits:
    """How old a heartbeat may be, and after how long an outage is told."""

    fresh: timedelta
    gateway_silent: timedelta
    door_shut: timedelta


@cache
def silence_limits(day: date) -> SilenceLimits:
    found = _dated("silence", day)
    return SilenceLimits(*(timedelta(seconds=found[f"{name}_s"]) for name in SilenceLimits.__slots__))


def first_deliveries(digests: list[str], since: datetime) -> dict[str, Delivery]:
    """Newest first delivery of each digest received after `since`."""
    rows = (
        Signal.objects.filter(
            digest__in=digests, received_at__gte=since, repeat_of__isnull=True, part=0, verdict__in=COUNTS_AS_SENT
        )
        .order_by("id")
        .values_list("id", "digest", "received_at")
    )
    return {digest: Delivery(signal_id, digest, at) for signal_id, digest, at in rows}


def cursor(gateway: str) -> Cursor:
    return Cursor.objects.filter(gateway=gateway).first() or Cursor(gateway=gateway)


def chain_heads() -> dict[str, tuple[int, bytes]]:
    """Where each copied journal stands: "journal:gw1" -> (entry, hash)."""
    return {f"journal:{c.gateway}": (c.journal_id, bytes(c.hash)) for c in Cursor.objects.all()}


def broken_journals() -> dict[str, int]:
    """Gateway -> the first entry that did not fit the chain when it was copied."""
    found = Cursor.objects.filter(broken_at__isnull=False).values_list("gateway", "broken_at")
    return {gateway: number for gateway, number in found if number is not None}


def kept_entries(gateway: str, until: int) -> Iterator[KeptEntry]:
    """A journal as our copy tells it, from its first entry to `until` (the engine goes on copying)."""
    rows = Signal.objects.filter(gateway=gateway, part=0, journal_id__lte=until).order_by("journal_id")
    for s in rows.iterator(chunk_size=2000):
        yield KeptEntry(
            received_at=clock.to_us(s.received_at), door=s.door, peer=s.peer, verdict=s.verdict,
            raw=bytes(s.raw or b""), facts=s.facts or "", id=s.journal_id,
            written_at=clock.to_us(s.written_at), hash=bytes(s.hash or b""),
        )  # fmt: skip


def first_retold(gateway: str, until: int) -> int | None:
    """The journal id of the first signal whose readable columns differ from its sealed facts, or
    that lost a part.

    The hash covers the facts; people read the columns. So both must say the same.
    """
    rows = Signal.objects.filter(gateway=gateway, journal_id__lte=until).select_related("panel")
    ordered = rows.order_by("journal_id", "part").iterator(chunk_size=2000)
    for journal_id, parts in groupby(ordered, key=_entry_of):
        told = list(parts)
        sealed = from_json(told[0].facts or "[]") or [Observation(protocol="", account="")]
        if len(told) != len(sealed) or not all(map(_says_the_same, told, sealed)):
            return journal_id
    return None


def _entry_of(signal: Signal) -> int:
    return signal.journal_id


def _says_the_same(signal: Signal, seen: Observation) -> bool:
    received_us = clock.to_us(signal.received_at)
    columns = derive.columns(seen, signal.verdict, received_us)
    meaning = tuple(getattr(signal, name) for name in derive.MEANING)
    plain = columns.keys() - {*derive.MEANING, "is_urgent"}
    return (
        all(getattr(signal, name) == columns[name] for name in plain)
        and meaning in derive.meanings(seen, signal.verdict, received_us)
        and (signal.panel is None or (signal.panel.account, signal.panel.site_id) == (seen.account, signal.site_id))
    )


def hash_of_entry(gateway: str, journal_id: int) -> bytes | None:
    found = Signal.objects.filter(gateway=gateway, journal_id=journal_id, part=0)
    kept = found.values_list("hash", flat=True).first()
    return bytes(kept) if kept else None


def signals_after(signal_id: int, limit: int | None, *, with_troubles: bool) -> QuerySet[Signal]:
    """Signals in order of their ids, for scripts. Without troubles: only what was understood."""
    found = Signal.objects.filter(id__gt=signal_id).order_by("id")
    if not with_troubles:
        found = found.filter(verdict__in=UNDERSTOOD)
    return found[:limit] if limit else found


def troubles(viewer: Viewer) -> QuerySet[Signal]:
    """What the doors could not take as it came, newest first."""
    return visible_to(viewer).exclude(verdict=Verdict.ACCEPTED).order_by("-id")


def paths_of(site_id: int) -> QuerySet[Path]:
    return Path.objects.filter(panel__site=site_id).select_related("panel").order_by("account", "path")


def last_heard(site_ids: Collection[int]) -> dict[int, datetime]:
    """When anything of each site was last heard, polls too; sites never heard are left out."""
    rows = Path.objects.filter(panel__site__in=site_ids).values("panel__site").annotate(at=Max("heard_at"))
    return {row["panel__site"]: row["at"] for row in rows}


def troubles_since(moment: datetime, account: str, count: int) -> QuerySet[Signal]:
    """What may explain why a panel is not heard: its own refused messages, and those of no known premises."""
    refused = Q(account=account) & ~Q(verdict=Verdict.ACCEPTED)
    unplaced = Q(verdict__in=UNPLACED, site__isnull=True)
    return Signal.objects.filter(refused | unplaced, received_at__gte=moment, part=0).order_by("-id")[:count]


def first_signal_of(panel_id: int, since: datetime | None = None) -> Signal | None:
    """The first message of a panel (after a moment) that was understood."""
    found = Signal.objects.filter(panel=panel_id, verdict__in=UNDERSTOOD).select_related("zone")
    if since:
        found = found.filter(received_at__gte=since)
    return found.order_by("id").first()


def heard_at(panel_id: int) -> datetime | None:
    """When a panel last gave a sign of life, a poll too."""
    return Path.objects.filter(panel=panel_id).order_by("-heard_at").values_list("heard_at", flat=True).first()


def last_signals_of(site_id: int, count: int) -> QuerySet[Signal]:
    return Signal.objects.filter(site=site_id).order_by("-id")[:count]


def of_site_between(
    site_id: int, since: datetime, until: datetime, kinds: Collection[str], own: Collection[str], limit: int, *,
    is_drill: bool,
) -> QuerySet[Signal]:  # fmt: skip
    """What premises said about these kinds in a time, and Canh itself under the codes `own`; by when it was received,
    oldest first."""
    first = ids.first_of_ms(clock.to_us(since) // 1000)
    found = Signal.objects.filter(site=site_id, id__gte=first, received_at__range=(since, until), is_drill=is_drill)
    wanted = Q(kind__in=sorted(kinds)) | Q(door=Door.OWN, code__in=sorted(own))
    return found.filter(wanted).select_related("zone").order_by("id")[:limit]


def presses(panel_ids: Collection[int], site_ids: Collection[int], since: datetime) -> QuerySet[Signal]:
    """What these devices of these premises said since a moment that can be somebody pressing them: not of themselves,
    not twice; oldest first."""
    first = ids.first_of_ms(clock.to_us(since) // 1000)
    found = Signal.objects.filter(site__in=site_ids, id__gte=first, panel__in=panel_ids, received_at__gte=since)
    found = found.filter(verdict__in=sorted(COUNTS_AS_SENT), repeat_of__isnull=True, turn=Turn.NEW)
    return found.exclude(door=Door.OWN).exclude(kind__in=OF_ITSELF).order_by("id")


def was_heard(panel_id: int) -> bool:
    """True once the panel sent anything, a poll too."""
    return Path.objects.filter(panel=panel_id).exists() or Signal.objects.filter(panel=panel_id).exists()


def gateway_reports() -> list[GatewayReport]:
    return list(GatewayReport.objects.order_by("gateway"))


def waiting_signals(limit: int) -> list[Signal]:
    """Signals no step has handled yet: urgent ones first, then in order of arrival."""
    waiting = Signal.objects.filter(handled_at__isnull=True).select_related("zone")
    return list(waiting.order_by("-is_urgent", "id")[:limit])


def queue_length() -> int:
    return Signal.objects.filter(handled_at__isnull=True).count()


def oldest_waiting_at() -> datetime | None:
    """Reception of the signal that waits longest."""
    waiting = Signal.objects.filter(handled_at__isnull=True).order_by("id")
    return waiting.values_list("received_at", flat=True).first()


def problem_count() -> int:
    """Signals of the last week that no rule could handle."""
    return Signal.objects.filter(received_at__gte=clock.now() - timedelta(days=7)).exclude(problem="").count()


def strangers() -> QuerySet[Found]:
    """What spoke or was discovered and that no panel answers for, newest first. Nobody's premises: only for
    who sees everything."""
    taken = sites.working_panels().filter(account=OuterRef("account"))
    return Found.objects.filter(~Exists(taken), dismissed_at__isnull=True).order_by("-last_at")


def journal_lags() -> dict[str, int]:
    """Gateway -> entries in its journal on this machine that are not copied yet; negative: the file
    ends before our copy does."""
    copied = {c.gateway: c.journal_id for c in Cursor.objects.all()}
    lags = {}
    for file in sorted(paths.folder("journal").glob("*.db")):
        reader = JournalReader(file)
        if reader.is_ready():
            lags[file.stem] = reader.last_id() - copied.get(file.stem, 0)
        reader.close()
    return lags


def meaning_of(signal: Signal) -> codes.Meaning:
    return codes.meaning(signal.protocol, signal.code, signal.turn, signal.received_at.date())
