"""Floods within a batch of signals: premises on test, a panel that sends too much, a storm of many panels.

Everything is read once for the batch and written once, in the caller's transaction; after a restart it is there again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from canh.alarms import queries, rules
from canh.alarms.models import Alarm, Storm, Tally
from canh.alarms.rules import Reading, Run
from canh.alarms.terms import Fold, Priority, State
from canh.audit.actions import record
from canh.intake import codes
from canh.intake.terms import HeldBack, Turn
from canh.kit import bulk, clock
from canh.sites.queries import sites_of_kind, test_spans

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from canh.intake.models import Signal

# Of a storm's kinds only that no path is left ranks higher: as `cut_off`, or where there is but one path as its loss.
_CUT_OFF = Q(protocol=codes.OWN, priority__lt=Priority.NORMAL)
_COLUMNS = ("panel", "count", "last_at", "runaway_at", "is_told")


class Floods:
    """What a batch must know before it raises anything."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        first = min(signal.received_at for signal in signals)
        self.table = queries.floods(first.date())
        self._spans = test_spans(first)
        self._tallies = queries.tallies({s.panel_id for s in signals if s.panel_id})
        self._touched: dict[int, Tally] = {}

    def is_on_test(self, signal: Signal) -> bool:
        return any(s.covers(signal.site_id, signal.zone_id, signal.received_at) for s in self._spans)

    def judge(self, signal: Signal, reading: Reading, priority: Priority | None, *, is_first: bool) -> HeldBack | None:
        """Why this reading raises nothing. The first reading of a signal counts towards a runaway."""
        is_on_test = self.is_on_test(signal)
        tally = self._tallies.get(signal.panel_id or 0)
        if is_first and not is_on_test and rules.is_counted(reading, priority):
            tally = self._count(signal.panel_id or 0, signal.received_at)
        is_runaway = tally is not None and tally.runaway_at is not None
        return rules.held_back(reading, priority, is_on_test=is_on_test, is_runaway=is_runaway)

    def _count(self, panel_id: int, at: datetime) -> Tally:
        tally = self._tallies.setdefault(panel_id, Tally(panel_id=panel_id, last_at=at))
        run = rules.run_after(run_of(tally), at, self.table)
        tally.count, tally.last_at = run.count, run.last_at or at
        tally.runaway_at = (tally.runaway_at or at) if run.is_runaway else None
        self._touched[panel_id] = tally
        return tally

    def save(self) -> None:
        save_tallies(list(self._touched.values()))


def run_of(tally: Tally) -> Run:
    return Run(tally.count, tally.last_at if tally.count else None, tally.runaway_at is not None)


def save_tallies(tallies: Sequence[Tally]) -> None:
    """Inside the caller's transaction."""
    rows = [(t.panel_id, t.count, t.last_at, t.runaway_at, t.is_told) for t in tallies]
    bulk.upsert(Tally, _COLUMNS, rows, unique=["panel"])


# ── Storm ────────────────────────────────────────────────────────────────


class Weather:
    """Whether a storm runs during a batch."""

    def __init__(self, pairs: Sequence[tuple[Signal, Reading]], table: rules.FloodTable) -> None:
        self.table = table
        self.storm = queries.running_storm()
        self.begins = False
        news = [(s.received_at, s.panel_id) for s, r in pairs
                if r.kind in table.storm_kinds and r.turn != Turn.RESTORE and s.panel_id]  # fmt: skip
        if news:
            self._look(news)

    def _look(self, news: list[tuple[datetime, int]]) -> None:
        first, last = min(news)[0], max(news)[0]
        if self.storm and first - self.storm.last_at < self.table.storm_pause:
            Storm.objects.filter(id=self.storm.id).update(last_at=max(last, self.storm.last_at))
            return
        if self.storm:  # nobody was there to end it; what comes now is no part of it
            _end(self.storm)
            self.storm = None
        since = last - self.table.storm_window
        struck = set(self._lately(since).values_list("panel", flat=True)) | {p for at, p in news if at >= since}
        if len(struck) >= self.table.storm_panels:
            self.storm, self.begins = Storm.objects.create(began_at=since, last_at=last), True
            record(None, "storm.begin", f"storm:{self.storm.id}", {"panels": len(struck)})

    def _lately(self, since: datetime) -> QuerySet[Alarm]:
        """Open rows of the desk that would be part of a storm."""
        found = Alarm.objects.filter(kind__in=self.table.storm_kinds, fold=Fold.NONE, last_at__gte=since)
        return found.exclude(state=State.CLOSED).exclude(state=State.SHELVED)

    def fold(self, raised: Sequence[Alarm], touched: Sequence[Alarm], anew: Collection[int], revision: int) -> None:
        """Power and transmission alarms of a storm are no rows of their own; those it began with neither. What was
        back to normal and fails `anew` after the storm is a row."""
        if self.storm is None:
            for alarm in touched:
                if alarm.fold == Fold.STORM and alarm.id in anew:
                    alarm.fold = Fold.NONE
            return
        found = [*raised, *(touched if self.begins else ())]
        struck = [a for a in found if a.kind in self.table.storm_kinds and a.state != State.SHELVED]
        alone = self._alone(struck)
        for alarm in struck:
            if alarm.id not in alone:
                alarm.fold = Fold.STORM
        if self.begins:
            others = self._lately(self.storm.began_at).exclude(_CUT_OFF, site__kind__in=self.table.storm_alone_sites)
            others.update(fold=Fold.STORM, revision=revision)

    def _alone(self, struck: Sequence[Alarm]) -> set[int]:
        """Cut-offs that stay rows: who cuts the power of a quarter to rob one bank must not hide in it."""
        cut = {a.id: a.site_id for a in struck if a.protocol == codes.OWN and a.priority < Priority.NORMAL}
        guarded = sites_of_kind(set(cut.values()), self.table.storm_alone_sites) if cut else set()
        return {alarm for alarm, site in cut.items() if site in guarded}


def end_storm(now: datetime) -> None:
    """A storm of which nothing more comes is over; its alarms stay in its entry until somebody closes them."""
    storm = queries.running_storm()
    if storm and now - storm.last_at >= queries.floods(now.date()).storm_pause:
        with transaction.atomic():
            _end(storm)


def _end(storm: Storm) -> None:
    Storm.objects.filter(id=storm.id).update(ended_at=clock.now())
    record(None, "storm.end", f"storm:{storm.id}", {})


# ── Cut-off ──────────────────────────────────────────────────────────────


def fold_paths(panel_ids: Collection[int], by_key: dict[str, Alarm]) -> list[Alarm]:
    """The alarms of single paths stand in the entry of their panel's cut-off while that lasts; what is restored by
    then stays there. Returns what changed."""
    changed = []
    for panel_id in panel_ids:
        cut = by_key.get(f"{panel_id}:cut_off:-")
        for part in by_key.values():
            if part.panel_id != panel_id or part.code != "path_lost" or part.fold == Fold.STORM:
                continue
            fold = Fold.CUT_OFF if cut and (cut.returned_at is None or part.returned_at) else Fold.NONE
            if part.fold != fold:
                part.fold = fold
                changed.append(part)
    return changed
