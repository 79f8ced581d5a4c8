"""Openings and closings against the hours of premises, in batches.

What is to be said is written to Canh's own journal first and marked after: a crash between the two makes a repeat, not
a second alarm. The tables are the queue: changes that were not looked at yet, and premises whose time has come.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from canh.alarms import actions_arming, queries_arming, routines, rules_arming, rules_closing
from canh.alarms.arming_moves import TO_CHECK
from canh.alarms.models_arming import Arming, ArmingChange, Lapse, SiteClosing
from canh.alarms.rules_closing import LOOK_AGAIN, Look, Part, Told
from canh.alarms.sensors import bare_panels
from canh.alarms.terms_arming import ArmState, LapseCode
from canh.intake import actions_own
from canh.intake.terms import Turn
from canh.kit import bulk, clock
from canh.kit.ids import new_id
from canh.sites.queries import TestSpan, test_spans
from canh.sites.queries_hours import keep_money, rules_of, schedules
from canh.sites.terms import BySchedule

if TYPE_CHECKING:
    from canh.sites.models import HoursRule

BATCH = 200
REMEMBERED = LOOK_AGAIN * 24 * 14
"""How long a lapse that is over is looked up: a deadline can only be told again while it is the last one."""


def look(now: datetime) -> bool:
    """Look at what changed and at the premises whose time has come. True: something was done."""
    lines = list(ArmingChange.objects.filter(is_checked=False).select_related("arming").order_by("id")[:BATCH])
    due = SiteClosing.objects.filter(look_at__lte=now).order_by("look_at")
    sites = sorted({line.site_id for line in lines} | set(due.values_list("site", flat=True)[:BATCH]))
    if not sites:
        return False
    Round(sites, now).run(lines)
    return True


@dataclass
class _Told:
    """What a round says, and the rows it writes."""

    said: list[actions_own.Lapse] = field(default_factory=list)
    made: list[Lapse] = field(default_factory=list)
    over: list[Lapse] = field(default_factory=list)


class Round:
    """Some premises, looked at once."""

    def __init__(self, sites: Sequence[int], now: datetime) -> None:
        self.sites, self.now = sites, timezone.localtime(now)
        self._schedules = schedules(sites)
        self._rules: Mapping[int, HoursRule] = rules_of(sites)
        self._money = keep_money(sites)
        self._rows: dict[int, list[Arming]] = queries_arming.armings_of(list(sites))
        self._speakers = _speakers(sites)
        self._lapses = _lapses(sites, now)
        self._out = _Told()

    def run(self, lines: Sequence[ArmingChange]) -> None:
        spans = test_spans(min([line.at for line in lines] + [self.now]))
        for line in lines:
            self._check(line, spans)
        looks = {site: self._look(site, spans) for site in self.sites}
        actions_own.tell_lapses(self._out.said)
        with transaction.atomic():
            bulk.insert(self._out.made)
            made = {lapse.id for lapse in self._out.made}
            bulk.update([one for one in self._out.over if one.id not in made], ["ended_at"])
            routines.begin(lines, self.now)
            ArmingChange.objects.filter(id__in=[line.id for line in lines]).update(is_checked=True)
            self._note(looks)
        for site, found in looks.items():  # a part without sensors is not among the rows, so it is not armed either
            if found.arm:
                actions_arming.arm_by_schedule(site)
            elif found.disarm:
                actions_arming.disarm_by_schedule(site)

    # ── One change ──

    def _check(self, line: ArmingChange, spans: Sequence[TestSpan]) -> None:
        """An opening outside hours, arming that failed: as it was when it happened."""
        if any(span.covers(line.site_id, None, line.at) for span in spans):
            return
        code: LapseCode | None = None
        if line.cause in TO_CHECK:
            code = LapseCode.FAILED
        elif line.before != ArmState.ARMING:  # else somebody thought better of leaving
            schedule, at = self._schedules.get(line.site_id), timezone.localtime(line.at)
            code = rules_closing.of_opening(schedule, at, keeps_money=line.site_id in self._money)
        if code and not self._runs(line.site_id, code):
            self._tell(line.site_id, code, line.at, line.arming)

    def _runs(self, site_id: int, code: str) -> bool:
        return any(one.code == code and one.ended_at is None for one in self._lapses.get(site_id, ()))

    # ── One site ──

    def _look(self, site: int, spans: Sequence[TestSpan]) -> Look:
        rows = {row.id: row for row in self._rows.get(site, ())}
        told = [Told(one.code, one.due_at, one.ended_at is not None) for one in self._lapses.get(site, ())]
        parts = [self._part(row) for row in rows.values()]
        busy = [s.until_at for s in spans if s.covers(site, None, self.now)]
        found = rules_closing.look(self._schedules.get(site), parts, told, self.now, max(busy, default=None))
        for code, due_at, part in found.tells:
            self._tell(site, code, due_at, rows[part])
        for one in found.ends:
            self._end(site, one)
        return found

    def _part(self, row: Arming) -> Part:
        rule = self._rules[row.site_id] if row.panel_id is None else None
        by = rule.by_schedule if rule else BySchedule.NOTHING
        return Part(
            row.id, row.state, row.since_at, row.panel_told_at, arms_itself=by in {BySchedule.ARM, BySchedule.BOTH},
            tried_at=row.tried_at, disarms_itself=by == BySchedule.BOTH, is_tripped=row.tripped_at is not None,
        )  # fmt: skip

    def _tell(self, site: int, code: LapseCode, due_at: datetime, row: Arming) -> None:
        panel = row.panel_id or self._speakers.get(site)
        if panel is None:
            return
        facts = {"due": due_at.isoformat(), "since": row.since_at.isoformat(), "partition": row.partition}
        if code == LapseCode.LATE and site in self._money:
            facts["ranks_as"] = LapseCode.UNEXPECTED.value
        lapse = Lapse(id=new_id(), site_id=site, panel_id=panel, code=code, due_at=due_at, told_at=self.now)
        self._out.said.append(_said(lapse, Turn.NEW, facts))
        self._out.made.append(lapse)
        self._lapses.setdefault(site, []).append(lapse)

    def _end(self, site: int, told: Told) -> None:
        for lapse in self._lapses.get(site, ()):
            if (lapse.code, lapse.due_at) == (told.code, told.due_at) and lapse.ended_at is None:
                lapse.ended_at = self.now
                self._out.said.append(_said(lapse, Turn.RESTORE, {}))
                self._out.over.append(lapse)

    def _woken(self) -> dict[int, datetime]:
        """Premises that somebody armed or disarmed since they were read here: they must be looked at again."""
        found = SiteClosing.objects.filter(site__in=self.sites, look_at__gt=self.now, look_at__lte=clock.now())
        return {site: at for site, at in found.values_list("site", "look_at") if at}

    def _note(self, looks: Mapping[int, Look]) -> None:
        """How each stands, for the board, and when to look again."""
        woken = self._woken()
        rows = []
        for site, found in looks.items():
            mine = self._rows.get(site, ())
            state = rules_arming.state_of_site([row.state for row in mine])
            since = max((row.since_at for row in mine if row.state == state), default=None)
            expected = found.expected
            rows.append((
                site, found.standing, state, since, expected.is_open if expected else None,
                expected.until if expected else None, (expected.because if expected else "")[:200],
                woken.get(site, found.look_at),
            ))  # fmt: skip
        names = ("site", "standing", "state", "since_at", "is_open_expected", "next_at", "because", "look_at")
        bulk.upsert(SiteClosing, names, rows, unique=["site"])


def _said(lapse: Lapse, turn: Turn, facts: Mapping[str, str]) -> actions_own.Lapse:
    occasion = f"{lapse.code} {lapse.due_at.isoformat()}"
    return actions_own.Lapse(lapse.panel_id, lapse.code, turn, occasion, facts)


def _lapses(sites: Collection[int], now: datetime) -> dict[int, list[Lapse]]:
    """What was told of premises and may still matter."""
    found: dict[int, list[Lapse]] = {}
    recent = Q(ended_at__isnull=True) | Q(due_at__gte=now - REMEMBERED)
    for lapse in Lapse.objects.filter(recent, site__in=sites).order_by("due_at", "id"):
        found.setdefault(lapse.site_id, []).append(lapse)
    return found


def _speakers(sites: Collection[int]) -> dict[int, int]:
    """Of which sensor it is said what premises without a panel do."""
    rows = bare_panels().filter(site__in=sites).order_by("-id").values_list("site", "id")
    return dict(rows)
