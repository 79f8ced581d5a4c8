"""Silence of paths, in batches: each function finds what is due by an index, says it, and marks it.

What is to be said is written to Canh's own journal first and marked after: a crash between the two makes
a repeat, not a second alarm. Silence is measured up to the last heartbeat of the gateway, so an engine
that was away, or a gateway that is, makes no path late.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from django.db import transaction
from django.db.models import Count, F, Q

from canh.intake import own, queries, rules
from canh.intake.models import GatewayReport, Path, Supervision
from canh.intake.own import Notice
from canh.intake.rules import Fate, Hearing, Watched
from canh.intake.terms import Turn
from canh.kit import bulk, clock
from canh.sites import queries as sites
from canh.sites.terms import Door

if TYPE_CHECKING:
    from canh.sites.models import Panel

BATCH = 500
JOURNAL = "engine"
UP_SINCE = "up_since:"
"""The counter of a gateway that says since when a door hears."""
LONGEST_CLASS = timedelta(hours=25)

Hearings = Mapping[tuple[str, str], Hearing]
"""(gateway, door) -> what it can have heard; a shut door and a gateway without a fresh heartbeat are left out."""

_COLUMNS = ("panel", "reporting_s", "since", "due_at", "told")


def hearings(reports: Sequence[GatewayReport], now: datetime) -> Hearings:
    """Which doors hear just now."""
    limits = queries.silence_limits(now.date())
    found = {}
    for report in reports:
        until = heartbeat(report)
        if until is None or abs(now - until) > limits.fresh:
            continue
        for name, up_since in report.counters.items():
            if name.startswith(UP_SINCE) and up_since > 0:
                found[report.gateway, name.removeprefix(UP_SINCE)] = Hearing(clock.from_us(up_since), until)
    return found


def heartbeat(report: GatewayReport) -> datetime | None:
    at_us = report.counters.get("heartbeat_at", 0)
    return clock.from_us(at_us) if at_us else None


def _hearing(hearings: Hearings, gateway: str, door: str) -> Hearing | None:
    """Of the gateway that heard the path last; where none is noted, of the one whose door is up the latest. A door
    may have several lines, one for each broker: `mqtt:host:1883`."""
    if gateway:
        return hearings.get((gateway, door))
    fitting = [h for (_gateway, name), h in hearings.items() if name == door or name.startswith(f"{door}:")]
    return max(fitting, key=lambda h: h.up_since, default=None)


def _busy(site_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """Site -> until when work on all of it has lasted so far."""
    busy: dict[int, datetime] = {}
    for span in sites.test_spans(now - LONGEST_CLASS):
        if span.zone_id is None and span.site_id in site_ids and span.started_at <= now:
            busy[span.site_id] = max(min(span.until_at, now), busy.get(span.site_id, span.started_at))
    return busy


def _watched(path: Path, busy: Mapping[int, datetime]) -> Watched:
    panel = path.panel
    watch = getattr(panel, "supervision", None)
    if panel is None or watch is None:
        return Watched(None, path.heard_at, path.heard_at)
    return Watched(
        watch.reporting_s, path.heard_at, watch.since, busy.get(panel.site_id),
        is_lost=path.lost_at is not None, has_spoken=path.due_at is not None,
    )  # fmt: skip


# ── Following the register ───────────────────────────────────────────────


def follow_register(now: datetime) -> bool:
    """Begin to supervise panels that have got a class or another one, end what lost its class or was retired.
    True: there may be more."""
    return any([_begin(now) == BATCH, _end() == BATCH])


def _begin(now: datetime) -> int:
    wanted = sites.working_panels().filter(reporting_s__isnull=False)
    panels = list(wanted.exclude(supervision__reporting_s=F("reporting_s")).select_related("supervision")[:BATCH])
    if not panels:
        return 0
    ids = [panel.id for panel in panels]
    spoke = set(Path.objects.filter(panel__in=ids).values_list("panel", flat=True))
    with transaction.atomic():
        rows = [(p.id, p.reporting_s, now, _first_word_due(p, p.id in spoke, now), "") for p in panels]
        bulk.upsert(Supervision, _COLUMNS, rows, unique=["panel"], keep=["told"])
        Path.objects.filter(panel__in=ids, lost_at__isnull=True).update(due_at=None)
    return len(panels)


def _first_word_due(panel: Panel, has_spoken: bool, now: datetime) -> datetime | None:
    before = getattr(panel, "supervision", None)
    is_settled = has_spoken or (before is not None and before.told)
    return None if is_settled else now + timedelta(seconds=panel.reporting_s or 0)


def _end() -> int:
    over = Q(panel__retired_at__isnull=False) | Q(panel__reporting_s__isnull=True)
    ended = list(Supervision.objects.filter(over).select_related("panel")[:BATCH])
    if not ended:
        return 0
    ids = [watch.panel_id for watch in ended]
    lost = list(Path.objects.filter(panel__in=ids, lost_at__isnull=False).select_related("panel"))
    notices = [_of_path(path, Turn.RESTORE) for path in lost]
    notices += [_of_panel(w.panel, w.told, Turn.RESTORE, "ended") for w in ended if w.told]
    _say(notices)
    with transaction.atomic():
        Path.objects.filter(panel__in=ids).update(due_at=None, lost_at=None)
        Supervision.objects.filter(panel__in=ids).delete()
    return len(ended)


def arm(hearings: Hearings, now: datetime) -> bool:
    """Give a deadline to supervised paths that have none: after a class was set, after a door came back.
    True: there may be more."""
    where = Q(pk__in=[])
    for gateway, door in hearings:
        where |= Q(gateway__in=[gateway, ""], door=door)
    waiting = Path.objects.filter(where, lost_at__isnull=True, due_at__isnull=True, panel__supervision__isnull=False)
    found = list(waiting.select_related("panel__supervision")[:BATCH])
    if not found:
        return False
    busy = _busy({path.panel.site_id for path in found if path.panel}, now)
    for path in found:
        if hearing := _hearing(hearings, path.gateway, path.door):
            path.due_at = rules.deadline(_watched(path, busy), hearing.up_since)
    with transaction.atomic():
        bulk.update(found, ["due_at"])
    return len(found) == BATCH


# ── Lost, and heard again ────────────────────────────────────────────────


def lose(hearings: Hearings, now: datetime) -> bool:
    """Tell which paths are silent beyond their class. True: there may be more."""
    untils = {gateway: hearing.until for (gateway, _door), hearing in hearings.items()}
    return any([_lose(hearings, gateway, until, now) == BATCH for gateway, until in untils.items()])


def _lose(hearings: Hearings, gateway: str, until: datetime, now: datetime) -> int:
    due = Path.objects.filter(lost_at__isnull=True, due_at__lte=until, gateway__in=[gateway, ""])
    found = list(due.select_related("panel__supervision").order_by("due_at")[:BATCH])
    if not found:
        return 0
    busy = _busy({path.panel.site_id for path in found if path.panel}, now)
    lost: list[Path] = []
    kept: list[Path] = []
    for path in found:
        verdict, due_at = rules.fate(_watched(path, busy), _hearing(hearings, path.gateway, path.door))
        (lost if verdict == Fate.LOST else kept).append(path)
        path.lost_at, path.due_at = (path.due_at, None) if verdict == Fate.LOST else (None, due_at)
    _tell_lost(lost)
    if kept:
        with transaction.atomic():
            bulk.update(kept, ["due_at"])
    return len(found)


def _tell_lost(lost: Sequence[Path]) -> None:
    """A panel of whose several paths none is left is cut off; the loss of an only path ranks as high."""
    if not lost:
        return
    panels = {path.panel.id: path.panel for path in lost if path.panel}
    count, alive = _paths_of(list(panels), [path.id for path in lost])
    cut = [p for p in panels.values() if not alive.get(p.id) and count[p.id] > 1 and not p.supervision.told]
    notices = [_of_path(path, Turn.NEW, is_only=count.get(path.panel_id or 0) == 1) for path in lost]
    notices += [_of_panel(panel, "cut_off", Turn.NEW, _last_word(panel.id, lost)) for panel in cut]
    _say(notices)
    with transaction.atomic():
        bulk.update(lost, ["lost_at", "due_at"])
        Supervision.objects.filter(panel__in=[panel.id for panel in cut]).update(told="cut_off")


def _paths_of(panel_ids: list[int], lost_ids: list[int]) -> tuple[dict[int, int], dict[int, int]]:
    """How many paths each panel has, and how many of them are still heard."""
    heard = Q(lost_at__isnull=True) & ~Q(id__in=lost_ids)
    rows = Path.objects.filter(panel__in=panel_ids).values("panel").annotate(n=Count("id"), alive=Count("id", heard))
    return {r["panel"]: r["n"] for r in rows}, {r["panel"]: r["alive"] for r in rows}


def _last_word(panel_id: int, lost: Sequence[Path]) -> str:
    return str(max(clock.to_us(path.heard_at) for path in lost if path.panel_id == panel_id))


def restore(now: datetime) -> bool:
    """Tell which lost paths speak again. True: there may be more."""
    again = Path.objects.filter(lost_at__isnull=False, due_at__isnull=False).select_related("panel__supervision")
    found = list(again[:BATCH])
    if found:
        joined = {p.id: p for p in (path.panel for path in found) if p and p.supervision.told == "cut_off"}
        notices = [_of_path(path, Turn.RESTORE) for path in found]
        notices += [_of_panel(p, "cut_off", Turn.RESTORE, str(clock.to_us(now))) for p in joined.values()]
        _say(notices)
        for path in found:
            path.lost_at = None
        with transaction.atomic():
            bulk.update(found, ["lost_at"])
            Supervision.objects.filter(panel__in=list(joined)).update(told="")
    return len(found) == BATCH


# ── Never heard at all ───────────────────────────────────────────────────


def miss(hearings: Hearings, now: datetime) -> bool:
    """Tell which panels have a class and never spoke, and which do at last. True: there may be more."""
    return any([_miss(hearings, now) == BATCH, _meet() == BATCH])


def _miss(hearings: Hearings, now: datetime) -> int:
    due = list(Supervision.objects.filter(due_at__lte=now).select_related("panel")[:BATCH])
    if not due:
        return 0
    spoke = set(Path.objects.filter(panel__in=[w.panel_id for w in due]).values_list("panel", flat=True))
    busy = _busy({watch.panel.site_id for watch in due}, now)
    silent = []
    for watch in due:
        watched = Watched(watch.reporting_s, None, watch.since, busy.get(watch.panel.site_id))
        hearing = _hearing(hearings, "", _door_of(watch.panel))
        verdict, due_at = (Fate.KEPT, None) if watch.panel_id in spoke else rules.fate(watched, hearing)
        if verdict == Fate.LOST:
            silent.append(watch)
            watch.told = "never_heard"
        watch.due_at = now + timedelta(seconds=watch.reporting_s) if verdict == Fate.NOT_COUNTED else due_at
    _say([_of_panel(w.panel, "never_heard", Turn.NEW, str(clock.to_us(w.since))) for w in silent])
    with transaction.atomic():
        rows = [(w.panel_id, w.reporting_s, w.since, w.due_at, w.told) for w in due]
        bulk.upsert(Supervision, _COLUMNS, rows, unique=["panel"])
    return len(due)


def _door_of(panel: Panel) -> str:
    """Where it would be heard. Each MQTT broker is a door of its own, and its name ends the account."""
    return f"{panel.door}:{panel.account.rpartition('@')[2]}" if panel.door == Door.MQTT else panel.door


def _meet() -> int:
    met = Supervision.objects.filter(told="never_heard", panel__paths__isnull=False)
    found = list(met.select_related("panel").distinct()[:BATCH])
    if found:
        _say([_of_panel(w.panel, "never_heard", Turn.RESTORE, str(clock.to_us(w.since))) for w in found])
        with transaction.atomic():
            Supervision.objects.filter(panel__in=[w.panel_id for w in found]).update(told="")
    return len(found)


# ── Words ────────────────────────────────────────────────────────────────


def path_name(door: str, path: str) -> str:
    """How a path is told apart from others of its panel: `sia L0`."""
    return f"{door} {path}".strip()[:40]


def _of_path(path: Path, turn: Turn, *, is_only: bool = False) -> Notice:
    panel = cast("Panel", path.panel)
    heard_us = clock.to_us(path.heard_at)
    facts = {"heard_at": path.heard_at.isoformat(), **({"ranks_as": "cut_off"} if is_only else {})}
    return Notice(
        panel.account, "path_lost", turn, zone=path_name(path.door, path.path), path=path.path, panel_id=panel.id,
        facts=facts, occasion=f"{path.id} {heard_us}",
    )  # fmt: skip


def _of_panel(panel: Panel, code: str, turn: Turn, occasion: str) -> Notice:
    return Notice(panel.account, code, turn, panel_id=panel.id, occasion=f"{panel.id} {occasion}")


def _say(notices: Sequence[Notice]) -> None:
    if notices:
        own.write_down(JOURNAL, notices)
