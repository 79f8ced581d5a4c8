"""Desks, what they watch, and who takes over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from canh.alarms.actions import next_pulse
from canh.audit.actions import record
from canh.intake.actions_own import Lapse, tell_lapses
from canh.intake.terms import Turn
from canh.kit import clock, hint
from canh.monitoring import queries, rules
from canh.monitoring.models import Takeover, Watch, WatchDesk
from canh.sites.queries_panels import speaker

if TYPE_CHECKING:
    from canh.accounts.models import Unit, User
    from canh.sites.models import Site

UNMANNED = "desk_unmanned"
"""Of intake/data/codes/canh.toml."""


def save_desk(desk: WatchDesk, people: Collection[User], *, by: User) -> WatchDesk:
    """A new desk, or a changed one. Raises ValidationError."""
    is_new = desk._state.adding
    if not people:
        raise ValidationError({"people": _("Say who may sit there.")})
    if speaker(desk.site_id) is None:
        raise ValidationError(
            {"site": _("These premises have no device in use: nobody could be told when it is empty.")}
        )
    with transaction.atomic():
        desk.full_clean(exclude=["site", "retired_at"])
        desk.save()
        desk.people.set(people)
        record(by.id, "watchdesk.add" if is_new else "watchdesk.change", f"site:{desk.site_id}", {"desk": desk.id})
    hint.tell("engine")
    return desk


def retire_desk(desk: WatchDesk, *, by: User) -> None:
    """It watches nothing any more; what it watched stands among the gaps at once. Harmless when it is gone."""
    now = clock.now()
    with transaction.atomic():
        if WatchDesk.objects.filter(id=desk.id, retired_at__isnull=True).update(retired_at=now):
            Watch.objects.filter(desk=desk, removed_at__isnull=True).update(removed_at=now)
            record(by.id, "watchdesk.retire", f"site:{desk.site_id}", {"desk": desk.id})
    hint.tell("engine")


def add_watch(
    desk: WatchDesk, *, by: User, weekdays: Collection[int], opens: time, closes: time, site: Site | None = None,
    unit: Unit | None = None, reserve: WatchDesk | None = None,
) -> Watch:  # fmt: skip
    """A desk watches premises, or a unit with all below it, at some hours. Raises ValidationError."""
    if (site is None) == (unit is None):
        raise ValidationError({"unit": _("Choose a unit, or premises.")})
    if not weekdays:
        raise ValidationError({"weekdays": _("Choose at least one day.")})
    if reserve is not None and reserve.id == desk.id:
        raise ValidationError({"reserve": _("Another desk must take over: this one is the one that is empty.")})
    made = Watch(desk=desk, reserve=reserve, site=site, unit=unit, opens=opens, closes=closes,
                 weekdays="".join(str(day) for day in sorted(weekdays)), made_by=by)  # fmt: skip
    with transaction.atomic():
        made.save(force_insert=True)
        where = f"site:{site.id}" if site else f"unit:{unit.id if unit else 0}"
        record(by.id, "watchdesk.watch", where, {"desk": desk.id, "watch": made.id})
    hint.tell("engine")
    return made


def remove_watch(watch: Watch, *, by: User) -> None:
    """Harmless when it is gone."""
    with transaction.atomic():
        if Watch.objects.filter(id=watch.id, removed_at__isnull=True).update(removed_at=clock.now()):
            where = f"site:{watch.site_id}" if watch.site_id else f"unit:{watch.unit_id}"
            record(by.id, "watchdesk.unwatch", where, {"desk": watch.desk_id, "watch": watch.id})
    hint.tell("engine")


# ── Who takes over ───────────────────────────────────────────────────────


class Follower:
    """Lets another desk take over where nobody sits, and gives back where somebody does."""

    def __init__(self) -> None:
        self._empty_since: dict[int, datetime] = {}
        """Watch -> since when its desk is seen empty."""
        self._on: frozenset[int] | None = None
        """Watches whose hours it was at the last look."""

    def forget(self) -> None:
        """Nobody can be heard just now: count anew afterwards."""
        self._empty_since.clear()

    def look(self, now: datetime) -> int:
        """How much changed."""
        plan, manned, local = queries.Plan(), queries.manned(now), timezone.localtime(now)
        running = {t.watch_id: t for t in Takeover.objects.filter(ended_at__isnull=True).select_related("watch")}
        on = {w.id: w for w in plan.watches if plan.shift(w).is_on(local)}
        for gone in set(self._empty_since) - set(on):
            del self._empty_since[gone]
        changes = [_change(plan, w, manned, running.get(w.id), self._empty_since, now) for w in on.values()]
        changes += [Change(t.watch, t, ends=True) for t in running.values() if t.watch_id not in on]
        found = [change for change in changes if change]
        _make(found, now)
        return len(found) + self._note_hours(frozenset(on))

    def _note_hours(self, on: frozenset[int]) -> int:
        """Hours of another desk began or ended: every queue shows anew what rings there."""
        before, self._on = self._on, on
        if before is None or before == on:
            return 0
        with transaction.atomic():
            next_pulse()
        return 1


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written of one watch."""

    watch: Watch
    before: Takeover | None
    to: int | None = None
    """Who watches instead; None: nobody."""
    ends: bool = False
    """The desk itself watches again, or its hours are over."""


def _change(
    plan: queries.Plan, watch: Watch, manned: Collection[int], before: Takeover | None,
    empty_since: dict[int, datetime], now: datetime,
) -> Change | None:  # fmt: skip
    if watch.desk_id in manned:
        empty_since.pop(watch.id, None)
        return Change(watch, before, ends=True) if before else None
    if now - empty_since.setdefault(watch.id, now) < rules.GRACE and before is None:
        return None
    to = rules.who_watches(_chain(plan, watch, timezone.localtime(now)), manned)
    return None if before is not None and before.to_id == to else Change(watch, before, to)


def _chain(plan: queries.Plan, watch: Watch, local: datetime) -> Sequence[int]:
    """The watch itself first, then whatever else is said of its ground and above."""
    path = watch.site.unit.path if watch.site else watch.unit.path if watch.unit else ""
    return rules.chain([[plan.shift(watch)], *plan.shifts(watch.site_id, path)], local)


def _make(changes: Sequence[Change], now: datetime) -> None:
    """Said first, written after: a crash in between makes a repeat, not a silence."""
    if not changes:
        return
    _tell(changes, now)
    with transaction.atomic():
        for change in changes:
            if change.before:
                Takeover.objects.filter(id=change.before.id, ended_at__isnull=True).update(ended_at=now)
            if not change.ends:
                Takeover.objects.create(watch=change.watch, to_id=change.to, began_at=now)
            about = {"watch": change.watch.id, "desk": change.watch.desk_id, "to": change.to or 0}
            record(None, "watchdesk.back" if change.ends else "watchdesk.takeover", _where(change.watch), about)
        next_pulse()


def _where(watch: Watch) -> str:
    return f"site:{watch.site_id}" if watch.site_id else f"unit:{watch.unit_id}"


def _tell(changes: Sequence[Change], now: datetime) -> None:
    """Where nobody at all watches, the desk's own premises ring; and no longer once somebody does."""
    begun = {c.watch.desk_id for c in changes if not c.ends and c.to is None}
    ended = {c.watch.desk_id for c in changes if c.before and c.before.to_id is None and (c.ends or c.to)}
    still = set(_blind_desks(exclude=[c.before.id for c in changes if c.before])) | begun
    lapses = []
    for desk in WatchDesk.objects.filter(id__in=begun | (ended - still)).select_related("site"):
        if (panel := speaker(desk.site_id)) is not None:
            turn = Turn.NEW if desk.id in begun else Turn.RESTORE
            lapses.append(Lapse(panel.id, UNMANNED, turn, f"desk {desk.id} {now.isoformat()}", {"desk": desk.name}))
    tell_lapses(lapses)


def _blind_desks(exclude: Collection[int]) -> Collection[int]:
    open_ones = Takeover.objects.filter(ended_at__isnull=True, to__isnull=True).exclude(id__in=exclude)
    return open_ones.values_list("watch__desk", flat=True)
