"""Engine steps of arming, and of opening and closing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from canh.alarms import actions_arming, closing, sensors
from canh.alarms import arming_moves as moves
from canh.alarms.arming import Written
from canh.alarms.arming_moves import Why
from canh.alarms.models_arming import Arming, SiteClosing
from canh.alarms.terms_arming import ArmState, Cause
from canh.intake.actions import release
from canh.intake.queries import oldest_waiting_at
from canh.intake.terms import HeldBack
from canh.kit import clock
from canh.kit.pace import Pace
from canh.sites.queries import directory_revision
from canh.sites.queries_hours import changed_after, rules_of, sites_with_hours

BATCH = 200
LOOK_EVERY = timedelta(seconds=1)


class EndDelays:
    """Ends exit and entry delays, and what was left out for a time."""

    name = "alarms.arming"

    def __call__(self) -> bool:
        now = clock.now()
        due = list(Arming.objects.filter(until_at__lte=now).order_by("until_at").values_list("id", flat=True)[:BATCH])
        waiting = oldest_waiting_at() if due else None
        ended = [_end_delay(row_id, now, waiting) for row_id in due]
        return actions_arming.end_due_bypasses(now) or any(ended)


def _end_delay(row_id: int, now: datetime, waiting: datetime | None) -> bool:
    """Each in a transaction of its own, on the row as it stands: somebody may have disarmed this very moment. Whether
    a door is open is known only when every signal before was looked at."""
    with transaction.atomic():
        row = Arming.objects.select_for_update().filter(id=row_id, until_at__lte=now).first()
        if row is None or row.until_at is None:
            return False
        if row.state == ArmState.PENDING:
            _end_entry(row, row.until_at)
            return True
        is_known = waiting is None or waiting > row.until_at
        if is_known:
            _end_exit(row)
        return is_known


def _end_exit(row: Arming) -> None:
    book, out = sensors.of_sites([row.site_id]), Written()
    opened, silent = book.open_at(row.site_id), book.silent_at(row.site_id)
    line, out.bypasses = moves.end_exit(row, opened, silent, rules_of([row.site_id])[row.site_id].on_open)
    out.add(row, line)
    out.save()


def _end_entry(row: Arming, at: datetime) -> None:
    """Nobody disarmed: it is armed as before, and what was held back since the door was opened rings now."""
    out, begun_at = Written(), row.since_at
    out.add(row, moves.move(row, row.mode, at, Why(Cause.ENTRY_OVER)))
    row.tripped_at = begun_at
    out.save()
    release(row.site_id, HeldBack.ENTRY, begun_at)


class CheckClosing:
    """Tells which premises are opened and closed otherwise than their hours say; arms where nobody else does.

    Which premises have hours is learned from the register, whose hours changed from the rows of their rules; and each
    is looked at again within the hour, whatever happens.
    """

    name = "alarms.closing"

    def __init__(self) -> None:
        self._pace = Pace(LOOK_EVERY)
        self._changed_at: datetime | None = None
        self._revision = -1

    def __call__(self) -> bool:
        now = clock.now()
        if not self._pace.is_due(now):
            return False
        has_more = self._follow_hours(now)
        has_looked = closing.look(now)
        if has_more or has_looked:
            self._pace.again()
        return has_more or has_looked

    def _follow_hours(self, now: datetime) -> bool:
        """Premises whose hours are new or changed. True: there may be more."""
        found: set[int] = set()
        revision = directory_revision()
        if revision != self._revision:
            known = SiteClosing.objects.values("site")
            found |= set(sites_with_hours().exclude(id__in=known).values_list("id", flat=True)[:BATCH])
            self._revision = revision if len(found) < BATCH else self._revision
        changed = changed_after(self._changed_at or clock.from_us(0), BATCH)
        found |= {site for site, _at in changed}
        if found:
            with transaction.atomic():
                moves.wake(found, now)
        if changed:
            self._changed_at = changed[-1][1]
        return len(changed) == BATCH or self._revision != revision
