"""Arming within a batch of signals: what panels report of it, and which bare sensors ring.

Everything is read once for the batch and written once, in the caller's transaction; after a restart it is there again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from canh.alarms import arming_moves as moves
from canh.alarms import queries_arming, rules_arming
from canh.alarms.arming_moves import Why
from canh.alarms.models_arming import Arming, ArmingChange, Bypass
from canh.alarms.rules_arming import BARE_DOORS, ArmingTable, Guard, Moved, Ruling
from canh.alarms.sensors import BarePanel, SensorBook, bare_panels
from canh.alarms.terms_arming import ArmState, BypassSource, Cause
from canh.intake.terms import COUNTS_AS_SENT, HeldBack, Kind, Turn
from canh.kit import bulk, clock
from canh.kit.ids import new_id
from canh.sites.queries import drill_panels
from canh.sites.queries_hours import rules_of

if TYPE_CHECKING:
    from canh.alarms.rules import Reading
    from canh.intake.models import Signal
    from canh.sites.models import HoursRule


class ArmingBatch:
    """What a batch does to arming; costs nothing where no signal is about it."""

    def __init__(self, signals: Sequence[Signal]) -> None:
        table = queries_arming.arming_table(min(s.received_at for s in signals).date())
        # What the panel of an exercise says of openings would be said of real premises.
        played = drill_panels({s.panel_id for s in signals if s.is_drill and s.panel_id})
        mine = [s for s in signals if s.panel_id and s.site_id and s.panel_id not in played]
        bare = [s for s in mine if s.door.partition(":")[0] in BARE_DOORS and _is_of_sensor(s, table)]
        reports = [s for s in mine if (s.protocol, s.code) in table.words or s.kind == Kind.BYPASS]
        self._bare = Bare(bare, table) if bare else None
        self._reports = Reports(reports, table) if reports else None

    def judge(self, signal: Signal, reading: Reading) -> HeldBack | None:
        """Why an intrusion signal of a bare sensor rings nobody; what a panel reports always rings: it decided."""
        return self._bare.judge(signal, reading) if self._bare else None

    def save(self) -> None:
        for part in (self._reports, self._bare):
            if part:
                part.save()


def _is_of_sensor(signal: Signal, table: ArmingTable) -> bool:
    code = (signal.protocol, signal.code)
    return code in table.lost or (signal.kind == Kind.INTRUSION and code not in table.decided)


class Written:
    """Rows of arming that a batch makes and changes, and what is written of them."""

    def __init__(self) -> None:
        self.made: list[Arming] = []
        self.touched: dict[int, Arming] = {}
        self.lines: list[ArmingChange] = []
        self.bypasses: list[Bypass] = []
        self.ended: list[Bypass] = []

    def add(self, row: Arming, line: ArmingChange) -> None:
        self.touched[row.id] = row
        self.lines.append(line)

    def save(self) -> None:
        """Inside the caller's transaction."""
        made = {row.id for row in self.made}
        bulk.insert(self.made)
        bulk.update([row for row in self.touched.values() if row.id not in made], moves.COLUMNS)
        bulk.insert(self.lines)
        bulk.insert(self.bypasses)
        new = {row.id for row in self.bypasses}
        bulk.update([row for row in self.ended if row.id not in new], ["ended_at", "ended_by"])
        moves.wake({line.site_id for line in self.lines}, clock.now())


# ── What panels report ───────────────────────────────────────────────────


class Reports:
    """Openings, closings and bypasses that panels report: the panel is the truth."""

    def __init__(self, signals: Sequence[Signal], table: ArmingTable) -> None:
        self._signals, self._table = signals, table
        panels = sorted({s.panel_id for s in signals if s.panel_id})
        self._rows: dict[int, dict[str, Arming]] = {}
        for row in Arming.objects.filter(panel__in=panels).select_for_update():
            self._rows.setdefault(row.panel_id or 0, {})[row.partition] = row
        running = Bypass.objects.filter(panel__in=panels, ended_at__isnull=True).select_for_update()
        self._bypassed = {(b.panel_id, b.zone_number, b.condition): b for b in running}
        self._out = Written()

    def save(self) -> None:
        for signal in self._signals:
            if signal.repeat_of_id is not None or signal.verdict not in COUNTS_AS_SENT:
                continue
            if signal.kind == Kind.BYPASS:
                self._bypass(signal)
            code = (signal.protocol, signal.code)
            if word := self._table.says(code, signal.turn, str(signal.extra.get("state", ""))):
                self._report(signal, word)
        self._out.save()

    def _report(self, signal: Signal, word: str) -> None:
        if not rules_arming.is_believed(word, signal.verdict, is_repeat=False):
            return
        is_told = signal.kind not in {Kind.OPEN_CLOSE, Kind.INFO}
        for row in self._rows_of(signal):
            at, who = signal.occurred_at, signal.user_number
            if word in {rules_arming.FAILED, rules_arming.LATE}:
                cause = Cause.PANEL_FAILED if word == rules_arming.FAILED else Cause.PANEL_LATE
                line = moves.note(row, at, Why(cause, None, who, signal.id))
                row.panel_told_at = at if cause == Cause.PANEL_LATE else row.panel_told_at
                self._out.add(row, line)
            elif rules_arming.is_news(row.state, row.since_at, word, at):
                self._out.add(row, moves.move(row, word, at, Why(Cause.PANEL, None, who, signal.id, is_told=is_told)))
                if word == ArmState.DISARMED:
                    self._end_with_opening(row, at)

    def _rows_of(self, signal: Signal) -> list[Arming]:
        """Whom a report is about: one partition; without a name all that are known. A panel that begins to name its
        partitions had meant the one that it named first."""
        panel_id, name = signal.panel_id or 0, rules_arming.partition(signal.partition)
        known = self._rows.setdefault(panel_id, {})
        if not name and known:
            return list(known.values())
        if name not in known and set(known) == {""}:
            known[name] = known.pop("")
            known[name].partition = name
            self._out.touched[known[name].id] = known[name]
        if name not in known:
            known[name] = moves.new_row(signal.site_id or 0, panel_id, name, signal.occurred_at)
            self._out.made.append(known[name])
        return [known[name]]

    def _bypass(self, signal: Signal) -> None:
        key = (signal.panel_id or 0, signal.zone_number, signal.condition)
        running = self._bypassed.get(key)
        if signal.turn == Turn.RESTORE and running:
            running.ended_at = signal.occurred_at
            self._out.ended.append(self._bypassed.pop(key))
        elif signal.turn != Turn.RESTORE and not running:
            made = bulk.make(
                Bypass, id=new_id(), site_id=signal.site_id, panel_id=key[0], zone_number=key[1], condition=key[2],
                name=signal.zone.name if signal.zone else "", source=BypassSource.PANEL, begun_at=signal.occurred_at,
                signal_id=signal.id,
                ends_when_opened=(signal.protocol, signal.code) in self._table.until_opening,
            )  # fmt: skip
            self._bypassed[key] = made
            self._out.bypasses.append(made)

    def _end_with_opening(self, row: Arming, at: datetime) -> None:
        for key, one in list(self._bypassed.items()):
            if one.panel_id == row.panel_id and one.ends_when_opened and one.begun_at < at:
                one.ended_at = at
                self._out.ended.append(self._bypassed.pop(key))


# ── Bare sensors ─────────────────────────────────────────────────────────


class Bare:
    """Sensors without a panel: whether they ring stands in the table, as people and schedules armed them."""

    def __init__(self, signals: Sequence[Signal], table: ArmingTable) -> None:
        self._table = table
        self.book = SensorBook(bare_panels().filter(id__in=sorted({s.panel_id or 0 for s in signals})))
        sites = {panel.site_id for panel in self.book.panels.values()}
        found = Arming.objects.filter(site__in=sorted(sites), panel__isnull=True).select_for_update()
        self._rows = {row.site_id: row for row in found}
        if any(row.state == ArmState.ARMING for row in self._rows.values()):  # then other sensors count as well
            self.book = SensorBook(bare_panels().filter(site__in=sorted(sites)))
        self._rules: dict[int, HoursRule] = rules_of(sorted(self._rows)) if self._rows else {}
        self._ahead: dict[int, list[Signal]] = {site: [] for site in sites}
        for signal in sorted(signals, key=lambda s: (s.received_at, s.id)):
            if panel := self.book.panels.get(signal.panel_id or 0):
                self._ahead[panel.site_id].append(signal)
        self._history: dict[int, list[Moved]] = {}
        self._out = Written()

    def judge(self, signal: Signal, reading: Reading) -> HeldBack | None:
        panel = self.book.panels.get(signal.panel_id or 0)
        if panel is None:
            return None
        row, at = self._rows.get(panel.site_id), signal.received_at
        if row and row.state == ArmState.ARMING and row.until_at and row.until_at <= at:
            self._end_exit(row, row.until_at)
        self._observe(panel.site_id, at)
        if reading.kind != Kind.INTRUSION or reading.turn == Turn.RESTORE:
            return None
        if (signal.protocol, signal.code) in self._table.decided:
            return None
        return self._rule(signal, panel, row)

    def _rule(self, signal: Signal, panel: BarePanel, row: Arming | None) -> HeldBack | None:
        at, zone = signal.received_at, panel.zone(signal.zone_number)
        guard, is_late = self._guard(row, at)
        rule = self._rules.get(panel.site_id)
        delay = timedelta(seconds=rule.entry_s if rule else 0)
        ruling = rules_arming.ruling(
            guard, zone.use if zone else "", at, has_delay=bool(delay),
            is_bypassed=self.book.is_bypassed(panel.id, signal.zone_number),
        )  # fmt: skip
        if ruling == Ruling.DELAY and row:
            if is_late:  # looked at only now: what followed is known already
                is_disarmed = rules_arming.disarmed_within(self._changes(row), at, delay)
                return HeldBack.ENTRY if is_disarmed else None
            facts = {"open": [panel.name_of(signal.zone_number)]}
            why = Why(Cause.ENTRY, signal_id=signal.id, facts=facts)
            self._out.add(row, moves.move(row, ArmState.PENDING, at, why, mode=row.state, until_at=at + delay))
            return HeldBack.ENTRY
        return None if ruling == Ruling.RING else HeldBack(ruling.value)

    def _guard(self, row: Arming | None, at: datetime) -> tuple[Guard, bool]:
        """How the premises stood when the signal came; whether that is not how they stand now."""
        if row is None:
            return Guard(ArmState.UNKNOWN), False
        is_tripped = row.tripped_at is not None and at >= row.tripped_at
        now = Guard(row.state, row.mode, is_tripped, row.until_at)
        if at >= row.since_at or is_tripped:
            return now, False
        return rules_arming.guard_at(self._changes(row), at, now), True

    def _changes(self, row: Arming) -> list[Moved]:
        """The last changes of a row, in order."""
        if row.id not in self._history:
            found = ArmingChange.objects.filter(arming=row.id).order_by("-at", "-id")
            last = [Moved(*one) for one in found.values_list("at", "before", "after")[:50]]
            self._history[row.id] = last[::-1]
        return self._history[row.id]

    def _observe(self, site_id: int, until: datetime) -> None:
        """Bring the book of open contacts to a moment."""
        ahead = self._ahead[site_id]
        while ahead and ahead[0].received_at <= until:
            self.book.observe(ahead.pop(0), self._table)

    def _end_exit(self, row: Arming, until: datetime) -> None:
        self._observe(row.site_id, until)
        line, left_out = moves.end_exit(
            row, self.book.open_at(row.site_id), self.book.silent_at(row.site_id), self._rules[row.site_id].on_open
        )
        self._out.add(row, line)
        self._out.bypasses += left_out
        self.book.bypassed |= {(b.panel_id, b.zone_number) for b in left_out}

    def save(self) -> None:
        for site_id, ahead in self._ahead.items():
            if ahead:
                self._observe(site_id, ahead[-1].received_at)
        self.book.save()
        self._out.save()
