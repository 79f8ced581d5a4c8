"""Handing a case over to the police, and taking down what they answer. No machine of theirs is needed."""

from __future__ import annotations

import secrets
import string
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from canh.alarms.actions import touch_alarms
from canh.audit.actions import record
from canh.channels.actions import deliver
from canh.channels.message import Message, Outcome
from canh.channels.terms import ChannelKind, OutcomeState
from canh.intake.actions_own import Lapse, tell_lapses
from canh.intake.terms import Turn
from canh.kit import clock, hint
from canh.kit.text import nfc
from canh.liaison import queries, rules, sheet
from canh.liaison.models import PoliceDesk, Referral, ReferralLine
from canh.liaison.sheet import Answers, Sheet
from canh.liaison.terms import NEEDS_WORDS, OPEN, UPDATES, Disposition, LineKind, ReferralState, Refusal

if TYPE_CHECKING:
    from canh.accounts.models import User
    from canh.incidents.models import Incident

CODE_DIGITS = 5
MOMENTS = ("overdue_at", "answered_at", "ended_at")
RECEIPT_MISSING = "receipt_missing"
"""Of intake/data/codes/canh.toml."""


def hand_over(
    incident: Incident, desk: PoliceDesk, answers: Answers, *, by: User, reason: str, has_decided: bool = False
) -> Referral:  # fmt: skip
    """Hand a case over. `reason`: why its level holds, in words. `has_decided`: although somebody works there.
    Raises ValidationError."""
    facts, now = queries.case_facts(incident), clock.now()
    if incident.closed_at:
        raise ValidationError(_("The case is closed. Reopen it first."))
    if desk.retired_at:
        raise ValidationError({"desk": _("This desk is no longer in the directory.")})
    if incident.is_drill and not desk.joins_drills:
        raise ValidationError({"desk": _("This desk has not agreed to take part in exercises: do not call it.")})
    if facts.needs_decision and not has_decided:
        raise ValidationError({"has_decided": _("The premises are on test: say that you have decided it.")})
    with transaction.atomic():
        if Referral.objects.select_for_update().filter(incident=incident, state__in=OPEN).exists():
            raise ValidationError(_("This case is with the police already."))
        made = Referral.objects.create(
            incident=incident, alarm=facts.gravest, desk=desk, is_drill=incident.is_drill, code=_new_code(),
            sheet=_sheet(incident, facts, answers, reason).as_data(), made_at=now, made_by=by,
            due_at=now + queries.times(now.date()).receipt,
        )  # fmt: skip
        _line(made, LineKind.MADE, now, by, desk.name)
        record(by.id, "referral.make", f"referral:{made.id}", {"incident": incident.id, "desk": desk.id})
        touch_alarms([facts.gravest.id])
    return made


def _new_code() -> str:
    """Not one of those that are in use."""
    used = set(Referral.objects.filter(state__in=OPEN).values_list("code", flat=True))
    while (code := f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}") in used:
        pass
    return code


def _sheet(incident: Incident, facts: queries.CaseFacts, answers: Answers, reason: str) -> Sheet:
    site = incident.site
    return Sheet(
        case=incident.label, kind=incident.kind, zone=facts.gravest.zone_name, site=site.name,
        site_kind=str(site.get_kind_display()),
        address=site.address, area=site.area.name if site.area else "", lat=site.lat, lon=site.lon,
        received=f"{timezone.localtime(incident.opened_at):%H:%M:%S %d/%m/%Y}",
        level=int(facts.finding.level) if facts.finding else None, reason=reason, answers=answers,
        is_drill=incident.is_drill,
    )  # fmt: skip


def mail_sheet(referral: Referral, *, by: User) -> Outcome:
    """Send the sheet to the desk by email. Blocks up to 10 s; call it outside a transaction."""
    told = sheet.sheet_of(referral.sheet)
    number = ReferralLine.objects.filter(referral=referral, kind__in=(LineKind.MAILED, LineKind.NOT_MAILED)).count()
    message = Message(
        key=f"referral:{referral.id}:{number}", title=sheet.title(told), text=sheet.title(told),
        body=sheet.plain(told, referral.code), at=referral.made_at, is_test=False, is_drill=referral.is_drill,
    )  # fmt: skip
    outcome = deliver(ChannelKind.EMAIL, referral.desk.email, message)
    is_sent = outcome.state == OutcomeState.SENT
    with transaction.atomic():
        _line(referral, LineKind.MAILED if is_sent else LineKind.NOT_MAILED, clock.now(), by,
              referral.desk.email if is_sent else outcome.detail)  # fmt: skip
        record(by.id, "referral.mail", f"referral:{referral.id}", {"result": str(outcome.state)})
    return outcome


# -- what the police say


def accept(referral: Referral, *, by: User, officer: str, reference: str = "") -> None:
    """They have taken it. Raises ValidationError, IllegalMove."""
    if not officer.strip():
        raise ValidationError({"officer": _("Write down who confirmed: name, rank or number.")})
    text = ", ".join(part for part in (officer.strip(), reference.strip()) if part)
    _move(referral, "accept", LineKind.ACCEPTED, by, text, officer=officer.strip(), reference=reference.strip())


def reject(referral: Referral, *, by: User, refusal: str, text: str = "") -> None:
    """They do not take it, and why. Raises ValidationError, IllegalMove."""
    if refusal not in Refusal.values or (refusal == Refusal.OTHER and not text.strip()):
        raise ValidationError({"refusal": _("Say why they do not take it.")})
    _move(referral, "reject", LineKind.REJECTED, by, text.strip(), refusal=refusal)


def update(referral: Referral, *, by: User, kind: str, text: str = "") -> None:
    """A further message, theirs or ours. Raises ValidationError, IllegalMove."""
    if kind not in UPDATES:
        raise ValidationError({"kind": _("Choose what is taken down.")})
    if kind in NEEDS_WORDS and not text.strip():
        raise ValidationError({"text": _("Write down what was said.")})
    _move(referral, "update", LineKind(kind), by, text.strip())


def close(referral: Referral, *, by: User, disposition: str, text: str = "") -> None:
    """What came of it. Raises ValidationError, IllegalMove."""
    if disposition not in Disposition.values or (disposition == Disposition.OTHER and not text.strip()):
        raise ValidationError({"disposition": _("Say what came of it.")})
    _move(referral, "close", LineKind.CLOSED, by, text.strip(), disposition=disposition)


def cancel(referral: Referral, *, by: User, text: str) -> None:
    """We call it off: the police must hear that nobody need come. Raises ValidationError, IllegalMove."""
    if not text.strip():
        raise ValidationError({"text": _("Say why it is called off, and who at the police was told.")})
    _move(referral, "cancel", LineKind.CANCELLED, by, text.strip())


def confirm_code(referral: Referral, code: str, *, by: User) -> bool:
    """Whether a caller named the right code; a right one is written down."""
    given = "".join(c for c in code if c in string.digits)
    if not secrets.compare_digest(given, referral.code):
        return False
    with transaction.atomic():
        _line(referral, LineKind.CALLED_BACK, clock.now(), by)
    return True


def _move(referral: Referral, act: str, kind: LineKind, by: User, text: str, **facts: str) -> None:
    now = clock.now()
    with transaction.atomic():
        row = Referral.objects.select_for_update().get(id=referral.id)
        after = rules.moved(ReferralState(row.state), act)
        row.state = after
        for name, value in facts.items():
            setattr(row, name, value)
        if act != "update":
            row.answered_at = row.answered_at or now
            row.ended_at = None if after in OPEN else now
        row.full_clean(exclude=["incident", "alarm", "desk", "made_by", "sheet", *MOMENTS])
        row.save()
        _line(row, kind, now, by, text)
        record(by.id, f"referral.{act}", f"referral:{row.id}", {"kind": str(kind), "state": str(after)})
        touch_alarms([row.alarm_id])
    if row.overdue_at:
        hint.tell("engine")  # which ends what rings
    referral.refresh_from_db()


def _line(referral: Referral, kind: LineKind, at: datetime, by: User | None, text: str = "") -> None:
    ReferralLine.objects.create(referral=referral, kind=kind, at=at, by=by, text=nfc(text)[:2000])


def tell_overdue(now: datetime, limit: int) -> int:
    """Ring for what the police have not confirmed in time. How many.

    Said first, marked after: a crash between the two makes a repeat, not a second alarm.
    """
    found = queries.overdue(now, limit)
    if not found:
        return 0
    tell_lapses([_lapse(referral, Turn.NEW) for referral in found])
    with transaction.atomic():
        for referral in found:
            if Referral.objects.filter(id=referral.id, overdue_at__isnull=True).update(overdue_at=now):
                _line(referral, LineKind.OVERDUE, now, None)
    return len(found)


def tell_answered(limit: int) -> int:
    """End what rings for hand-overs that have their answer. How many. Said first, marked after, as above; an answer
    that came while `tell_overdue` was ringing for it is found here too."""
    found = queries.ringing_in_vain(limit)
    if not found:
        return 0
    tell_lapses([_lapse(referral, Turn.RESTORE) for referral in found])
    with transaction.atomic():
        Referral.objects.filter(id__in=[referral.id for referral in found]).update(overdue_at=None)
    return len(found)


def _lapse(referral: Referral, turn: Turn) -> Lapse:
    return Lapse(referral.alarm.panel_id, RECEIPT_MISSING, turn, f"referral {referral.id}")


# -- the directory


def save_desk(desk: PoliceDesk, *, by: User) -> PoliceDesk:
    """A new desk, or a changed one. Raises ValidationError."""
    is_new = desk._state.adding
    with transaction.atomic():
        desk.full_clean(exclude=["area", "tested_at", "tested_by", "retired_at"])
        desk.save()
        record(by.id, "desk.add" if is_new else "desk.change", f"desk:{desk.id}", {"kind": desk.kind})
    return desk


def test_desk(desk: PoliceDesk, *, by: User, note: str) -> None:
    """Somebody called it as a test, and it answered. Raises ValidationError."""
    if not note.strip():
        raise ValidationError({"note": _("Write down who answered.")})
    with transaction.atomic():
        rows = PoliceDesk.objects.filter(id=desk.id)
        rows.update(tested_at=clock.now(), tested_by=by, test_note=nfc(note.strip())[:200])
        record(by.id, "desk.test", f"desk:{desk.id}", {})


test_desk.__test__ = False  # type: ignore[attr-defined]  # no test case, whatever pytest thinks of its name


def retire_desk(desk: PoliceDesk, *, by: User) -> None:
    """Out of the directory; what was handed over to it stays. Harmless when it is gone."""
    with transaction.atomic():
        if PoliceDesk.objects.filter(id=desk.id, retired_at__isnull=True).update(retired_at=clock.now()):
            record(by.id, "desk.retire", f"desk:{desk.id}", {})
