"""Setting up floor plans, and the picture itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from canh.console import flash
from canh.console.access import KEEPERS, STAFF, Request, allow
from canh.console.forms import Form, choose_from, errors_to
from canh.console.plans.facts import Drawn, Point
from canh.console.register.scope import kept_site, seen_site
from canh.sites import actions_plans as actions
from canh.sites import queries_plans as queries

if TYPE_CHECKING:
    from canh.sites.models import FloorPlan, Site


class PlanForm(Form):
    name = forms.CharField(label=gettext_lazy("Which floor"), max_length=60,
                           widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip
    picture = forms.FileField(
        label=gettext_lazy("Picture"), help_text=gettext_lazy("PNG or JPEG, at most 4 MB. It is kept encrypted."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )  # fmt: skip


class MarkForm(Form):
    zone: Any = forms.ModelChoiceField(None, label=gettext_lazy("Zone"), empty_label=gettext_lazy("Choose…"))
    x = forms.IntegerField(label=gettext_lazy("From the left, thousandths"), min_value=0, max_value=1000)
    y = forms.IntegerField(label=gettext_lazy("From the top, thousandths"), min_value=0, max_value=1000)

    def __init__(self, site: Site, data: Any = None) -> None:
        super().__init__(data)
        choose_from(self, "zone", queries.zones_to_place(site.id), lambda z: f"{z.number:02d} {z.name}")


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def plans(request: Request, site_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    form = PlanForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            picture = form.cleaned_data["picture"].read(actions.LARGEST + 1)
            made = actions.add_plan(site, request.user, name=form.cleaned_data["name"], picture=picture)
            return redirect("plan", site.id, made.id)
    facts = {"site": site, "form": form, "plans": queries.plans(site.id)}
    return render(request, "console/plans/list.html", facts, status=422 if form.is_bound else 200)


@allow(*KEEPERS)
@require_safe
def plan(request: Request, site_id: int, plan_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    return _page(request, site, _plan(site, plan_id), MarkForm(site))


def _page(request: Request, site: Site, found: FloorPlan, form: Form, status: int = 200) -> HttpResponse:
    points = [Point(mark) for mark in queries.marks(site.id).filter(plan=found)]
    facts = {"site": site, "form": form, "drawn": Drawn(found, points)}
    return render(request, "console/plans/plan.html", facts, status=status)


def _plan(site: Site, plan_id: int) -> FloorPlan:
    found = queries.plans(site.id).filter(id=plan_id).first()
    if found is None:
        raise Http404
    return found


@allow(*STAFF)
@require_GET
def picture(request: Request, site_id: int, plan_id: int) -> HttpResponse:
    """For who may see the premises, and for nobody's cache."""
    found = _plan(seen_site(request, site_id), plan_id)
    try:
        content = queries.picture_of(found)
    except (OSError, ValueError) as error:
        raise Http404 from error
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=found.media, headers=headers)


@allow(*KEEPERS)
@require_POST
def remove(request: Request, site_id: int, plan_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    found = _plan(site, plan_id)
    actions.remove_plan(found, request.user)
    flash.say(request, _("%(plan)s is removed.") % {"plan": found.name})
    return redirect("plans", site.id)


@allow(*KEEPERS)
@require_POST
def place(request: Request, site_id: int, plan_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    found, form = _plan(site, plan_id), MarkForm(site, request.POST)
    if form.is_valid():
        with errors_to(form):
            data = form.cleaned_data
            actions.place_zone(found, data["zone"], request.user, x=data["x"], y=data["y"])
            return redirect("plan", site.id, found.id)
    return _page(request, site, found, form, 422)


@allow(*KEEPERS)
@require_POST
def take_off(request: Request, site_id: int, plan_id: int, mark_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    mark = queries.marks(site.id).filter(plan=plan_id, id=mark_id).first()
    if mark is None:
        raise Http404
    actions.take_off(mark, request.user)
    return redirect("plan", site.id, plan_id)
