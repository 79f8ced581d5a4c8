"""One site: what is known of it, and adding or changing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.accounts import queries as accounts
from canh.alarms import queries as alarms
from canh.alarms import queries_reporting
from canh.alarms.terms import State
from canh.console import flash
from canh.console.access import KEEPERS, STAFF, Request, allow
from canh.console.arming import facts as arming
from canh.console.desk.wording import alarm_title, signal_title
from canh.console.forms import errors_to
from canh.console.occupancy.views import USERS
from canh.console.register.forms import SiteForm, ZoneForm
from canh.console.register.scope import keeper, kept_site, may_change, seen_site
from canh.console.walk.views import StartForm
from canh.intake import queries as intake
from canh.intake import queries_walks
from canh.kit import clock
from canh.sites import actions, actions_panels, queries, queries_panels
from canh.sites.terms import ZoneUse

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.intake.models import Path, Signal
    from canh.sites.models import Panel, Site, Zone

LAST = 20
FIELDS = ("name", "kind", "address", "lat", "lon")
A_MOMENT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class PathLine:
    path: Path
    skew: str
    is_skewed: bool


@dataclass(frozen=True, slots=True)
class PanelCard:
    panel: Panel
    zones: list[Zone]
    paths: list[PathLine]
    has_key: bool
    was_heard: bool
    """Also when only its first message is here and its path is not noted yet."""
    next_number: int


@dataclass(frozen=True, slots=True)
class SignalLine:
    signal: Signal
    title: str


@dataclass(frozen=True, slots=True)
class AlarmLine:
    alarm: Alarm
    title: str
    is_open: bool


@allow(*STAFF)
@require_safe
def show(request: Request, site_id: int) -> HttpResponse:
    site = seen_site(request, site_id)
    devices = site.devices.filter(removed_at__isnull=True).select_related("zone").order_by("kind", "name")
    signals = _signal_lines(site)
    facts = {
        "site": site,
        "may_change": may_change(request, site) and site.closed_at is None,
        "may_look_inside": request.viewer.has(*USERS) and site.closed_at is None,
        "may_reopen": site.closed_at is not None and may_change(request, site),
        "replaced": queries_panels.retired().filter(site=site, is_drill=False).order_by("-retired_at")[:LAST],
        "panels": _panel_cards(site, {line.signal.panel_id for line in signals}),
        "reporting": queries_reporting.reporting(site.id, clock.now()),
        "arming": arming.of_site(request, site),
        "devices": devices,
        "contacts": site.contacts.all(),
        "signals": signals,
        "alarms": _alarm_lines(request, site),
        "tests": queries.running_tests([site.id]),
        "sheets": queries_walks.signed_walks(request.viewer, site.id)[:5],
        "walk": queries_walks.running_walk(site.id),
        "hours": site.hours.order_by("weekday", "opens"),
        "test_form": StartForm(),
        "zone_form": ZoneForm(),
        "uses": ZoneUse.choices,
    }
    return render(request, "console/register/site.html", facts)


def _panel_cards(site: Site, heard: set[int | None]) -> list[PanelCard]:
    paths: dict[int | None, list[PathLine]] = {}
    for path in intake.paths_of(site.id):
        paths.setdefault(path.panel_id, []).append(path_line(path))
    zones: dict[int, list[Zone]] = {}
    for zone in queries.zones_of(site.id):
        zones.setdefault(zone.panel_id, []).append(zone)
    return [
        PanelCard(
            panel=panel,
            zones=zones.get(panel.id, []),
            paths=paths.get(panel.id, []),
            has_key=panel.key_sealed is not None,
            was_heard=panel.id in paths or panel.id in heard,
            next_number=max((zone.number for zone in zones.get(panel.id, [])), default=0) + 1,
        )
        for panel in site.panels.filter(retired_at__isnull=True).order_by("id")
    ]


SKEW_TO_TELL_MS = 5000


def path_line(path: Path) -> PathLine:
    is_skewed = path.skew_ms is not None and abs(path.skew_ms) >= SKEW_TO_TELL_MS
    return PathLine(path, skew_words(path.skew_ms), is_skewed)


def skew_words(skew_ms: int | None) -> str:
    """How far a panel's clock is from ours."""
    if skew_ms is None:
        return _("sends no time")
    if abs(skew_ms) < 1500:
        return _("clock right")
    seconds = round(abs(skew_ms) / 1000)
    amount = _("%(n)d s") % {"n": seconds} if seconds < 120 else _("%(n)d min") % {"n": seconds // 60}
    return (_("clock %s fast") if skew_ms > 0 else _("clock %s slow")) % amount


def _signal_lines(site: Site) -> list[SignalLine]:
    found = intake.last_signals_of(site.id, LAST).select_related("zone")
    return [SignalLine(signal, signal_title(signal)) for signal in found]


def _alarm_lines(request: Request, site: Site) -> list[AlarmLine]:
    found = alarms.of_site(request.viewer, site.id).select_related("closed_by")[:LAST]
    return [AlarmLine(alarm, alarm_title(alarm), alarm.state != State.CLOSED) for alarm in found]


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request) -> HttpResponse:
    form = SiteForm(request.POST or None, keeper=keeper(request))
    if request.method == "POST" and form.is_valid():
        if site := _just_made(request, form):
            return redirect("site", site.id)  # the form was sent twice
        with errors_to(form):
            site = actions.add_site(actor_id=request.user.id, **_typed(form, with_unit=True))
            flash.say(request, _("%(name)s is on the register. Now add its panel.") % {"name": site.name})
            return redirect("site", site.id)
    return render(request, "console/register/site_form.html", {"form": form})


def _typed(form: SiteForm, *, with_unit: bool) -> dict[str, Any]:
    data = form.cleaned_data
    typed = {name: data[name] for name in FIELDS}
    typed["area_id"] = data["area"].id if data["area"] else None
    return {**typed, "unit_id": data["unit"].id} if with_unit else typed


def _just_made(request: Request, form: SiteForm) -> Site | None:
    data = form.cleaned_data
    made = queries.visible_to(keeper(request)).filter(created_at__gte=clock.now() - A_MOMENT)
    return made.filter(name=data["name"], unit=data["unit"], address=data["address"], kind=data["kind"]).first()


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Request, site_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    name = site.name  # as it is stored; a refused change must not show in the heading
    before = {**{field: getattr(site, field) for field in FIELDS}, "unit": site.unit_id, "area": site.area_id}
    form = SiteForm(request.POST or None, initial=before, keeper=keeper(request))
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            actions.change_site(site, actor_id=request.user.id, **_typed(form, with_unit=True))
            flash.say(request, _("Saved."))
            return redirect("site", site.id)
    return render(request, "console/register/site_form.html", {"form": form, "site": site, "name": name})


@allow(*KEEPERS)
@require_safe
def suggest_area(request: Request) -> HttpResponse:
    """The area field again, with the nearest ward chosen while none is."""
    form = SiteForm(request.GET, keeper=keeper(request))
    form.is_valid()
    data = form.cleaned_data
    lat, lon = data.get("lat"), data.get("lon")
    near = accounts.nearest_area((lat, lon)) if isinstance(lat, float) and isinstance(lon, float) else None
    chosen = request.GET.get("area") or (str(near[0].id) if near else "")
    shown = SiteForm(initial={"area": chosen}, keeper=keeper(request))
    facts = {"field": shown["area"], "near": near, "chosen": chosen}
    return render(request, "console/register/area_field.html", facts)


@allow(*KEEPERS)
@require_POST
def close(request: Request, site_id: int) -> HttpResponse:
    """Nothing is watched here any more; with its panels, for a reason."""
    site = kept_site(request, site_id)
    try:
        actions_panels.close_site(site, actor_id=request.user.id, reason=request.POST.get("reason", "")[:200])
        flash.say(request, _("%(name)s is closed. Its history stays, and it can be reopened.") % {"name": site.name})
    except ValidationError as error:
        flash.say(request, "; ".join(error.messages))
    return redirect("site", site.id)


@allow(*KEEPERS)
@require_POST
def reopen(request: Request, site_id: int) -> HttpResponse:
    site = kept_site(request, site_id)
    try:
        actions_panels.reopen_site(site, actor_id=request.user.id)
        flash.say(request, _("%(name)s is watched again. Look whether its panels are heard.") % {"name": site.name})
    except ValidationError as error:
        flash.say(request, "; ".join(error.messages))
    return redirect("site", site.id)
