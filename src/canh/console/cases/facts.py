"""What the pages show of the procedure of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from canh.console.access import Request
from canh.incidents import queries
from canh.incidents import queries_evidence as evidence
from canh.incidents import queries_procedures as procedures
from canh.incidents import rules_procedures as rules
from canh.incidents.terms_procedures import DONE, NO, YES, AnswerKind
from canh.kit import clock

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.incidents.models import Incident
    from canh.incidents.models_procedures import Answer
    from canh.incidents.queries_procedures import Plan
    from canh.incidents.rules_procedures import Step


@dataclass(frozen=True, slots=True)
class Button:
    """A way to answer."""

    value: str
    label: str
    key: str
    """Pressed by this key while it is the next step."""


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step as it stands."""

    key: str
    number: int
    text: str
    is_mandatory: bool
    is_next: bool
    is_overdue: bool
    due_at: datetime | None
    buttons: list[Button]
    """Empty: it is answered in words."""
    answered: str
    """What was answered, in words; empty: nothing yet."""
    skipped_for: str
    by: str
    at: datetime | None
    known: int
    """Id of the answer that is shown, 0: none."""


def of_alarm(_request: Request, alarm: Alarm) -> dict[str, Any] | None:
    """For the case of an alarm on the desk."""
    case = queries.case_of(alarm.id)
    return {**of_case(case), "alarm_id": alarm.id} if case else None


def of_case(case: Incident) -> dict[str, Any]:
    plan = procedures.plan_of(case)
    lines = step_lines(case, plan)
    return {
        "case": case,
        "lines": lines,
        "done": sum(1 for line in lines if line.at),
        "undone": [line for line in lines if line.is_mandatory and not line.at],
        "version": plan.version,
        "evidence": evidence.present_count(case.id),
        "is_open": case.closed_at is None,
    }


def step_lines(case: Incident, plan: Plan) -> list[StepLine]:
    """Every step that is asked, in order."""
    following = rules.next_step(plan.steps, plan.given)
    return [
        _line(number, step, case, plan, is_next=following is not None and step.key == following.key)
        for number, step in enumerate(plan.asked, start=1)
    ]


def _line(number: int, step: Step, case: Incident, plan: Plan, *, is_next: bool) -> StepLine:
    answer = plan.answers.get(step.key)
    language = get_language() or "vi"
    return StepLine(
        key=step.key, number=number, text=procedures.words(step.text, language), is_mandatory=step.is_mandatory,
        is_next=is_next and case.closed_at is None,
        is_overdue=rules.is_overdue(step, plan.given, case.opened_at, clock.now()) and case.closed_at is None,
        due_at=rules.due_at(step, case.opened_at), buttons=_buttons(step, language),
        answered=_answer_words(step, answer, language), skipped_for=answer.reason if answer else "",
        by=str(answer.by) if answer else "", at=answer.at if answer else None, known=answer.id if answer else 0,
    )  # fmt: skip


def _buttons(step: Step, language: str) -> list[Button]:
    """Digits choose; one key is enough where there is nothing to choose."""
    words = procedures.fixed_words()
    if step.answer == AnswerKind.DONE:
        return [Button(DONE, words[DONE], "b")]
    if step.answer == AnswerKind.YES_NO:
        return [Button(YES, words[YES], "1"), Button(NO, words[NO], "2")]
    return [Button(c.value, procedures.words(c.text, language), str(n)) for n, c in enumerate(step.choices, start=1)]


def _answer_words(step: Step, answer: Answer | None, language: str) -> str:
    if answer is None or answer.is_skipped:
        return ""
    if step.answer in {AnswerKind.DONE, AnswerKind.YES_NO}:
        return procedures.fixed_words().get(answer.value, answer.value)
    return procedures.answer_words(step, answer, language)
