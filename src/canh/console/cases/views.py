"""Cases: the list, one of them, steps answered and skipped, the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from canh.alarms.terms import CloseReason
from canh.console import flash
from canh.console.access import STAFF, Request, allow
from canh.console.cases import facts
from canh.console.desk import views as desk
from canh.console.desk import wording
from canh.console.desk.actors import ACTORS, actor
from canh.console.forms import Form, errors_to
from canh.console.methods.views import names as method_names
from canh.incidents import actions_cases, actions_procedures, queries
from canh.incidents.actions_cases import Lesson, NotDone
from canh.incidents.actions_procedures import AnsweredBefore
from canh.incidents.queries_procedures import words

if TYPE_CHECKING:
    from canh.incidents.models import Incident

PER_PAGE = 50


class CloseForm(Form):
    outcome = forms.ChoiceField(label=gettext_lazy("How it ended"), choices=CloseReason.choices)
    method = forms.CharField(label=gettext_lazy("Method"), max_length=40, required=False,
                             widget=forms.TextInput({"list": "methods"}),
                             help_text=gettext_lazy("Of a real case: how it was done."))  # fmt: skip
    gap = forms.CharField(label=gettext_lazy("Gap that was used"), max_length=1000, required=False)
    cause = forms.CharField(label=gettext_lazy("Why that was possible"), max_length=1000, required=False)
    none_found = forms.CharField(label=gettext_lazy("None found, because"), max_length=1000, required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=2000, required=False,
                           widget=forms.Textarea({"rows": 2}))  # fmt: skip


class ReasonForm(Form):
    reason = forms.CharField(label=gettext_lazy("Why it is reopened"), max_length=1000)


@allow(*STAFF)
@require_safe
def cases(request: Request) -> HttpResponse:
    """Open ones first."""
    shown = "open" if request.GET.get("show") == "open" else "all"
    found = queries.cases(request.viewer)
    if shown == "open":
        found = found.filter(closed_at__isnull=True)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "console/cases/list.html", {"page": page, "shown": shown})


@allow(*STAFF)
@require_safe
def case(request: Request, incident_id: int) -> HttpResponse:
    """One case: its alarms, its procedure, what is written of it."""
    return _page(request, _seen(request, incident_id))


def _seen(request: Request, incident_id: int) -> Incident:
    found = queries.case_in_full(request.viewer, incident_id)
    if found is None:
        raise Http404
    return found


def _mine(request: Request, incident_id: int) -> Incident:
    """A case on whose alarms this person may act."""
    found = queries.case_in_full(actor(request), incident_id)
    if found is None:
        raise Http404
    return found


def _page(request: Request, found: Incident, status: int = 200, **more: Any) -> HttpResponse:
    may_act = queries.visible_to(actor(request)).filter(id=found.id).exists() and request.viewer.has(*ACTORS)
    told = {
        "case": found, "title": _title(found), "panel": facts.of_case(found), "may_act_here": may_act,
        "alarms": [(alarm, wording.alarm_title(alarm)) for alarm in queries.alarms_in(found)],
        "events": queries.events_of(found), "close_form": CloseForm(), "reason_form": ReasonForm(),
        "methods": method_names(), **more,
    }  # fmt: skip
    return render(request, "console/cases/page.html", told, status=status)


def _title(found: Incident) -> str:
    return _("Case %(number)s") % {"number": found.label}


# ── Steps ────────────────────────────────────────────────────────────────


def _do(request: Request, found: Incident, key: str) -> None:
    """Answer or skip a step. Raises ValidationError, also when somebody else was first."""
    known = request.POST.get("known", "")
    seen = int(known) if known.isdecimal() and len(known) < 20 else 0
    try:
        if request.POST.get("skip"):
            actions_procedures.skip_step(found, request.user, key, request.POST.get("reason", ""), seen)
        else:
            actions_procedures.answer_step(found, request.user, key, request.POST.get("value", ""), seen)
    except AnsweredBefore as before:
        raise ValidationError(
            _("%(who)s answered this step before you. Look at their answer, then correct it if it is wrong.")
            % {"who": before.answer.by}
        ) from None


@allow(*ACTORS)
@require_POST
def step_at_desk(request: Request, alarm_id: int, key: str) -> HttpResponse:
    """A step of the case of the alarm on show; the answer is the case as it stands then."""

    def do(alarm: Any) -> None:
        found = queries.case_of(alarm.id)
        if found is None:
            raise Http404
        _do(request, found, key)

    return desk.act(request, alarm_id, do, "alarm-noted")


@allow(*ACTORS)
@require_POST
def step(request: Request, incident_id: int, key: str) -> HttpResponse:
    """A step, on the page of the case."""
    return _act(request, incident_id, lambda found: _do(request, found, key))


def _act(request: Request, incident_id: int, do: Callable[[Incident], object]) -> HttpResponse:
    found = _mine(request, incident_id)
    try:
        do(found)
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
    return redirect("case", found.id)


@allow(*ACTORS)
@require_POST
def note(request: Request, incident_id: int) -> HttpResponse:
    """A line in the timeline of the case."""
    return _act(request, incident_id, lambda c: actions_cases.add_note(c, request.user, request.POST.get("note", "")))


# ── The end ──────────────────────────────────────────────────────────────


@allow(*ACTORS)
@require_POST
def close(request: Request, incident_id: int) -> HttpResponse:
    """End the case. 409 with the list while a step is undone or an alarm open."""
    found, form = _mine(request, incident_id), CloseForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        lesson = Lesson(told["method"], told["gap"], told["cause"], told["none_found"])
        try:
            with errors_to(form):
                actions_cases.close_case(found, request.user, told["outcome"], lesson, told["note"])
                flash.say(request, _("The case is closed."))
                return redirect("case", found.id)
        except NotDone as not_done:
            return _page(request, found, 409, close_form=form, not_done=_in_words(not_done))
    return _page(request, found, 422, close_form=form)


def _in_words(not_done: NotDone) -> dict[str, Any]:
    language = get_language() or "vi"
    return {
        "steps": [words(step.text, language) for step in not_done.steps],
        "alarms": [(alarm, wording.alarm_title(alarm)) for alarm in not_done.alarms],
    }


@allow(*ACTORS)
@require_POST
def reopen(request: Request, incident_id: int) -> HttpResponse:
    """It is not over."""
    found, form = _mine(request, incident_id), ReasonForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions_cases.reopen_case(found, request.user, form.cleaned_data["reason"])
            return redirect("case", found.id)
    return _page(request, found, 422, reason_form=form)
