"""Routines in batches: begun by openings, told when nobody answers, over when the premises are closed again.

As with lapses, what is to be said goes to Canh's own journal first and is marked after: a crash between the two makes
a repeat, not a second alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from canh.alarms import queries_routines as queries
from canh.alarms import rules_routines as rules
from canh.alarms.models_arming import ArmingChange
from canh.alarms.models_routines import Routine, RoutineRule
from canh.alarms.rules_routines import Opened, Window
from canh.alarms.terms_arming import ARMED, GUARDED, ArmState
from canh.alarms.terms_routines import MISSING_OF, RoutineCode, RoutineKind, RoutineState
from canh.intake import actions_own
from canh.intake.actions_own import Lapse
from canh.intake.terms import Turn
from canh.kit import bulk, clock
from canh.kit.ids import new_id
from canh.sites.queries import test_spans
from canh.sites.queries_panels import speaker


def begin(lines: Sequence[ArmingChange], now: datetime) -> None:
    """Openings among changes of arming begin what their premises ask for. Inside the caller's transaction; a change
    seen twice begins once."""
    opened = [line for line in lines if line.after == ArmState.DISARMED and line.before in ARMED | {ArmState.UNKNOWN}]
    site_ids = sorted({line.site_id for line in opened})
    asked, windows = queries.rules_of(site_ids), queries.windows_of(site_ids)
    opened = [line for line in opened if line.site_id in asked or line.site_id in windows]
    if not opened:
        return
    _Beginning(opened, asked, windows, now).save()


class _Beginning:
    def __init__(
        self, lines: Sequence[ArmingChange], asked: dict[int, RoutineRule], windows: dict[int, list[Window]],
        now: datetime,
    ) -> None:  # fmt: skip
        self.now, self._asked, self._windows = now, asked, windows
        self._table = queries.routine_table(now.date())
        panels = {line.arming.panel_id for line in lines if line.arming.panel_id}
        self._vaults = queries.vault_partitions(panels)
        self._known = set(
            Routine.objects.filter(change__in=[line.id for line in lines]).values_list("change", flat=True)
        )
        self._lines = lines
        self._end_earlier()
        armings = [line.arming_id for line in lines]
        running = Routine.objects.filter(arming__in=armings, ended_at__isnull=True)
        self._running = set(running.values_list("arming", "kind"))
        since = min(line.at for line in lines) - self._table.before
        self._clears = queries.clears_since({line.site_id for line in lines}, since)

    def save(self) -> None:
        made = []
        for line in self._lines:
            kind = self._kind(line)
            if line.id in self._known or kind is None or (line.arming_id, kind) in self._running:
                continue
            self._running.add((line.arming_id, kind))
            if (routine := self._routine(line, kind)) is not None:
                made.append(routine)
        bulk.insert(made)

    def _end_earlier(self) -> None:
        """Closed and opened again before the engine looked: a new opening, to be answered anew."""
        reopened = {line.arming_id for line in self._lines if line.before in ARMED and line.id not in self._known}
        Routine.objects.filter(arming__in=reopened, ended_at__isnull=True).update(ended_at=self.now)

    def _kind(self, line: ArmingChange) -> RoutineKind | None:
        """What this opening asks for; None: nothing."""
        rule = self._asked.get(line.site_id)
        if (line.arming.panel_id or 0, line.arming.partition) in self._vaults:
            is_asked = bool(rule and rule.asks_vault_second) or line.site_id in self._windows
            return RoutineKind.VAULT if is_asked else None
        return RoutineKind.OPENING if rule and rule.asks_all_clear else None

    def _routine(self, line: ArmingChange, kind: RoutineKind) -> Routine | None:
        rule = self._asked.get(line.site_id)
        panel_id = line.arming.panel_id or getattr(speaker(line.site_id), "id", None)
        if panel_id is None:
            return None
        opened = Opened(kind, line.at, line.user_number.lstrip("0"))
        minutes = rule.all_clear_min if rule else None
        due = rules.due_at(opened, self.now, self._table, timedelta(minutes=minutes) if minutes else None)
        windows = self._windows.get(line.site_id, []) if kind == RoutineKind.VAULT else []
        routine = Routine(
            id=new_id(), site_id=line.site_id, kind=kind, arming_id=line.arming_id, change_id=line.id,
            panel_id=panel_id, opened_at=line.at, by_number=opened.by_number, due_at=due,
            is_outside=not rules.is_in_window(windows, timezone.localtime(line.at)),
        )  # fmt: skip
        asks = kind == RoutineKind.OPENING or bool(rule and rule.asks_vault_second)
        second = rules.second_person(opened, self._clears.get(line.site_id, []), self._table)
        if second or not asks:
            routine.state, routine.given_at = RoutineState.GIVEN, second.at if second else line.at
            routine.given_by_id = second.holder if second else None
        return routine


def look(now: datetime, limit: int) -> bool:
    """Tell of what is overdue or outside its window. True: something was told."""
    waits = Q(state=RoutineState.WAITING, due_at__lte=now)
    due = Routine.objects.filter(waits | Q(is_outside=True, outside_at__isnull=True), ended_at__isnull=True)
    found = list(due.select_related("arming").order_by("id")[:limit])
    if not found:
        return False
    spans = test_spans(min(routine.opened_at for routine in found))
    at_work = [r for r in found if any(span.covers(r.site_id, None, r.opened_at) for span in spans)]
    told = [r for r in found if r not in at_work]
    actions_own.tell_lapses([_lapse(r, code, Turn.NEW) for r in told for code in _told_of(r, now)])
    _leave(at_work, now)
    late = _mark(told, now)
    actions_own.tell_lapses([_lapse(r, MISSING_OF[RoutineKind(r.kind)], Turn.RESTORE) for r in late])
    return True


def _leave(routines: Sequence[Routine], now: datetime) -> None:
    """Opened by who works on the system: nothing is told, and nothing is asked any more."""
    if routines:
        mine = Routine.objects.filter(id__in=[routine.id for routine in routines])
        mine.update(state=RoutineState.OVER, ended_at=now)


def _told_of(routine: Routine, now: datetime) -> list[RoutineCode]:
    codes = [RoutineCode.VAULT_WINDOW] if routine.is_outside and routine.outside_at is None else []
    return [*codes, MISSING_OF[RoutineKind(routine.kind)]] if _is_missing(routine, now) else codes


def _is_missing(routine: Routine, now: datetime) -> bool:
    return routine.given_at is None and routine.missing_at is None and routine.due_at <= now


def _mark(found: Sequence[Routine], now: datetime) -> list[Routine]:
    """Write down what was told. Returns routines that somebody answered at this very moment: it was told that nobody
    did, so that is over."""
    late = []
    with transaction.atomic():
        fresh = Routine.objects.select_for_update(of=("self",)).in_bulk([routine.id for routine in found])
        for routine in found:
            row = fresh[routine.id]
            if routine.is_outside and row.outside_at is None:
                row.outside_at = now
            if _is_missing(routine, now):
                row.missing_at = now
                late += [row] if row.given_at else []
                row.state = RoutineState.GIVEN if row.given_at else RoutineState.MISSING
        bulk.update(list(fresh.values()), ["state", "missing_at", "outside_at"])
    return late


def end_closed(limit: int) -> bool:
    """Routines of premises that are closed again are over. True: some were."""
    closed = Routine.objects.filter(ended_at__isnull=True, arming__state__in=sorted(GUARDED))
    found = list(closed.select_related("arming").order_by("id")[:limit])
    if not found:
        return False
    missing = [
        _lapse(r, MISSING_OF[RoutineKind(r.kind)], Turn.RESTORE) for r in found if r.missing_at and not r.given_at
    ]
    outside = [_lapse(r, RoutineCode.VAULT_WINDOW, Turn.RESTORE) for r in found if r.outside_at]
    actions_own.tell_lapses([*missing, *outside])
    now, ids = clock.now(), [routine.id for routine in found]
    with transaction.atomic():
        ending = Routine.objects.filter(id__in=ids)
        ending.filter(given_at__isnull=True).update(state=RoutineState.OVER)
        ending.update(ended_at=now)
    return True


def _lapse(routine: Routine, code: RoutineCode, turn: Turn) -> Lapse:
    facts = {"since": routine.opened_at.isoformat()}
    return Lapse(routine.panel_id, code.value, turn, f"{code.value} {routine.id}", facts)
