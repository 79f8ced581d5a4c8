"""What premises ask for when they are opened: who has a code, when the vault may be opened."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from canh.alarms import actions_routines as actions
from canh.alarms import queries_routines as queries
from canh.console import flash
from canh.console.access import KEEPERS, Request, allow
from canh.console.forms import Form, errors_to
from canh.console.register.scope import kept_site
from canh.sites.models import Site
from canh.sites.terms import Weekday


class RuleForm(Form):
    asks_all_clear = forms.BooleanField(
        label=gettext_lazy("After each opening a second person gives the all-clear"), required=False
    )
    all_clear_min = forms.IntegerField(
        label=gettext_lazy("Minutes until the all-clear must be there"), min_value=1, max_value=60, required=False,
        help_text=gettext_lazy("Empty: ten minutes."),
    )  # fmt: skip
    asks_vault_second = forms.BooleanField(
        label=gettext_lazy("Opening the vault needs a second person within three minutes"), required=False
    )
    cash_limit = forms.IntegerField(
        label=gettext_lazy("Cash that may stay at the end of the day, million dong"), min_value=1, max_value=10_000_000,
        required=False, help_text=gettext_lazy("Empty: no limit is kept here."),
    )  # fmt: skip


class HolderForm(Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120,
                           widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip
    user_number = forms.CharField(
        label=gettext_lazy("User number at the panel"), max_length=10, required=False,
        help_text=gettext_lazy("So Canh knows that who opened does not answer for themselves."),
    )  # fmt: skip


class WindowForm(Form):
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On"), choices=Weekday.choices, coerce=int, widget=forms.CheckboxSelectMultiple,
        initial=[1, 2, 3, 4, 5],
    )  # fmt: skip
    opens = forms.TimeField(label=gettext_lazy("From"), widget=forms.TimeInput(attrs={"type": "time"}))
    closes = forms.TimeField(label=gettext_lazy("Until"), widget=forms.TimeInput(attrs={"type": "time"}))


@allow(*KEEPERS)
@require_safe
def page(request: Request, site_id: int) -> HttpResponse:
    return _page(request, kept_site(request, site_id))


def _page(request: Request, site: Site, status: int = 200, **more: Any) -> HttpResponse:
    """The page; a form that was refused keeps what was typed."""
    rule = queries.rule_of(site.id)
    asked = {name: getattr(rule, name) for name in RuleForm.base_fields}
    facts = {
        "rule_form": RuleForm(initial=asked), "holder_form": HolderForm(), "window_form": WindowForm(), **more,
        "site": site, "holders": queries.holders(site.id),
        "windows": queries.vault_windows(site.id),
    }  # fmt: skip
    return render(request, "console/routines/setup.html", facts, status=status)


@allow(*KEEPERS)
@require_POST
def set_rule(request: Request, site_id: int) -> HttpResponse:
    site, form = kept_site(request, site_id), RuleForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions.set_rule(site, request.user, **form.cleaned_data)
            flash.say(request, _("Saved."))
            return redirect("routine-setup", site.id)
    return _page(request, site, 422, rule_form=form)


@allow(*KEEPERS)
@require_POST
@never_cache
def add_holder(request: Request, site_id: int) -> HttpResponse:
    """Give a code: the answer shows it once, and nothing shows it again."""
    site, form = kept_site(request, site_id), HolderForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            holder, code = actions.add_holder(site, request.user, **form.cleaned_data)
            return _page(request, site, new_holder=holder, new_code=code)
    return _page(request, site, 422, holder_form=form)


@allow(*KEEPERS)
@require_POST
def remove_holder(request: Request, site_id: int, holder_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    holder = queries.holders(site.id).filter(id=holder_id).first()
    if holder is None:
        raise Http404
    try:
        actions.remove_holder(holder, request.user)
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
    return redirect("routine-setup", site.id)


@allow(*KEEPERS)
@require_POST
def add_window(request: Request, site_id: int) -> HttpResponse:
    site, form = kept_site(request, site_id), WindowForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions.add_window(site, request.user, **form.cleaned_data)
            return redirect("routine-setup", site.id)
    return _page(request, site, 422, window_form=form)


@allow(*KEEPERS)
@require_POST
def remove_window(request: Request, site_id: int, window_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    window = queries.vault_windows(site.id).filter(id=window_id).first()
    if window is None:
        raise Http404
    actions.remove_window(window, request.user)
    return redirect("routine-setup", site.id)
