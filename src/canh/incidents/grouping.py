"""Alarms become members of cases, a batch at a time, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils import timezone

from canh.alarms.actions import touch_alarms
from canh.alarms.terms import State
from canh.audit.actions import record, record_many
from canh.incidents import queries, rules
from canh.incidents.models import Counter, Incident, IncidentEvent, Member
from canh.incidents.rules import Placing
from canh.incidents.terms import EventKind
from canh.intake import codes
from canh.kit import bulk, clock
from canh.kit.ids import new_id

if TYPE_CHECKING:
    from canh.alarms.models import Alarm


class Batch:
    """Decides for each alarm in order of reception; writes once."""

    def __init__(self, alarms: Sequence[Alarm]) -> None:
        self.alarms = sorted(alarms, key=lambda alarm: (alarm.received_at, alarm.id))
        self.open = queries.open_by_site({alarm.site_id for alarm in alarms})
        self.opened: list[Incident] = []
        self.grown: dict[int, Incident] = {}
        self.members: list[Member] = []
        self.lines: list[tuple[int | None, str, str, dict[str, Any]]] = []

    def run(self) -> None:
        for alarm in self.alarms:
            self._place(alarm)
        give_numbers(self.opened)
        bulk.insert(self.opened)
        bulk.update(list(self.grown.values()), ["kind", "priority", "opened_at", "last_at"])
        bulk.insert(self.members)
        touch_alarms([member.alarm_id for member in self.members])
        record_many(self.lines)

    def _place(self, alarm: Alarm) -> None:
        table = queries.grouping(alarm.received_at.date())
        case = self.open.get((alarm.site_id, alarm.is_drill))
        standing = rules.Standing(case.opened_at, case.last_at) if case else None
        placing = rules.place(heard(alarm), standing, table)
        if placing == Placing.OPEN:
            self.add(alarm, self._open(alarm))
        elif placing == Placing.JOIN and case:
            self._grow(case, alarm, table)
            self.add(alarm, case)

    def _open(self, alarm: Alarm) -> Incident:
        case = new_case(alarm)
        self.opened.append(case)
        self.open[alarm.site_id, alarm.is_drill] = case
        self.lines.append((None, "incident.open", f"incident:{case.id}", {"alarm": alarm.id}))
        return case

    def _grow(self, case: Incident, alarm: Alarm, table: rules.Grouping) -> None:
        case.opened_at, case.last_at = min(case.opened_at, alarm.received_at), max(case.last_at, alarm.received_at)
        if rules.gravity(alarm.kind, alarm.priority, table) < rules.gravity(case.kind, case.priority, table):
            case.kind, case.priority = alarm.kind, alarm.priority
            self.lines.append((None, "incident.raise", f"incident:{case.id}", {"kind": str(alarm.kind)}))
        if case not in self.opened:
            self.grown[case.id] = case

    def add(self, alarm: Alarm, case: Incident) -> None:
        self.members.append(bulk.make(Member, alarm_id=alarm.id, incident_id=case.id, joined_at=clock.now()))


def heard(alarm: Alarm) -> rules.Heard:
    return rules.Heard(
        kind=alarm.kind, code=alarm.code, priority=alarm.priority, at=alarm.received_at,
        is_folded=alarm.fold != "", is_own=alarm.protocol == codes.OWN,
    )  # fmt: skip


def new_case(alarm: Alarm, opened_by_id: int | None = None) -> Incident:
    """A case that begins with this alarm; without a number yet."""
    return bulk.make(
        Incident, id=new_id(), site_id=alarm.site_id, kind=alarm.kind, priority=alarm.priority,
        is_drill=alarm.is_drill, opened_at=alarm.received_at, last_at=alarm.received_at, opened_by_id=opened_by_id,
        year=timezone.localtime(alarm.received_at).year,
    )  # fmt: skip


def give_numbers(cases: Sequence[Incident]) -> None:
    """Number new cases in their order, one reservation a year."""
    for year in sorted({case.year for case in cases}):
        mine = [case for case in cases if case.year == year]
        if not Counter.objects.filter(year=year).update(last=F("last") + len(mine)):
            Counter.objects.create(year=year, last=len(mine))
        last = Counter.objects.values_list("last", flat=True).get(year=year)
        for number, case in enumerate(mine, last - len(mine) + 1):
            case.number = number


def reopen_with(alarms: Sequence[Alarm], members: Collection[int]) -> None:
    """An alarm of a closed case is open again: so is its case. `members`: those of the alarms that have a case."""
    alive = [alarm.id for alarm in alarms if alarm.id in members and alarm.state != State.CLOSED]
    closed = Incident.objects.filter(members__alarm__in=alive, closed_at__isnull=False) if alive else []
    for case in closed:
        case.closed_at, case.closed_by, case.outcome = None, None, ""
        case.save(update_fields=["closed_at", "closed_by", "outcome"])
        IncidentEvent.objects.create(incident=case, at=clock.now(), kind=EventKind.REOPENED)
        record(None, "incident.reopen", f"incident:{case.id}", {})
