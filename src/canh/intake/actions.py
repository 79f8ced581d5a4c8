"""Copying journals into signals, and marking signals as handled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from canh.audit.actions import record
from canh.intake import derive, queries, rules
from canh.intake.journal import FIRST_HASH, Discovery, Heard, KeptEntry, first_break
from canh.intake.models import Cursor, Found, GatewayReport, Path, Signal
from canh.intake.observation import Observation, from_json
from canh.intake.terms import COUNTS_AS_SENT, Verdict
from canh.kit import bulk, clock
from canh.kit.ids import first_of_ms, new_ids
from canh.sites.queries import PanelPlace, places_of
from canh.sites.terms import Door


@dataclass(frozen=True, slots=True)
class _Copy:
    entry: KeptEntry
    part: int
    seen: Observation


def copy_entries(gateway: str, entries: Sequence[KeptEntry], places: dict[str, PanelPlace]) -> list[Signal]:
    """Store journal entries as signals and move the cursor, in one transaction.

    Entries already copied are passed over, so a retry is harmless. An entry that does not fit the
    chain (the file was changed behind the gateway's back) is copied all the same, since an alarm
    must ring; the break is kept with the cursor, written down in the audit, and shown.
    """
    with transaction.atomic():
        cursor = queries.cursor(gateway)
        fresh = [e for e in entries if e.id > cursor.journal_id]
        broken_at = cursor.broken_at or _first_break(cursor, fresh)
        copies = [
            _Copy(entry, part, seen)
            for entry in fresh
            for part, seen in enumerate(from_json(entry.facts) or [Observation(protocol="", account="")])
        ]
        ids, named = new_ids(len(copies)), _named_panels(copies)
        signals = [
            _signal(signal_id, gateway, copy, named.get(_panel_named(copy)) or places.get(copy.seen.account))
            for signal_id, copy in zip(ids, copies, strict=True)
        ]
        _mark_repeats(signals)
        bulk.insert(signals)
        _note_strangers(signals)
        _note_refused_clocks(signals)
        if broken_at and not cursor.broken_at:
            record(None, "journal.broken", f"journal:{gateway}", {"entry": broken_at})
        if fresh:
            Cursor.objects.update_or_create(
                gateway=gateway,
                defaults={"journal_id": fresh[-1].id, "hash": fresh[-1].hash, "broken_at": broken_at},
            )
    return signals


def _first_break(cursor: Cursor, entries: Sequence[KeptEntry]) -> int | None:
    return first_break(entries, bytes(cursor.hash) or FIRST_HASH, cursor.journal_id)


def _panel_named(copy: _Copy) -> int:
    """The panel that a word of Canh itself is about; a device cannot name one."""
    return int(copy.seen.extra.get("panel", 0)) if copy.entry.door == Door.OWN else 0


def _named_panels(copies: Sequence[_Copy]) -> dict[int, PanelPlace]:
    ids = {_panel_named(copy) for copy in copies} - {0}
    return places_of(ids) if ids else {}


def _signal(signal_id: int, gateway: str, copy: _Copy, place: PanelPlace | None) -> Signal:
    entry, seen = copy.entry, copy.seen
    first = copy.part == 0
    return bulk.make(
        Signal, id=signal_id, gateway=gateway, journal_id=entry.id, part=copy.part,
        received_at=clock.from_us(entry.received_at), written_at=clock.from_us(entry.written_at),
        door=entry.door, peer=entry.peer, verdict=entry.verdict,
        raw=entry.raw if first else None, facts=entry.facts if first else None,
        hash=entry.hash if first else None,
        panel_id=place.panel_id if place else None, site_id=place.site_id if place else None,
        zone_id=place.zones.get(int(seen.zone)) if place and seen.zone.isdecimal() else None,
        is_drill=bool(place and place.is_drill),
        **derive.columns(seen, entry.verdict, entry.received_at),
    )  # fmt: skip


def _mark_repeats(signals: list[Signal]) -> None:
    """Part 0 carries the message; its repeat makes every part a repeat."""
    sent = [s for s in signals if s.digest and s.verdict in COUNTS_AS_SENT and s.part == 0]
    if not sent:
        return
    window = queries.repeat_window(sent[0].received_at.date())
    since = min(s.received_at for s in sent) - window
    known = queries.first_deliveries([s.digest for s in sent], since)
    found = rules.repeats([rules.Delivery(s.id, s.digest, s.received_at) for s in sent], known, window)
    by_entry = {s.journal_id: found[s.id] for s in sent if s.id in found}
    for signal in signals:
        signal.repeat_of_id = by_entry.get(signal.journal_id)


def _note_refused_clocks(signals: list[Signal]) -> None:
    """A message refused for its clock gives no sign of life where it could be an old one; how its clock stands is
    worth knowing all the same. Few: a door limits how many unproven messages it keeps."""
    last = {
        (s.door, s.account, s.path): s
        for s in signals
        if s.verdict == Verdict.BAD_TIME and s.panel_id and s.part == 0 and s.skew_ms is not None
    }
    for (door, account, path), s in last.items():
        Path.objects.filter(door=door, account=account, path=path).update(skew_ms=s.skew_ms, dialect=s.dialect)


_KINDS = {"webhook": "service"}
"""What a stranger at a door is taken for (sites.terms.PanelKind); else an alarm panel."""


def _note_strangers(signals: list[Signal]) -> None:
    """Accounts nobody has entered, so that a person may adopt them."""
    news: dict[tuple[str, str], Found] = {}
    for s in signals:
        if s.verdict == Verdict.UNKNOWN_ACCOUNT and s.account and s.part == 0:
            seen = news.setdefault(
                (s.door, s.account),
                Found(
                    door=s.door, account=s.account, kind=_KINDS.get(s.door, "panel"), count=0, first_at=s.received_at
                ),
            )
            seen.count += 1
            seen.peer, seen.last_at = s.peer, s.received_at
    _merge_found(news)


def note_found(discoveries: Sequence[Discovery]) -> None:
    """Keep what doors discovered; what a person dismissed stays dismissed."""
    news: dict[tuple[str, str], Found] = {}
    for d in discoveries:
        at = clock.from_us(d.found_at)
        news[d.door, d.account] = Found(door=d.door, account=d.account[:100], kind=d.kind, name=d.name[:120],
                                        facts=json.loads(d.facts), first_at=at, last_at=at)  # fmt: skip
    with transaction.atomic():
        _merge_found(news)


def _merge_found(news: dict[tuple[str, str], Found]) -> None:
    """Inside the caller's transaction. Few: a door limits how many unproven messages it keeps."""
    if not news:
        return
    known = {(f.door, f.account): f for f in Found.objects.filter(account__in={a for _d, a in news})}
    for key, seen in news.items():
        if before := known.get(key):
            seen.id, seen.first_at, seen.count = before.id, before.first_at, before.count + seen.count
            seen.kind = seen.kind if seen.facts else before.kind  # who discovered it knows what it is
            seen.name, seen.facts = seen.name or before.name, seen.facts or before.facts
    Found.objects.bulk_create(
        news.values(), update_conflicts=True, unique_fields=["door", "account"],
        update_fields=["kind", "name", "facts", "peer", "last_at", "count"],
    )  # fmt: skip


def dismiss_found(found: Found, *, actor_id: int) -> None:
    """A person does not want to see it any more."""
    with transaction.atomic():
        Found.objects.filter(id=found.id).update(dismissed_at=clock.now())
        record(actor_id, "found.dismiss", f"found:{found.id}", {"door": found.door})


def mark_handled(signal_ids: Sequence[int], held_back: Mapping[int, str] | None = None) -> None:
    """Take signals out of the queue, inside the caller's transaction. `held_back`: why some raised nothing."""
    waiting = Signal.objects.filter(id__in=signal_ids, handled_at__isnull=True)
    by_reason: dict[str, list[int]] = {}
    for signal_id, reason in (held_back or {}).items():
        by_reason.setdefault(reason, []).append(signal_id)
    for reason, ids in by_reason.items():
        waiting.filter(id__in=ids).update(held_back=reason)
    waiting.update(handled_at=clock.now())


def release(site_id: int, reason: str, since: datetime) -> int:
    """Put signals back into the queue that were held back for a reason that no longer holds: they now ring. Inside
    the caller's transaction. How many."""
    held = Signal.objects.filter(site=site_id, held_back=reason, received_at__gte=since)
    recent = held.filter(id__gte=first_of_ms(clock.to_us(since) // 1000 - 60_000))
    return recent.update(held_back="", handled_at=None)


def mark_problem(signal_id: int, problem: str) -> None:
    """Take a signal out of the queue that no rule could handle, keeping the reason."""
    with transaction.atomic():
        Signal.objects.filter(id=signal_id).update(handled_at=clock.now(), problem=problem[:200])


_HEARD = ("id", "gateway", "door", "account", "path", "peer", "panel", "heard_at", "skew_ms", "dialect", "due_at")


def note_heard(heard: Sequence[Heard], places: dict[str, PanelPlace], gateway: str = "") -> None:
    """Bring the last-heard times of paths up to date, in one batch. A word read again changes nothing."""
    rows = [_word(path_id, word, places.get(word.account), gateway)
            for path_id, word in zip(new_ids(len(heard)), heard, strict=True)]  # fmt: skip
    with transaction.atomic():
        bulk.upsert(
            Path, _HEARD, rows, unique=["door", "account", "path"], keep=["id"], unless_same=["heard_at", "panel"]
        )


def _word(path_id: int, word: Heard, place: PanelPlace | None, gateway: str) -> tuple[Any, ...]:
    heard_at = clock.from_us(word.heard_at)
    class_s = place.reporting_s if place else None
    return (
        path_id, gateway, word.door, word.account[:100], word.path[:40], word.peer, place.panel_id if place else None,
        heard_at, None if word.skew_ms is None else rules.storable_skew(word.skew_ms),
        rules.whole_words(word.dialect, 80), heard_at + timedelta(seconds=class_s) if class_s else None,
    )  # fmt: skip


def note_gateway(gateway: str, counters: dict[str, int]) -> None:
    """Keep what a gateway counted."""
    with transaction.atomic():
        GatewayReport.objects.update_or_create(gateway=gateway, defaults={"counters": counters, "at": clock.now()})
