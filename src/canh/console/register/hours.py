"""When premises are open."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from canh.console.access import KEEPERS, Request, allow
from canh.console.forms import Form, errors_to
from canh.console.register.scope import kept_site
from canh.sites import actions_panels
from canh.sites.terms import Weekday


class HoursForm(Form):
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On"), choices=Weekday.choices, coerce=int, widget=forms.CheckboxSelectMultiple,
        initial=[1, 2, 3, 4, 5],
    )  # fmt: skip
    opens = forms.TimeField(label=gettext_lazy("Opens"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    closes = forms.TimeField(
        label=gettext_lazy("Closes"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("Before opening: on the day after."),
    )  # fmt: skip


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: Request, site_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    form = HoursForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            actions_panels.add_hours(actor_id=request.user.id, site=site, **form.cleaned_data)
            return redirect("hours", site.id)
    facts = {"form": form, "site": site, "hours": site.hours.order_by("weekday", "opens")}
    return render(request, "console/register/hours.html", facts)


@allow(*KEEPERS)
@require_POST
def remove(request: Request, site_id: int, hours_id: int) -> HttpResponse:
    found = kept_site(request, site_id).hours.filter(id=hours_id).first()
    if found is None:
        raise Http404
    actions_panels.remove_hours(found, actor_id=request.user.id)
    return redirect("hours", site_id)
