"""Cases are closed when everything is done, and reopened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.accounts.models import User
from canh.alarms.terms import CloseReason, State
from canh.audit.actions import record
from canh.incidents import queries_procedures as procedures
from canh.incidents.models import Incident, IncidentEvent, Member
from canh.incidents.rules_procedures import Step
from canh.incidents.terms import EventKind
from canh.kit import clock, hint
from canh.kit.text import nfc

if TYPE_CHECKING:
    from canh.alarms.models import Alarm


class NotDone(Exception):
    """The case cannot be closed yet. `steps`: mandatory steps undone; `alarms`: its alarms that are still open."""

    def __init__(self, steps: Sequence[Step], alarms: Sequence[Alarm]) -> None:
        super().__init__(f"{len(steps)} steps, {len(alarms)} alarms")
        self.steps, self.alarms = steps, alarms


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned of a case that was real (mission E3): how it was done, which gap it used, why that was
    possible; or why nothing can be said."""

    method: str = ""
    gap: str = ""
    cause: str = ""
    none_found: str = ""

    @property
    def is_complete(self) -> bool:
        return bool(self.method and self.gap and self.cause) or bool(self.none_found)


def close_case(incident: Incident, user: User, outcome: str, lesson: Lesson, note: str = "") -> Incident:
    """End a case. Raises NotDone; ValidationError: closed before, no outcome, a real case without its lesson."""
    outcome = _outcome(outcome)
    lesson = Lesson(**{name: nfc(getattr(lesson, name)).strip() for name in Lesson.__dataclass_fields__})
    note = nfc(note).strip()
    if outcome == CloseReason.REAL and not lesson.is_complete:
        text = _("State method, gap and cause of a real case; or say under “none found” why they are not known.")
        raise ValidationError({"method": text})
    if outcome == CloseReason.OTHER and not note:
        raise ValidationError({"note": _("Say in words how it ended.")})
    with transaction.atomic():
        case = Incident.objects.select_for_update().select_related("site__unit").get(id=incident.id)
        if case.closed_at is not None:
            raise ValidationError(_("This case is closed already."))
        _demand_done(case)
        now = clock.now()
        case.closed_at, case.closed_by, case.outcome = now, user, outcome
        case.method, case.gap, case.cause = lesson.method[:40], lesson.gap, lesson.cause
        case.none_found = lesson.none_found
        case.save(update_fields=["closed_at", "closed_by", "outcome", "method", "gap", "cause", "none_found"])
        IncidentEvent.objects.create(incident=case, at=now, kind=EventKind.CLOSED, actor=user, note=note)
        record(user.id, "incident.close", f"incident:{case.id}", {"outcome": outcome})
    hint.tell("web")
    return case


def _outcome(outcome: str) -> CloseReason:
    if outcome not in CloseReason.values:
        raise ValidationError({"outcome": _("Choose how it ended.")})
    return CloseReason(outcome)


def _demand_done(case: Incident) -> None:
    members = Member.objects.filter(incident=case).exclude(alarm__state=State.CLOSED)
    still_open = [m.alarm for m in members.select_related("alarm__site", "alarm__first_signal")]
    steps = procedures.plan_of(case).undone
    if still_open or steps:
        raise NotDone(steps, still_open)


def reopen_case(incident: Incident, user: User, reason: str) -> Incident:
    """It is not over after all. Raises ValidationError."""
    reason = nfc(reason).strip()
    if not reason:
        raise ValidationError({"reason": _("Say why it is reopened.")})
    with transaction.atomic():
        mine = Incident.objects.filter(id=incident.id, closed_at__isnull=False)
        if not mine.update(closed_at=None, closed_by=None, outcome=""):
            raise ValidationError(_("This case is open already."))
        IncidentEvent.objects.create(
            incident=incident, at=clock.now(), kind=EventKind.REOPENED, actor=user, note=reason
        )
        record(user.id, "incident.reopen", f"incident:{incident.id}", {})
    hint.tell("web")
    incident.refresh_from_db()
    return incident


def add_note(incident: Incident, user: User, text: str) -> None:
    """A line in the timeline of the case. Raises ValidationError when it is empty."""
    text = nfc(text).strip()
    if not text:
        raise ValidationError({"note": _("Write something.")})
    with transaction.atomic():
        IncidentEvent.objects.create(incident=incident, at=clock.now(), kind=EventKind.NOTE, actor=user, note=text)
        record(user.id, "incident.note", f"incident:{incident.id}", {})
