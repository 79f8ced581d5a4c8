"""Acts of people on arming: arm, disarm, leave a zone out. Each is one transaction with its audit line.

Only of premises whose sensors nobody else arms: what a panel guards is armed at the panel.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.accounts.models import User
from canh.alarms import arming_moves as moves
from canh.alarms import sensors
from canh.alarms.arming import Written
from canh.alarms.arming_moves import Why
from canh.alarms.models_arming import Arming, Bypass
from canh.alarms.sensors import SensorBook
from canh.alarms.terms_arming import ARMED, ArmState, BypassSource, Cause
from canh.audit.actions import record
from canh.kit import bulk, clock, hint
from canh.kit.text import nfc
from canh.sites.queries_hours import rules_of
from canh.sites.terms import OnOpen, ZoneUse

if TYPE_CHECKING:
    from canh.sites.models import HoursRule

LONGEST_BYPASS = timedelta(days=7)
NEVER_LEFT_OUT = frozenset({ZoneUse.HOLD_UP, ZoneUse.FIRE})


class StandsOpen(ValidationError):
    """Not armed, because doors or windows are open."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(_("Not armed. Still open: %(names)s.") % {"names": ", ".join(names)})


def arm(site_id: int, user: User, mode: str, note: str = "") -> Arming:
    """Begin the exit delay; with something open that nobody leaves by: StandsOpen. Raises ValidationError."""
    if mode not in ARMED:
        raise ValidationError({"mode": _("Choose how to arm.")})
    with transaction.atomic():
        row, book, rule = _opened(site_id)
        if row.state == mode:
            return row
        names = blocked_by(book, rule)
        if names:
            raise StandsOpen(names)
        _begin_exit(row, mode, rule, Why(Cause.PERSON, user.id, facts=_noted(note)), book)
        record(user.id, "arming.arm", f"site:{site_id}", {"mode": mode})
    hint.tell("engine")
    return row


def blocked_by(book: SensorBook, rule: HoursRule) -> list[str]:
    """What stands open and keeps the premises from being armed; the door by which one leaves may still be open."""
    if rule.on_open != OnOpen.REFUSE:
        return []
    delayed = rule.exit_s > 0
    return [o.name for o in book.open_at(rule.site_id) if not (delayed and o.use == ZoneUse.ENTRY)]


def arm_by_schedule(site_id: int) -> None:
    """Closing and grace are over: Canh arms. What is open is told, not passed over."""
    now = clock.now()
    with transaction.atomic():
        row, book, rule = _opened(site_id)
        if row.state != ArmState.DISARMED:
            return
        row.tried_at = now
        if names := blocked_by(book, rule):
            out = Written()
            out.add(row, moves.note(row, now, Why(Cause.ZONE_OPEN, facts={"open": names})))
            out.save()
        else:
            _begin_exit(row, ArmState.AWAY, rule, Why(Cause.SCHEDULE), book)
        record(None, "arming.arm", f"site:{site_id}", {"open": len(names)})


def disarm(site_id: int, user: User, note: str = "") -> Arming:
    """Sensors ring nobody from now on, but what is always on."""
    with transaction.atomic():
        row, _book, _rule = _opened(site_id)
        if row.state != ArmState.DISARMED:
            _disarm(row, Why(Cause.PERSON, user.id, facts=_noted(note)))
            record(user.id, "arming.disarm", f"site:{site_id}", {})
    hint.tell("engine")
    return row


def disarm_by_schedule(site_id: int) -> None:
    with transaction.atomic():
        row, _book, _rule = _opened(site_id)
        if row.state in ARMED and row.tripped_at is None:
            _disarm(row, Why(Cause.SCHEDULE))
            record(None, "arming.disarm", f"site:{site_id}", {})


def leave_out(
    site_id: int, user: User, *, panel_id: int, zone_number: str, reason: str, until_at: datetime
) -> Bypass:  # fmt: skip
    """A bare sensor rings nobody until a moment, at most a week. Raises ValidationError."""
    now, reason = clock.now(), nfc(reason).strip()[:200]
    if not reason:
        raise ValidationError({"reason": _("Say why it is left out.")})
    if not now < until_at <= now + LONGEST_BYPASS:
        raise ValidationError({"hours": _("At most %(days)d days.") % {"days": LONGEST_BYPASS.days}})
    with transaction.atomic():
        book = sensors.of_sites([site_id])
        panel = book.panels.get(panel_id)
        if panel is None:
            raise ValidationError(_("What a panel guards is left out at the panel."))
        zone = panel.zone(zone_number)
        if zone and zone.use in NEVER_LEFT_OUT:
            raise ValidationError(_("Hold-up and fire are never left out here."))
        if book.is_bypassed(panel_id, zone_number):
            raise ValidationError(_("It is left out already."))
        made = Bypass.objects.create(
            site_id=site_id, panel_id=panel_id, zone_number=zone_number, name=panel.name_of(zone_number),
            source=BypassSource.PERSON, reason=reason, begun_at=now, begun_by=user, until_at=until_at,
        )  # fmt: skip
        record(user.id, "bypass.begin", f"site:{site_id}", {"bypass": made.id, "panel": panel_id})
    return made


def guard_again(bypass: Bypass, user: User) -> None:
    """The zone is no longer left out. Harmless when it has ended already. What a panel left out, its panel ends."""
    if bypass.source == BypassSource.PANEL:
        raise ValidationError(_("What a panel guards is left out at the panel."))
    with transaction.atomic():
        running = Bypass.objects.filter(id=bypass.id, ended_at__isnull=True)
        if running.update(ended_at=clock.now(), ended_by=user):
            record(user.id, "bypass.end", f"site:{bypass.site_id}", {"bypass": bypass.id})


def end_due_bypasses(now: datetime) -> bool:
    """End what was left out for as long as somebody said."""
    due = Bypass.objects.filter(ended_at__isnull=True, until_at__lte=now)
    found = list(due[:500])
    if found:
        with transaction.atomic():
            for one in found:
                one.ended_at = one.until_at
                record(None, "bypass.end", f"site:{one.site_id}", {"bypass": one.id})
            bulk.update(found, ["ended_at"])
    return bool(found)


def _opened(site_id: int) -> tuple[Arming, SensorBook, HoursRule]:
    """The row of the bare sensors of premises, held until the transaction ends; made when there is none."""
    book = sensors.of_sites([site_id])
    if not book.panels:
        raise ValidationError(_("Canh arms no sensor here: what a panel guards is armed at the panel."))
    found = Arming.objects.select_for_update().filter(site=site_id, panel__isnull=True).first()
    if found is None:
        found = moves.new_row(site_id, None, "", clock.now())
        bulk.insert([found])
    return found, book, rules_of([site_id])[site_id]


def _begin_exit(row: Arming, mode: str, rule: HoursRule, why: Why, book: SensorBook) -> None:
    now, out = clock.now(), Written()
    until_at = now + timedelta(seconds=rule.exit_s)
    out.add(row, moves.move(row, ArmState.ARMING, now, why, mode=mode, until_at=until_at))
    if not rule.exit_s:
        line, out.bypasses = moves.end_exit(row, book.open_at(row.site_id), book.silent_at(row.site_id), rule.on_open)
        out.add(row, line)
    out.save()


def _disarm(row: Arming, why: Why) -> None:
    now, out = clock.now(), Written()
    out.add(row, moves.move(row, ArmState.DISARMED, now, why))
    out.save()
    Bypass.objects.filter(site=row.site_id, ended_at__isnull=True, source=BypassSource.ARMING).update(ended_at=now)


def _noted(note: str) -> dict[str, str]:
    text = nfc(note).strip()[:200]
    return {"note": text} if text else {}
