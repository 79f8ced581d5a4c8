"""What speaks and belongs to nobody: choose its premises, and from its next message on it counts.

Nobody's premises: only who keeps everything sees them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.accounts.terms import Role
from canh.console import flash
from canh.console.access import Request, allow, hides_secrets
from canh.console.desk.wording import signal_title
from canh.console.forms import Form, errors_to
from canh.console.register import fresh
from canh.console.register.scope import kept_site
from canh.intake import actions, actions_strangers, queries, queries_strangers
from canh.sites import queries as sites
from canh.sites.terms import STANDS_FOR, Door, PanelKind

if TYPE_CHECKING:
    from canh.intake.models import Found, Signal
    from canh.sites.models import Site

PER_PAGE = 25
OFFERED = 8
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Row:
    found: Found
    door: str
    kind: str
    words: str
    """Its last message, said by a person; empty where only a door discovered it."""


@allow(Role.ADMINISTRATOR)
@require_safe
def unknown(request: Request) -> HttpResponse:
    is_aside = request.GET.get("aside") == "1"
    page = Paginator(queries_strangers.dismissed() if is_aside else queries.strangers(), PER_PAGE).get_page(
        request.GET.get("page")
    )
    shown = list(page)
    last = queries_strangers.last_words(shown) if shown else {}
    facts = {
        "rows": [_row(found, last.get((found.door, found.account))) for found in shown],
        "page": page,
        "is_aside": is_aside,
        "waiting": queries.strangers().count(),
        "aside": queries_strangers.dismissed().count(),
    }
    return render(request, "console/register/unknown.html", facts)


def _row(found: Found, last: Signal | None) -> Row:
    return Row(
        found, _label(Door, STANDS_FOR.get(found.door, found.door)), _label(PanelKind, found.kind), _last_words(last)
    )


def _label(words: Any, value: str) -> str:
    return str(words(value).label) if value in words.values else value


def _last_words(last: Signal | None) -> str:
    """In words also before it has premises: what it would have said."""
    if last is None:
        return ""
    return signal_title(last, as_if_known=True) if last.code else str(_("cannot be read without its key"))


class AdoptForm(Form):
    site = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name on the register"), max_length=100, required=False,
                           widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip
    key = forms.CharField(
        label=gettext_lazy("Key in hexadecimal digits"), max_length=120, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
        help_text=gettext_lazy("32, 48 or 64 digits, as they stand in the panel; spaces and dashes do not matter."),
    )  # fmt: skip
    user = forms.CharField(label=gettext_lazy("User name of the camera"), max_length=100, required=False,
                           widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip
    password = forms.CharField(label=gettext_lazy("Password of the camera"), max_length=200, required=False,
                               widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))  # fmt: skip

    def settings_of(self, found: Found) -> dict[str, str]:
        """What the door needs to reach it."""
        if found.door != Door.ONVIF:
            return {}
        address = str(found.facts.get("address") or found.account.partition(":")[2])
        return {"address": address, "user": self.cleaned_data["user"], "password": self.cleaned_data["password"]}


@allow(Role.ADMINISTRATOR)
@hides_secrets
@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: Request, found_id: int) -> HttpResponse:
    """First click: here. Second click: the premises."""
    found = _one(queries.strangers(), found_id)
    form = AdoptForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        site = kept_site(request, form.cleaned_data["site"])
        with errors_to(form):
            made = _adopt(request, found, site, form)
            flash.say(request, _("%(account)s belongs to %(site)s from now on.") % {
                "account": found.account, "site": site.name})  # fmt: skip
            if made.key_hex and not form.cleaned_data["key"]:  # made just now: somebody must type it in
                fresh.remember(request, made.panel)
                return redirect("panel-ready", site.id, made.panel.id)
            return redirect("panel", site.id, made.panel.id)
    return render(request, "console/register/adopt.html", _adoption(request, found, form))


def _adopt(request: Request, found: Found, site: Site, form: AdoptForm) -> Any:
    if site.closed_at:
        raise ValidationError(_("These premises are closed; reopen them first."))
    data = form.cleaned_data
    return actions_strangers.adopt_found(
        found, actor_id=request.user.id, site=site, name=data["name"], key_hex=data["key"],
        settings=form.settings_of(found),
    )  # fmt: skip


def _adoption(request: Request, found: Found, form: AdoptForm) -> dict[str, Any]:
    last = list(queries_strangers.signals_of(found)[:5])
    return {
        "row": _row(found, last[0] if last else None),
        "found": found,
        "form": form,
        "needs_key": queries_strangers.needs_key(found),
        "is_camera": found.door == Door.ONVIF,
        "likely": queries_strangers.likely_sites(found, sites.visible_to(request.viewer)),
        "zones": queries_strangers.zones_heard(found),
        "signals": [(signal, signal_title(signal, as_if_known=True)) for signal in last],
        **_offered(request),
    }


def _offered(request: Request) -> dict[str, Any]:
    words = request.GET.get("q", "")[:LONGEST_SEARCH]
    found = sites.search(request.viewer, words).select_related("unit")[: OFFERED + 1]
    return {"q": words, "offered": list(found)[:OFFERED], "has_more": len(found) > OFFERED}


@allow(Role.ADMINISTRATOR)
@require_safe
def premises(request: Request) -> HttpResponse:
    """Search as you type: premises as buttons."""
    return render(request, "console/register/adopt_sites.html", _offered(request))


@allow(Role.ADMINISTRATOR)
@require_POST
def dismiss(request: Request, found_id: int) -> HttpResponse:
    found = _one(queries.strangers(), found_id)
    actions.dismiss_found(found, actor_id=request.user.id)
    text = _("%(account)s is put aside. It is still kept, and can be brought back.")
    flash.say(request, text % {"account": found.account})
    return redirect("unknown")


@allow(Role.ADMINISTRATOR)
@require_POST
def bring_back(request: Request, found_id: int) -> HttpResponse:
    found = _one(queries_strangers.dismissed(), found_id)
    actions_strangers.bring_back_found(found, actor_id=request.user.id)
    return redirect("unknown")


def _one(rows: Any, row_id: int) -> Found:
    found: Found | None = rows.filter(id=row_id).first()
    if found is None:
        raise Http404
    return found
