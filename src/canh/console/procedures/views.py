"""Which procedures hold, and which steps were skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from canh.console.access import KEEPERS, STAFF, Request, allow
from canh.console.procedures.forms import WriteForm
from canh.console.register.scope import keeper
from canh.incidents import actions_procedures
from canh.incidents import queries_procedures as queries
from canh.incidents.rules_procedures import Step
from canh.intake.terms import Kind
from canh.kit import clock

if TYPE_CHECKING:
    from canh.incidents.models_procedures import Answer

SHOWN = 50


@allow(*STAFF)
@require_safe
def procedures(request: Request) -> HttpResponse:
    """The built-in ones, those of units, and for who supervises what was skipped."""
    may_write = request.viewer.has(*KEEPERS)
    facts = {
        "kinds": [(kind, Kind(kind).label) for kind in queries.built_in(clock.now().date())],
        "own": queries.procedures(request.viewer), "may_write": may_write,
        "form": WriteForm(viewer=keeper(request)) if may_write else None,
        "skipped": [(answer, skipped_step(answer)) for answer in queries.skipped(keeper(request))[:SHOWN]]
        if may_write else [],
    }  # fmt: skip
    return render(request, "console/procedures/list.html", facts)


def skipped_step(answer: Answer) -> str:
    """What was skipped, in words."""
    step = next((s for s in queries.steps_of(answer.run) if s.key == answer.step), None)
    return queries.words(step.text, get_language() or "vi") if step else answer.step


@allow(*STAFF)
@require_safe
def built_in(request: Request, case_kind: str) -> HttpResponse:
    """A built-in procedure, as it would be asked."""
    steps = queries.built_in(clock.now().date()).get(case_kind)
    if steps is None:
        raise Http404
    facts = {"heading": Kind(case_kind).label, "lines": preview(steps)}
    return render(request, "console/procedures/built_in.html", facts)


def preview(steps: list[Step]) -> list[dict[str, Any]]:
    """Steps in words: number, text, what they depend on."""
    language = get_language() or "vi"
    numbers = {step.key: number for number, step in enumerate(steps, start=1)}
    return [
        {
            "number": numbers[step.key], "step": step, "text": queries.words(step.text, language),
            "answer": step.answer.label, "choices": [queries.words(c.text, language) for c in step.choices],
            "after": numbers.get(step.when[0]) if step.when else None,
            "value": _value(steps, step.when, language) if step.when else "",
        }
        for step in steps
    ]  # fmt: skip


def _value(steps: list[Step], when: tuple[str, str], language: str) -> str:
    """The answer a step depends on, in words."""
    parent = next((step for step in steps if step.key == when[0]), None)
    choices = {c.value: queries.words(c.text, language) for c in parent.choices} if parent else {}
    return choices.get(when[1]) or str(queries.fixed_words().get(when[1], when[1]))


@allow(*KEEPERS)
@require_POST
def seen(request: Request, answer_id: int) -> HttpResponse:
    """A supervisor has looked at it."""
    answer = queries.skipped(keeper(request)).filter(id=answer_id).first()
    if answer is None:
        raise Http404
    actions_procedures.mark_seen(answer, request.user)
    return redirect("procedures")
