"""Acts on procedures: steps answered and skipped in a case; procedures written and published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.accounts.models import User
from canh.alarms.actions import touch_alarms
from canh.audit.actions import record
from canh.incidents import queries_procedures as queries
from canh.incidents import rules_procedures as rules
from canh.incidents.models import Incident, Member
from canh.incidents.models_procedures import Answer, Procedure, ProcedureVersion, Run
from canh.incidents.rules_procedures import Step
from canh.kit import clock, hint
from canh.kit.text import nfc

if TYPE_CHECKING:
    from canh.accounts.models import Unit


class AnsweredBefore(Exception):
    """Somebody else answered this step since it was looked at. `answer`: theirs."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.step)
        self.answer = answer


def show_at_desks(incident_id: int) -> None:
    """Every desk that has the case on show looks at it again. Inside the caller's transaction."""
    touch_alarms(list(Member.objects.filter(incident=incident_id).values_list("alarm_id", flat=True)))


# ── In a case ────────────────────────────────────────────────────────────


def answer_step(incident: Incident, user: User, key: str, value: str, known: int = 0) -> Answer:
    """Answer a step, or correct its answer. `known`: id of the answer the person saw, 0: none. Raises ValidationError:
    the case is closed, the step is not asked, the answer does not fit; AnsweredBefore."""
    value = nfc(value).strip()
    with transaction.atomic():
        step, run, before = _open_step(incident, key, known)
        if not rules.fits(step, value):
            raise ValidationError(_("Answer the step as it asks."))
        if before and (before.value, before.is_skipped) == (value, False):
            return before
        return _keep(run, user, Answer(run=run, step=key, value=value), "procedure.answer")


def skip_step(incident: Incident, user: User, key: str, reason: str, known: int = 0) -> Answer:
    """Leave a step out, with a reason; who supervises is told. Raises as `answer_step`."""
    reason = nfc(reason).strip()
    if not reason:
        raise ValidationError(_("Say why the step is skipped."))
    with transaction.atomic():
        _step, run, _before = _open_step(incident, key, known)
        return _keep(run, user, Answer(run=run, step=key, is_skipped=True, reason=reason), "procedure.skip")


def _open_step(incident: Incident, key: str, known: int) -> tuple[Step, Run, Answer | None]:
    """The step, the run of its procedure (begun by its first answer) and its newest answer, held until the end of
    the transaction: two who answer at once come one after the other."""
    case = Incident.objects.select_for_update().select_related("site__unit").get(id=incident.id)
    if case.closed_at is not None:
        raise ValidationError(_("This case is closed. Reopen it first."))
    plan = queries.plan_of(case)
    step = plan.step(key)
    if step is None:
        raise ValidationError(_("This step is not asked any more. Look again at the procedure."))
    before = plan.answers.get(key)
    if before and before.id != known:
        raise AnsweredBefore(before)
    run = plan.run or Run.objects.create(
        incident=case, kind=case.kind, version=plan.version, steps=rules.write(plan.steps), begun_at=clock.now()
    )
    return step, run, before


def _keep(run: Run, user: User, answer: Answer, act: str) -> Answer:
    answer.at, answer.by = clock.now(), user
    answer.save(force_insert=True)
    record(user.id, act, f"incident:{run.incident_id}", {"step": answer.step})
    show_at_desks(run.incident_id)
    transaction.on_commit(lambda: hint.tell("web"))
    return answer


def mark_seen(answer: Answer, user: User) -> None:
    """A supervisor has looked at a skipping. Harmless when it was seen before."""
    with transaction.atomic():
        mine = Answer.objects.filter(id=answer.id, is_skipped=True, seen_at__isnull=True)
        if mine.update(seen_at=clock.now(), seen_by=user):
            record(user.id, "procedure.seen", f"incident:{answer.run.incident_id}", {"step": answer.step})


# ── Writing ──────────────────────────────────────────────────────────────


def begin_draft(unit: Unit, kind: str, user: User) -> Procedure:
    """Write a procedure of a unit's own: from its last version, else from what holds there now. A draft that is being
    written goes on."""
    version = queries.version_for(unit, kind)
    steps = version.steps if version else rules.write(queries.built_in(clock.now().date()).get(kind, []))
    with transaction.atomic():
        procedure, _made = Procedure.objects.get_or_create(unit=unit, kind=kind)
        if procedure.draft is None:
            _save_draft(procedure, steps, user)
            record(user.id, "procedure.draft", f"procedure:{procedure.id}", {"unit": unit.id, "kind": kind})
    return procedure


def save_draft(procedure: Procedure, steps: Sequence[Step], user: User, known: str = "") -> None:
    """Keep the draft as it is now. `known`: when the draft that was changed had been kept (ISO). Raises
    ValidationError when somebody else changed it meanwhile."""
    with transaction.atomic():
        fresh = Procedure.objects.select_for_update().get(id=procedure.id)
        if known and (fresh.draft_at is None or fresh.draft_at.isoformat() != known):
            raise ValidationError(_("Somebody else changed the same thing at this moment. Look and try again."))
        _save_draft(fresh, rules.write(steps), user)
    procedure.refresh_from_db()


def _save_draft(procedure: Procedure, steps: object, user: User) -> None:
    procedure.draft, procedure.draft_by, procedure.draft_at = steps, user, clock.now()
    procedure.save(update_fields=["draft", "draft_by", "draft_at"])


def discard_draft(procedure: Procedure, user: User) -> None:
    """Write no further; what was published holds on."""
    with transaction.atomic():
        if Procedure.objects.filter(id=procedure.id, draft__isnull=False).update(draft=None):
            record(user.id, "procedure.discard", f"procedure:{procedure.id}", {})


def publish(procedure: Procedure, user: User) -> ProcedureVersion:
    """The draft holds from now on, in cases of which no step was answered yet. Raises ValidationError with everything
    that is wrong with it."""
    with transaction.atomic():
        fresh = Procedure.objects.select_for_update().get(id=procedure.id)
        if fresh.draft is None:
            raise ValidationError(_("There is no draft to publish."))
        if wrong := rules.faults(rules.read(fresh.draft)):
            raise ValidationError([_fault_words(number, str(fault.label)) for number, fault in wrong])
        number = fresh.versions.count() + 1
        version = ProcedureVersion.objects.create(
            procedure=fresh, number=number, steps=fresh.draft, published_at=clock.now(), published_by=user
        )
        fresh.draft, fresh.retired_at = None, None
        fresh.save(update_fields=["draft", "retired_at"])
        record(user.id, "procedure.publish", f"procedure:{fresh.id}", {"version": number})
    return version


def _fault_words(number: int | None, text: str) -> str:
    return text if number is None else _("Step %(n)d: %(text)s") % {"n": number, "text": text}


def retire(procedure: Procedure, user: User) -> None:
    """The procedure of the unit above, or the built-in one, holds again; versions stay for the cases that had them."""
    with transaction.atomic():
        if Procedure.objects.filter(id=procedure.id, retired_at__isnull=True).update(retired_at=clock.now()):
            record(user.id, "procedure.retire", f"procedure:{procedure.id}", {})
