"""Who works at premises, which keys they lend, which buttons begin and end a lockdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import segno
from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from canh.console import flash
from canh.console.access import Request, allow
from canh.console.forms import Form, choose_from, errors_to
from canh.console.occupancy.views import KEEPERS
from canh.console.register.scope import working_site
from canh.occupancy import actions, queries

if TYPE_CHECKING:
    from canh.occupancy.models import Member
    from canh.sites.models import Site


class MemberForm(Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120,
                           widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip
    place = forms.CharField(
        label=gettext_lazy("Where they usually are"), max_length=120, required=False,
        help_text=gettext_lazy("A room, a counter, a class: where help looks for them first."),
    )  # fmt: skip
    is_leader = forms.BooleanField(label=gettext_lazy("May say that all is safe"), required=False)


class KeyForm(Form):
    label = forms.CharField(label=gettext_lazy("Name of the key"), max_length=60,
                            widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip
    opens = forms.CharField(label=gettext_lazy("What it opens"), max_length=120, required=False)


class ButtonsForm(Form):
    lockdown: Any = forms.ModelChoiceField(None, label=gettext_lazy("Begins a lockdown"), required=False,
                                           empty_label=gettext_lazy("No device"))  # fmt: skip
    safe: Any = forms.ModelChoiceField(None, label=gettext_lazy("Says that all is safe"), required=False,
                                       empty_label=gettext_lazy("No device"))  # fmt: skip

    def __init__(self, site: Site, data: Any = None) -> None:
        now = queries.buttons(site.id)
        super().__init__(data, initial={"lockdown": now and now.lockdown_id, "safe": now and now.safe_id})
        working = site.panels.filter(retired_at__isnull=True, is_drill=False).order_by("name", "id")
        for name in ("lockdown", "safe"):
            choose_from(self, name, working, lambda panel: f"{panel.name} ({panel.account})")


@allow(*KEEPERS)
@require_safe
def page(request: Request, site_id: int) -> HttpResponse:
    return _page(request, working_site(request, site_id, KEEPERS))


def _page(request: Request, site: Site, status: int = 200, **more: Any) -> HttpResponse:
    """The page; a form that was refused keeps what was typed."""
    facts = {
        "member_form": MemberForm(), "key_form": KeyForm(), "buttons_form": ButtonsForm(site), **more,
        "site": site, "members": queries.members(site.id), "keys": queries.keys(site.id),
    }  # fmt: skip
    return render(request, "console/occupancy/setup.html", facts, status=status)


@allow(*KEEPERS)
@require_POST
@never_cache
def add_member(request: Request, site_id: int) -> HttpResponse:
    """The answer shows the link once, and nothing shows it again."""
    site, form = working_site(request, site_id, KEEPERS), MemberForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            member, secret = actions.add_member(site, request.user, **form.cleaned_data)
            return _link(request, site, member, secret)
    return _page(request, site, 422, member_form=form)


@allow(*KEEPERS)
@require_POST
@never_cache
def renew(request: Request, site_id: int, member_id: int) -> HttpResponse:
    """The phone is lost, or somebody else saw the link."""
    site = working_site(request, site_id, KEEPERS)
    member = _member(site, member_id)
    return _link(request, site, member, actions.renew_link(member, request.user))


def _link(request: Request, site: Site, member: Member, secret: str) -> HttpResponse:
    address = request.build_absolute_uri(reverse("here", args=[secret]))
    code = segno.make(address, error="m", micro=False)
    image = code.svg_inline(scale=4, border=4, svgclass="qr", lineclass="qr-line", omitsize=False)
    drawn = mark_safe(image)  # noqa: S308  # drawn by segno from our own text
    return _page(request, site, link_of=member, link=address, qr=drawn)


@allow(*KEEPERS)
@require_POST
def remove_member(request: Request, site_id: int, member_id: int) -> HttpResponse:
    site = working_site(request, site_id, KEEPERS)
    member = _member(site, member_id)
    actions.remove_member(member, request.user)
    flash.say(request, _("The link of %(name)s opens nothing any more.") % {"name": member.name})
    return redirect("inside-setup", site.id)


def _member(site: Site, member_id: int) -> Member:
    found = queries.members(site.id).filter(id=member_id).first()
    if found is None:
        raise Http404
    return found


@allow(*KEEPERS)
@require_POST
def add_key(request: Request, site_id: int) -> HttpResponse:
    site, form = working_site(request, site_id, KEEPERS), KeyForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions.add_key(site, request.user, **form.cleaned_data)
            return redirect("inside-setup", site.id)
    return _page(request, site, 422, key_form=form)


@allow(*KEEPERS)
@require_POST
def retire_key(request: Request, site_id: int, key_id: int) -> HttpResponse:
    site = working_site(request, site_id, KEEPERS)
    key = queries.keys(site.id).filter(id=key_id).first()
    if key is None:
        raise Http404
    try:
        actions.retire_key(key, request.user)
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
    return redirect("inside-setup", site.id)


@allow(*KEEPERS)
@require_POST
def buttons(request: Request, site_id: int) -> HttpResponse:
    site = working_site(request, site_id, KEEPERS)
    form = ButtonsForm(site, request.POST)
    if form.is_valid():
        with errors_to(form):
            actions.set_buttons(site, request.user, **form.cleaned_data)
            flash.say(request, _("Saved."))
            return redirect("inside-setup", site.id)
    return _page(request, site, 422, buttons_form=form)
