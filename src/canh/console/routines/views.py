"""At the premises, or at the desk for who calls: give a code, let a crew in, announce one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from canh.accounts.terms import Role
from canh.alarms import actions_routines as actions
from canh.alarms import queries_routines as queries
from canh.alarms.terms_routines import CrewKind, RoutineKind
from canh.console import flash
from canh.console.access import Request, allow
from canh.console.forms import Form, errors_to
from canh.console.register.scope import may_change, seen_by, working_site
from canh.kit import clock
from canh.sites import queries as sites

if TYPE_CHECKING:
    from canh.sites.models import Site

USERS = (Role.GUARD, Role.SITE_MANAGER, Role.OPERATOR, Role.SECURITY_HEAD)
"""Who is at the premises, or takes a call from there."""
PLANNERS = (Role.SITE_MANAGER, Role.SECURITY_HEAD)
PER_PAGE = 60
SHOWN = 10


class CodeForm(Form):
    code = forms.CharField(
        label=gettext_lazy("Your code, six digits"), max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
    )  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("For"), choices=RoutineKind.choices, initial=RoutineKind.OPENING)


class CrewForm(Form):
    plate = forms.CharField(
        label=gettext_lazy("Registration plate of the vehicle"), max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip


class CashForm(Form):
    millions = forms.IntegerField(
        label=gettext_lazy("Cash that stays here tonight, million dong"), min_value=0, max_value=100_000_000,
        help_text=gettext_lazy("Only whether it is too much is kept, never how much it is."),
    )  # fmt: skip


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class VisitForm(Form):
    kind = forms.ChoiceField(label=gettext_lazy("For what"), choices=CrewKind.choices)
    company = forms.CharField(label=gettext_lazy("Company or unit"), max_length=120)
    plate = forms.CharField(label=gettext_lazy("Registration plate of the vehicle"), max_length=20)
    people = forms.IntegerField(label=gettext_lazy("How many people"), min_value=1, max_value=20)
    from_at = forms.DateTimeField(label=gettext_lazy("From"), widget=_moment())
    until_at = forms.DateTimeField(label=gettext_lazy("Until"), widget=_moment())
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)


def _site(request: Request, site_id: int, roles: tuple[Role, ...] = USERS) -> Site:
    return working_site(request, site_id, roles)


@allow(*USERS)
@require_safe
def places(request: Request) -> HttpResponse:
    """Premises with routines; who has one only goes there at once."""
    found = queries.visible_to(seen_by(request, USERS)).order_by("unit__path", "folded", "id")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    if page.paginator.count == 1 and not request.GET.get("all"):
        return redirect("routine", page[0].id)
    return render(request, "console/routines/places.html", {"page": page, "now": clock.now()})


@allow(*USERS)
@require_safe
def place(request: Request, site_id: int) -> HttpResponse:
    """What one premises is asked for now, who is expected, what was before."""
    return _page(request, _site(request, site_id))


def _page(request: Request, site: Site, status: int = 200, **tried: Form) -> HttpResponse:
    """The page; a form that was refused keeps what was typed."""
    facts: dict[str, Any] = {
        "code_form": CodeForm(), "crew_form": CrewForm(), "visit_form": VisitForm(),
        "cash_form": CashForm(), **tried,
        "site": site, "now": clock.now(), "rule": queries.rule_of(site.id), "running": queries.running(site.id),
        "lately": queries.lately(site.id, SHOWN), "visits": queries.visits(site.id, clock.now()),
        "counted": queries.last_count(site.id),
        "may_plan": _may_plan(request, site), "may_change": may_change(request, site),
    }  # fmt: skip
    return render(request, "console/routines/place.html", facts, status=status)


def _may_plan(request: Request, site: Site) -> bool:
    viewer = seen_by(request, PLANNERS)
    return viewer.has(*PLANNERS) and sites.visible_to(viewer).filter(id=site.id).exists()


@allow(*USERS)
@require_POST
def give(request: Request, site_id: int) -> HttpResponse:
    """A code is given. What the page says is the same for a code under duress."""
    site, form = _site(request, site_id), CodeForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            is_enough = actions.give_clear(site, request.user, form.cleaned_data["code"], form.cleaned_data["kind"])
            flash.say(request, _("Taken.") if is_enough else _("Taken. A second person must give their code too."))
            return redirect("routine", site.id)
    form.data = {**form.data.dict(), "code": ""}  # type: ignore[attr-defined]  # a code is never shown again
    return _page(request, site, 422, code_form=form)


@allow(*USERS)
@require_POST
def crew(request: Request, site_id: int) -> HttpResponse:
    """A crew stands at the door."""
    site, form = _site(request, site_id), CrewForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            visit = actions.confirm_crew(site, request.user, form.cleaned_data["plate"])
            flash.say(request, _("Expected: %(company)s, %(n)s people. Count them and look at their papers.")
                      % {"company": visit.company, "n": visit.people})  # fmt: skip
            return redirect("routine", site.id)
    return _page(request, site, 422, crew_form=form)


@allow(*USERS)
@require_POST
def cash(request: Request, site_id: int) -> HttpResponse:
    """The cash was counted."""
    site, form = _site(request, site_id), CashForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            made = actions.count_cash(site, request.user, form.cleaned_data["millions"])
            if made.is_over:
                flash.warn(request, _("That is more than the limit. The desk has been told; have it collected."))
            else:
                flash.say(request, _("Within the limit."))
            return redirect("routine", site.id)
    return _page(request, site, 422, cash_form=form)


@allow(*PLANNERS)
@require_POST
def plan(request: Request, site_id: int) -> HttpResponse:
    """Announce a crew."""
    site, form = _site(request, site_id, PLANNERS), VisitForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions.plan_visit(site, request.user, **form.cleaned_data)
            flash.say(request, _("Saved."))
            return redirect("routine", site.id)
    return _page(request, site, 422, visit_form=form)


@allow(*PLANNERS)
@require_POST
def cancel(request: Request, site_id: int, visit_id: int) -> HttpResponse:
    """They do not come after all."""
    site = _site(request, site_id, PLANNERS)
    visit = queries.visit(site.id, visit_id)
    if visit is None:
        raise Http404
    try:
        actions.cancel_visit(visit, request.user)
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
    return redirect("routine", site.id)
