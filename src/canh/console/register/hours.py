"""When premises are open: weekly hours, exceptions, and how strictly they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from canh.alarms import queries_arming
from canh.console import flash
from canh.console.access import KEEPERS, Request, allow
from canh.console.forms import Form, errors_to
from canh.console.register.scope import kept_site
from canh.kit import clock
from canh.sites import actions_hours, actions_panels, queries_hours
from canh.sites.terms import BySchedule, OnOpen, Weekday

if TYPE_CHECKING:
    from canh.sites.models import Site


def _time() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class HoursForm(Form):
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On"), choices=Weekday.choices, coerce=int, widget=forms.CheckboxSelectMultiple,
        initial=[1, 2, 3, 4, 5],
    )  # fmt: skip
    opens = forms.TimeField(label=gettext_lazy("Opens"), widget=_time())
    closes = forms.TimeField(
        label=gettext_lazy("Closes"), widget=_time(), help_text=gettext_lazy("Before opening: on the day after.")
    )


class ExceptionForm(Form):
    first = forms.DateField(label=gettext_lazy("From"), widget=_day())
    last = forms.DateField(label=gettext_lazy("Until and including"), widget=_day(), required=False)
    opens = forms.TimeField(label=gettext_lazy("Opens"), widget=_time(), required=False,
                            help_text=gettext_lazy("Leave both empty: closed on these days."))  # fmt: skip
    closes = forms.TimeField(label=gettext_lazy("Closes"), widget=_time(), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200,
                             widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip


class RuleForm(Form):
    late_min = forms.IntegerField(
        label=gettext_lazy("Minutes after closing until it must be armed"), min_value=0, max_value=720
    )
    early_min = forms.IntegerField(
        label=gettext_lazy("Minutes before opening in which an opening is only early"), min_value=0, max_value=720
    )
    late_opening_min = forms.IntegerField(
        label=gettext_lazy("Minutes after opening until somebody must have opened"), min_value=0, max_value=720,
        required=False, help_text=gettext_lazy("Empty: nobody is told."),
    )  # fmt: skip
    keeps_holidays = forms.BooleanField(label=gettext_lazy("Closed on public holidays"), required=False)


class DelayForm(RuleForm):
    """Also where Canh arms the sensors."""

    exit_s = forms.IntegerField(label=gettext_lazy("Exit delay, seconds"), min_value=0, max_value=300)
    entry_s = forms.IntegerField(label=gettext_lazy("Entry delay, seconds"), min_value=0, max_value=45)
    on_open = forms.ChoiceField(label=gettext_lazy("When something stands open"), choices=OnOpen.choices)
    by_schedule = forms.ChoiceField(label=gettext_lazy("By the hours"), choices=BySchedule.choices, required=False)


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: Request, site_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    form = HoursForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            actions_panels.add_hours(actor_id=request.user.id, site=site, **form.cleaned_data)
            return redirect("hours", site.id)
    return _page(request, site, form=form)


def _page(request: Request, site: Site, **forms_tried: Form) -> HttpResponse:
    """The page; a form that was refused keeps what was typed."""
    today = timezone.localtime(clock.now()).date()
    rule = queries_hours.rules_of([site.id])[site.id]
    facts: dict[str, Any] = {
        "form": HoursForm(), "exception_form": ExceptionForm(), "rule_form": _rule_form(site)(initial=_as_typed(rule)),
        **forms_tried,
        "site": site, "hours": site.hours.order_by("weekday", "opens"),
        "exceptions": site.exceptions.filter(last__gte=today).order_by("first", "id"),
        "days_ahead": queries_hours.days_ahead(today) if rule.keeps_holidays else [],
        "now": queries_hours.expected(site.id, clock.now()),
    }  # fmt: skip
    return render(request, "console/register/hours.html", facts)


def _rule_form(site: Site) -> type[RuleForm]:
    return DelayForm if queries_arming.has_bare_sensors(site.id) else RuleForm


def _as_typed(rule: Any) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in actions_hours.RULES}


@allow(*KEEPERS)
@require_POST
def remove(request: Request, site_id: int, hours_id: int) -> HttpResponse:
    found = kept_site(request, site_id).hours.filter(id=hours_id).first()
    if found is None:
        raise Http404
    actions_panels.remove_hours(found, actor_id=request.user.id)
    return redirect("hours", site_id)


@allow(*KEEPERS)
@require_POST
def set_rule(request: Request, site_id: int) -> HttpResponse:
    """How strictly the hours are kept; where Canh arms, its delays too."""
    site = kept_site(request, site_id)
    form = _rule_form(site)(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions_hours.set_rule(site, actor_id=request.user.id, **form.cleaned_data)
            flash.say(request, _("Saved."))
            return redirect("hours", site.id)
    return _page(request, site, rule_form=form)


@allow(*KEEPERS)
@require_POST
def add_exception(request: Request, site_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    form = ExceptionForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions_hours.add_exception(actor_id=request.user.id, site=site, **form.cleaned_data)
            return redirect("hours", site.id)
    return _page(request, site, exception_form=form)


@allow(*KEEPERS)
@require_POST
def remove_exception(request: Request, site_id: int, exception_id: int) -> HttpResponse:
    found = kept_site(request, site_id).exceptions.filter(id=exception_id).first()
    if found is None:
        raise Http404
    actions_hours.remove_exception(found, actor_id=request.user.id)
    return redirect("hours", site_id)
