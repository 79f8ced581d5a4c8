"""At the reception: visitors come and go, keys are lent and come back."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from canh.accounts.terms import Role
from canh.console import flash
from canh.console.access import Request, allow
from canh.console.cells import plain
from canh.console.forms import Form, errors_to
from canh.console.register.scope import seen_by, working_site
from canh.kit import clock
from canh.occupancy import actions, queries
from canh.occupancy.terms import VisitKind
from canh.sites import queries as sites

if TYPE_CHECKING:
    from canh.sites.models import Site

USERS = (Role.GUARD, Role.SITE_MANAGER, Role.OPERATOR, Role.SECURITY_HEAD)
"""Who is at the premises, or takes a call from there."""
KEEPERS = (Role.SITE_MANAGER, Role.SECURITY_HEAD, Role.ADMINISTRATOR)
"""Who says who works there, and which keys there are."""
PER_PAGE = 60
SHOWN = 10
EXPORTED = timedelta(days=90)
MOMENT = "%Y-%m-%dT%H:%M"


def _moment() -> forms.DateTimeField:
    return forms.DateTimeField(
        label=gettext_lazy("Until"), required=False, input_formats=[MOMENT],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        help_text=gettext_lazy("Empty: until the premises close."),
    )  # fmt: skip


def _plain(label: Any, length: int, *, required: bool = True, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, max_length=length, required=required, widget=widget)


class VisitForm(Form):
    name = _plain(gettext_lazy("Name"), 120)
    kind = forms.ChoiceField(label=gettext_lazy("As"), choices=VisitKind.choices, initial=VisitKind.VISITOR)
    company = _plain(gettext_lazy("Company or unit"), 120, required=False)
    host = _plain(gettext_lazy("Whom they see"), 120, required=False)
    badge = _plain(gettext_lazy("Badge"), 20, required=False, autocapitalize="characters")
    due_at = _moment()


class LoanForm(Form):
    holder = _plain(gettext_lazy("Who takes it"), 120)
    due_at = _moment()


@allow(*USERS, Role.ADMINISTRATOR)
@require_safe
def places(request: Request) -> HttpResponse:
    """Premises that keep visitors, keys or staff here; who has one only goes there at once."""
    found = queries.visible_to(seen_by(request, (*USERS, Role.ADMINISTRATOR)))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    if page.paginator.count == 1 and not request.GET.get("all") and request.viewer.has(*USERS):
        return redirect("inside-site", page[0].id)
    return render(request, "console/occupancy/places.html", {"page": page})


@allow(*USERS)
@require_safe
def place(request: Request, site_id: int) -> HttpResponse:
    return _page(request, working_site(request, site_id, USERS))


def _page(request: Request, site: Site, status: int = 200, **tried: Any) -> HttpResponse:
    """Who is inside and who has which key; a form that was refused keeps what was typed."""
    out = queries.loans_out(site.id)
    lockdown = queries.running(site.id)
    facts: dict[str, Any] = {
        "visit_form": VisitForm(), "loan_form": LoanForm(), "lent_key": None, **tried,
        "site": site, "now": clock.now(), "lockdown": lockdown,
        "roll": queries.roll_call(lockdown) if lockdown else None,
        "inside": queries.inside(site.id), "keys": [(key, out.get(key.id)) for key in queries.keys(site.id)],
        "lately": queries.visits(site.id).filter(out_at__isnull=False)[:SHOWN],
        "may_set_up": may_set_up(request, site),
    }  # fmt: skip
    return render(request, "console/occupancy/place.html", facts, status=status)


def may_set_up(request: Request, site: Site) -> bool:
    viewer = seen_by(request, KEEPERS)
    return viewer.has(*KEEPERS) and sites.visible_to(viewer).filter(id=site.id).exists()


@allow(*USERS)
@require_POST
def sign_in(request: Request, site_id: int) -> HttpResponse:
    site, form = working_site(request, site_id, USERS), VisitForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            made = actions.sign_in(site, request.user, **form.cleaned_data)
            flash.say(request, _("%(name)s is inside.") % {"name": made.name})
            return redirect("inside-site", site.id)
    return _page(request, site, 422, visit_form=form)


@allow(*USERS)
@require_POST
def sign_out(request: Request, site_id: int, visitor_id: int) -> HttpResponse:
    site = working_site(request, site_id, USERS)
    visit = queries.visits(site.id).filter(id=visitor_id).first()
    if visit is None:
        raise Http404
    if actions.sign_out(visit, request.user):
        flash.say(request, _("%(name)s has left.") % {"name": visit.name})
    return redirect("inside-site", site.id)


@allow(*USERS)
@require_POST
def sign_in_again(request: Request, site_id: int, visitor_id: int) -> HttpResponse:
    """Undo: they are still inside."""
    site = working_site(request, site_id, USERS)
    visit = queries.visits(site.id).filter(id=visitor_id).exclude(name="").first()
    if visit is None:
        raise Http404
    try:
        actions.sign_in_again(visit, request.user)
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
    return redirect("inside-site", site.id)


@allow(*USERS)
@require_POST
def lend(request: Request, site_id: int, key_id: int) -> HttpResponse:
    site, form = working_site(request, site_id, USERS), LoanForm(request.POST)
    key = queries.keys(site.id).filter(id=key_id).first()
    if key is None:
        raise Http404
    if form.is_valid():
        with errors_to(form):
            actions.lend(key, request.user, **form.cleaned_data)
            return redirect("inside-site", site.id)
    return _page(request, site, 422, loan_form=form, lent_key=key.id)


@allow(*USERS)
@require_POST
def take_back(request: Request, site_id: int, loan_id: int) -> HttpResponse:
    site = working_site(request, site_id, USERS)
    loan = queries.loans(site.id).filter(id=loan_id).first()
    if loan is None:
        raise Http404
    if actions.take_back(loan, request.user):
        flash.say(request, _("Key %(key)s is back.") % {"key": loan.key.label})
    return redirect("inside-site", site.id)


@allow(Role.SITE_MANAGER, Role.SECURITY_HEAD)
@require_safe
def export(request: Request, site_id: int) -> HttpResponse:
    """The visitors of the last 90 days, for a spreadsheet."""
    site = working_site(request, site_id, (Role.SITE_MANAGER, Role.SECURITY_HEAD))
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="visitors-{site.id}.csv"'
    out = csv.writer(response)
    out.writerow([_("Name"), _("As"), _("Company or unit"), _("Whom they see"), _("Badge"), _("Came"), _("Left")])
    for visit in queries.visits_of([site.id], clock.now() - EXPORTED).iterator(chunk_size=500):
        cells = (visit.name, str(visit.get_kind_display()), visit.company, visit.host, visit.badge)
        out.writerow([*map(plain, cells), _local(visit.in_at), _local(visit.out_at)])
    return response


def _local(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
