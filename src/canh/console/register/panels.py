"""Panels: add one in under a minute, see it report, give it another key, retire it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.console import flash
from canh.console.access import KEEPERS, Request, allow, go, hides_secrets
from canh.console.desk.wording import signal_title
from canh.console.forms import errors_to
from canh.console.register import fresh
from canh.console.register.forms import KeyForm, PanelForm
from canh.console.register.reach import reach
from canh.console.register.scope import kept_panel, kept_site
from canh.intake import queries as intake
from canh.intake.terms import Verdict
from canh.kit import clock
from canh.sites import actions, queries

if TYPE_CHECKING:
    from canh.intake.models import Signal
    from canh.sites.models import Panel, Site

A_MOMENT = timedelta(seconds=60)
USUAL_ZONES = 8
OWN_TROUBLES = frozenset({Verdict.WRONG_KEY, Verdict.DOWNGRADE, Verdict.BAD_TIME})


@allow(*KEEPERS)
@hides_secrets
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request, site_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    form = PanelForm(request.POST or None, initial=_prefilled(request))
    if request.method == "POST" and form.is_valid():
        if panel := _just_made(site, form.cleaned_data["account"]):
            return redirect("panel-ready", site.id, panel.id)  # the form was sent twice
        with errors_to(form):
            panel = _make(request, site, form)
            fresh.remember(request, panel)
            return redirect("panel-ready", site.id, panel.id)
    is_first = not queries.visible_to(request.viewer).filter(panels__isnull=False).exists()
    return render(request, "console/register/panel_add.html", {"form": form, "site": site, "is_first": is_first})


def _prefilled(request: Request) -> dict[str, Any]:
    wanted = request.GET.get("account", "")[:16]
    return {"name": _("Panel"), "account": wanted or actions.free_account(), "zones": USUAL_ZONES}


def _make(request: Request, site: Site, form: PanelForm) -> Panel:
    data = form.cleaned_data
    return actions.add_panel(
        actor_id=request.user.id, site=site, account=data["account"], key_hex=form.key_hex(),
        name=data["name"], zones=data["zones"],
    ).panel  # fmt: skip


def _just_made(site: Site, account: str) -> Panel | None:
    return site.panels.filter(
        account=account.strip().upper(), retired_at__isnull=True, created_at__gte=clock.now() - A_MOMENT
    ).first()


@allow(*KEEPERS)
@require_safe
def ready(request: Request, site_id: int, panel_id: int) -> HttpResponse:
    """What to type into the panel, and whether it is heard."""
    panel = kept_panel(request, site_id, panel_id)
    is_fresh = fresh.made_at(request, panel) is not None
    facts = {
        "site": panel.site,
        "panel": panel,
        "reach": reach(request, panel.door),
        "is_fresh": is_fresh,
        "key": queries.key_of(panel) if is_fresh else "",
        **_listening(request, panel),
    }
    return render(request, "console/register/panel_ready.html", facts)


@allow(*KEEPERS)
@require_safe
def heard(request: Request, site_id: int, panel_id: int) -> HttpResponse:
    """The part that waits: asked again each second until something is heard."""
    panel = kept_panel(request, site_id, panel_id)
    return render(request, "console/register/heard.html", _listening(request, panel))


@dataclass(frozen=True, slots=True)
class Hint:
    """Why nothing may be heard. `kind` chooses the words."""

    kind: str
    account: str
    at: Any
    peer: str


def _listening(request: Request, panel: Panel) -> dict[str, Any]:
    since = fresh.made_at(request, panel) or panel.created_at
    signal = intake.first_signal_of(panel.id, since)
    alive_at = intake.heard_at(panel.id)
    return {
        "panel": panel,
        "site": panel.site,
        "signal": signal,
        "words": signal_title(signal) if signal else "",
        "alive_at": alive_at if alive_at and alive_at >= since else None,
        "hints": _hints(panel, since, of_others=signal is None),
        "waited_s": int((clock.now() - since).total_seconds()),
    }


def _hints(panel: Panel, since: Any, *, of_others: bool) -> list[Hint]:
    """The newest trouble of each kind since then; once the panel is heard, its own alone matters."""
    newest: dict[str, Hint] = {}
    for signal in intake.troubles_since(since, panel.account, 20):
        kind = _hint_kind(signal, panel)
        if of_others or kind in OWN_TROUBLES:
            newest.setdefault(kind, Hint(kind, signal.account, signal.received_at, signal.peer))
    return list(newest.values())


def _hint_kind(signal: Signal, panel: Panel) -> str:
    if signal.verdict in OWN_TROUBLES:
        return signal.verdict
    if signal.verdict == Verdict.UNKNOWN_ACCOUNT and signal.account != panel.account:
        return signal.verdict
    return "unreadable" if signal.verdict != Verdict.UNKNOWN_ACCOUNT else "too_early"


@allow(*KEEPERS)
@hides_secrets
@require_http_methods(["GET", "HEAD", "POST"])
def replace_key(request: Request, site_id: int, panel_id: int) -> HttpResponse:
    """The old key opens nothing from the moment the new one is stored."""
    panel = kept_panel(request, site_id, panel_id)
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            actions.replace_key(panel, form.key_hex(), actor_id=request.user.id)
            fresh.remember(request, panel)
            return redirect("panel-ready", site_id, panel.id)
    return render(request, "console/register/panel_key.html", {"form": form, "site": panel.site, "panel": panel})


@allow(*KEEPERS)
@require_POST
def done(request: Request, site_id: int, panel_id: int) -> HttpResponse:
    """The key is typed in: do not show it again."""
    fresh.forget(request, kept_panel(request, site_id, panel_id))
    return redirect("site", site_id)


@allow(*KEEPERS)
@require_POST
def retire(request: Request, site_id: int, panel_id: int) -> HttpResponse:
    panel = kept_panel(request, site_id, panel_id)
    actions.retire_panel(panel, actor_id=request.user.id)
    flash.say(request, _("Panel %(account)s is out of use. Its history stays.") % {"account": panel.account})
    return go(request, f"/sites/{site_id}/")
