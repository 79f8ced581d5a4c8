"""Writing a unit's own procedure: step by step in a draft, then published."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from canh.console import flash
from canh.console.access import KEEPERS, Request, allow
from canh.console.procedures.forms import StepForm, WriteForm, typed
from canh.console.procedures.views import preview
from canh.console.register.scope import keeper
from canh.incidents import actions_procedures as actions
from canh.incidents import queries_procedures as queries
from canh.incidents.rules_procedures import Step
from canh.incidents.terms_procedures import AnswerKind

if TYPE_CHECKING:
    from canh.incidents.models_procedures import Procedure


@allow(*KEEPERS)
@require_POST
def write(request: Request) -> HttpResponse:
    """Begin a draft for a unit and a kind of case, or go on with it."""
    form = WriteForm(request.POST, viewer=keeper(request))
    if not form.is_valid():
        flash.warn(request, _("Choose a unit and a kind of case."))
        return redirect("procedures")
    found = actions.begin_draft(form.cleaned_data["unit"], form.cleaned_data["kind"], request.user)
    return redirect("procedure", found.id)


def _mine(request: Request, procedure_id: int) -> Procedure:
    found = queries.visible_to(keeper(request)).select_related("unit").filter(id=procedure_id).first()
    if found is None:
        raise Http404
    return found


@allow(*KEEPERS)
@require_safe
def procedure(request: Request, procedure_id: int) -> HttpResponse:
    """The draft, each step with its form; what was published before."""
    return _page(request, _mine(request, procedure_id))


def _page(request: Request, found: Procedure, status: int = 200, **tried: Any) -> HttpResponse:
    """The page; a form that was refused keeps what was typed (`tried_key`: of which step)."""
    steps = queries.draft_of(found)
    key, form = tried.get("tried_key", ""), tried.get("tried_form")
    lines = [
        {**line, "form": form if form and key == line["step"].key else StepForm(
            initial=typed(line["step"]), conditions=_conditions(steps, line["step"].key), prefix=line["step"].key)}
        for line in preview(steps)
    ]  # fmt: skip
    facts = {
        "procedure": found, "lines": lines, "versions": queries.versions(found),
        "known": found.draft_at.isoformat() if found.draft_at else "",
        "new_form": form if form and not key else StepForm(conditions=_conditions(steps), prefix="new"), "open": key,
    }  # fmt: skip
    return render(request, "console/procedures/editor.html", facts, status=status)


def _conditions(steps: list[Step], before: str = "") -> list[tuple[str, str]]:
    """Answers of earlier steps on which a step can depend."""
    found, language, fixed = [], get_language() or "vi", queries.fixed_words()
    for number, step in enumerate(steps, start=1):
        if step.key == before:
            break
        if step.answer == AnswerKind.TEXT:
            continue
        named = {c.value: queries.words(c.text, language) for c in step.choices}
        for value in step.values:
            answer = named.get(value) or fixed[value]
            found.append((f"{step.key}={value}", _("after step %(n)d: %(answer)s") % {"n": number, "answer": answer}))
    return found


def _change(request: Request, procedure_id: int, do: Callable[[list[Step]], list[Step]]) -> HttpResponse:
    """Change the steps of the draft."""
    found = _mine(request, procedure_id)
    try:
        actions.save_draft(found, do(queries.draft_of(found)), request.user, request.POST.get("known", ""))
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
    return redirect("procedure", found.id)


@allow(*KEEPERS)
@require_POST
def step(request: Request, procedure_id: int) -> HttpResponse:
    """Add a step at the end, or change one."""
    found, key = _mine(request, procedure_id), request.POST.get("key", "")
    steps = queries.draft_of(found)
    if key and key not in {s.key for s in steps}:
        raise Http404
    form = StepForm(request.POST, conditions=_conditions(steps, key), prefix=key or "new")
    if not form.is_valid():
        return _page(request, found, 422, tried_key=key, tried_form=form)
    made = form.step(key)
    return _change(request, procedure_id,
                   lambda now: [made if s.key == key else s for s in now] if key else [*now, made])  # fmt: skip


@allow(*KEEPERS)
@require_POST
def move(request: Request, procedure_id: int) -> HttpResponse:
    """One place up or down."""
    key, by = request.POST.get("key", ""), -1 if request.POST.get("up") else 1

    def moved(steps: list[Step]) -> list[Step]:
        place = next((n for n, s in enumerate(steps) if s.key == key), None)
        if place is None or not 0 <= place + by < len(steps):
            return steps
        steps.insert(place + by, steps.pop(place))
        return steps

    return _change(request, procedure_id, moved)


@allow(*KEEPERS)
@require_POST
def remove(request: Request, procedure_id: int) -> HttpResponse:
    """Take a step out; what was published keeps it."""
    key = request.POST.get("key", "")
    return _change(request, procedure_id, lambda steps: [s for s in steps if s.key != key])


@allow(*KEEPERS)
@require_POST
def publish(request: Request, procedure_id: int) -> HttpResponse:
    """It holds from now on."""
    found = _mine(request, procedure_id)
    try:
        version = actions.publish(found, request.user)
        flash.say(request, _("Version %(n)d holds from now on.") % {"n": version.number})
    except ValidationError as error:
        flash.warn(request, _("It cannot be published yet."), error.messages)
    return redirect("procedure", found.id)


@allow(*KEEPERS)
@require_POST
def discard(request: Request, procedure_id: int) -> HttpResponse:
    """Throw the draft away."""
    actions.discard_draft(_mine(request, procedure_id), request.user)
    return redirect("procedures")


@allow(*KEEPERS)
@require_POST
def retire(request: Request, procedure_id: int) -> HttpResponse:
    """The procedure above holds again."""
    actions.retire(_mine(request, procedure_id), request.user)
    return redirect("procedures")
