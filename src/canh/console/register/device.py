"""The page of one panel, camera or sensor: what it is, how it is heard, how its clock stands, what it said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.alarms import queries as alarms
from canh.alarms.terms import State
from canh.console import flash
from canh.console.access import KEEPERS, STAFF, Request, allow
from canh.console.desk.wording import alarm_title, signal_title
from canh.console.forms import Form, errors_to
from canh.console.register import dialect, fresh
from canh.console.register.premises import PathLine, path_line, skew_words
from canh.console.register.scope import kept_panel, may_change, seen_site
from canh.intake import queries as intake
from canh.intake import queries_doors, queries_strangers, queries_walks
from canh.kit import clock
from canh.sites import actions, actions_panels, queries, queries_panels
from canh.sites.terms import USUAL_REPORTING, PanelKind, ReportingClass, ZoneUse

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.intake.models import Signal
    from canh.sites.models import Panel, Site

PER_PAGE = 30
BEFORE = 20
OPEN_SHOWN = 20


class PanelChangeForm(Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100,
                           widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=PanelKind.choices)
    reporting_s = forms.TypedChoiceField(
        label=gettext_lazy("Must be heard within"), required=False, coerce=int, empty_value=None,
        choices=[("", gettext_lazy("not supervised")), *ReportingClass.choices],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """How its key stands."""

    bits: int
    """0: it speaks in clear."""
    is_rotating: bool
    is_confirmed: bool
    """Something was heard under the present key."""


@dataclass(frozen=True, slots=True)
class Said:
    signal: Signal
    title: str
    account: str
    """Only where it is another than the page's: of a panel before this one."""


@allow(*STAFF)
@require_safe
def panel(request: Request, site_id: int, panel_id: int) -> HttpResponse:
    site = seen_site(request, site_id)
    shown = _panel_of(site, panel_id)
    chain = queries_panels.chain_of(shown)
    told = Paginator(queries_strangers.of_panels([p.id for p in chain]), PER_PAGE)
    page = told.get_page(request.GET.get("page"))
    facts = {
        "site": site, "panel": shown, "chain": chain if len(chain) > 1 else [],
        "may_change": may_change(request, site) and shown.retired_at is None,
        "page": page, "said": [_said(signal, shown, chain) for signal in page],
        **_hearing(shown, chain), **_register_facts(site, shown, chain),
        "alarms": _open_alarms(request, chain),
        "tests": queries.running_tests([site.id]),
        "sheets": queries_walks.proved_by(request.viewer, [p.id for p in chain])[:5],
    }  # fmt: skip
    return render(request, "console/register/panel.html", facts)


def _panel_of(site: Site, panel_id: int) -> Panel:
    found = site.panels.filter(id=panel_id).first()
    if found is None:
        raise Http404
    found.site = site
    return found


def _said(signal: Signal, shown: Panel, chain: list[Panel]) -> Said:
    other = next((p for p in chain if p.id == signal.panel_id and p.id != shown.id), None)
    return Said(signal, signal_title(signal), (other.account if other else ""))


def _hearing(shown: Panel, chain: list[Panel]) -> dict[str, Any]:
    """Paths, clock, departures from the standard, key: what its messages tell of it."""
    paths: list[PathLine] = [path_line(p) for p in intake.paths_of(shown.site_id) if p.panel_id == shown.id]
    last = queries_doors.last_dialects(shown.id, shown.site_id)
    ledger = queries_strangers.skew_ledger([p.id for p in chain])
    return {
        "paths": paths,
        "ledger": [(day, skew_words(day.last_ms), abs(day.last_ms) >= 5000) for day in ledger],
        "dialect": dialect.words_of([*(line.path.dialect for line in paths), *last], shown.dialect),
        "key": _key(shown, paths),
        "before": [(s, signal_title(s, as_if_known=True)) for s in queries_strangers.before_adoption(shown)[:BEFORE]],
    }


def _key(shown: Panel, paths: list[PathLine]) -> Key:
    bits = len(queries.key_of(shown)) * 4
    is_rotating = shown.old_key_until is not None and shown.old_key_until > clock.now()
    since = shown.key_set_at or shown.created_at
    confirmed = any(line.path.heard_at >= since and "old_key" not in line.path.dialect.split(",") for line in paths)
    return Key(bits, is_rotating, confirmed)


def _register_facts(site: Site, shown: Panel, chain: list[Panel]) -> dict[str, Any]:
    usual = ReportingClass(USUAL_REPORTING.get(site.kind, ReportingClass.H25))
    now = {"name": shown.name, "kind": shown.kind, "reporting_s": shown.reporting_s or ""}
    zones = list(shown.zones.order_by("number"))
    return {
        "form": PanelChangeForm(initial=now),
        "usual": usual,
        "zones": zones,
        "uses": ZoneUse.choices,
        "next_number": max((zone.number for zone in zones), default=0) + 1,
        "successor": next((p for p in chain if p.replaces_id == shown.id), None),
    }


def _open_alarms(request: Request, chain: list[Panel]) -> list[tuple[Alarm, str]]:
    """Also those of a panel that was replaced: what it reported last still wants a person."""
    found = alarms.visible_to(request.viewer).filter(panel__in=[p.id for p in chain]).exclude(state=State.CLOSED)
    return [(alarm, alarm_title(alarm)) for alarm in found.order_by("priority", "received_at")[:OPEN_SHOWN]]


@allow(*KEEPERS)
@require_POST
def change(request: Request, site_id: int, panel_id: int) -> HttpResponse:
    """Name, kind and reporting class; what was wrong is said on the page."""
    shown = kept_panel(request, site_id, panel_id)
    form = PanelChangeForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions_panels.change_panel(shown, actor_id=request.user.id, **form.cleaned_data)
            flash.say(request, _("Saved."))
    if not form.is_valid():
        wrong = "; ".join(str(error) for errors in form.errors.values() for error in errors)
        flash.say(request, _("Not saved: %s") % wrong)
    return redirect("panel", site_id, panel_id)


@allow(*KEEPERS)
@require_POST
def agree(request: Request, site_id: int, panel_id: int) -> HttpResponse:
    """One click: this departure from the standard is known and taken into account; or not any more."""
    shown = kept_panel(request, site_id, panel_id)
    word = request.POST.get("word", "")
    if word in dialect.AGREED:
        name, value = dialect.AGREED[word]
        value = "" if request.POST.get("take_back") else value
        actions_panels.agree_dialect(shown, actor_id=request.user.id, name=name, value=value)
        flash.say(request, _("Agreed. It counts from its next message on.") if value else _("Taken back."))
    return redirect("panel", site_id, panel_id)


class ReplaceForm(Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100,
                           widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip
    account = forms.CharField(
        label=gettext_lazy("Account"), max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("The same as before, or the one the new panel has."),
    )  # fmt: skip
    key = forms.ChoiceField(
        label=gettext_lazy("Key"), widget=forms.RadioSelect, initial="new",
        choices=[("new", gettext_lazy("New key, AES-128")), ("new256", gettext_lazy("New key, AES-256")),
                 ("same", gettext_lazy("The key of the old panel")), ("none", gettext_lazy("None"))],
    )  # fmt: skip


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def replace(request: Request, site_id: int, panel_id: int) -> HttpResponse:
    """New hardware: zones, class and devices are carried over, the history goes on."""
    old = kept_panel(request, site_id, panel_id)
    form = ReplaceForm(request.POST or None, initial={"name": old.name, "account": old.account})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        bits = {"new": 128, "new256": 256}.get(data["key"])
        with errors_to(form):
            made = actions_panels.replace_panel(
                old, actor_id=request.user.id, account=data["account"], name=data["name"],
                key_hex=actions.new_key(bits) if bits else "", keeps_key=data["key"] == "same",
            )  # fmt: skip
            fresh.remember(request, made.panel)
            return redirect("panel-ready", site_id, made.panel.id)
    facts = {"form": form, "panel": old, "site": old.site, "zones": old.zones.count()}
    return render(request, "console/register/panel_replace.html", facts)
