"""On the phone: choose premises, walk, see each zone tick as its signal arrives, sign.

Nothing is kept in the browser: who closes it finds the walk where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.accounts import queries as accounts
from canh.accounts.queries import Viewer
from canh.console import flash
from canh.console.access import KEEPERS, STAFF, Request, allow
from canh.console.desk.wording import code_label, journal_number, signal_title
from canh.console.forms import Form, errors_to
from canh.console.walk.roles import READERS, WALKERS
from canh.intake import actions_walks, queries_walks
from canh.sites import actions, queries, queries_panels
from canh.sites.terms import ZoneUse

if TYPE_CHECKING:
    from canh.intake.models import WalkTest, WalkTick
    from canh.sites.models import Site

PER_PAGE = 30


def walker(request: Request) -> Viewer:
    """What this person sees by the roles that may test, leaving others aside."""
    others = request.viewer.roles.difference(WALKERS)
    return accounts.viewer(request.user, only=WALKERS) if others else request.viewer


def walked_site(request: Request, site_id: int) -> Site:
    """Working premises this person may put on test; 404 for all others."""
    return _site(queries.visible_to(walker(request)).filter(closed_at__isnull=True), site_id)


def _site(rows: Any, site_id: int) -> Site:
    found: Site | None = rows.select_related("unit", "area").filter(id=site_id).first()
    if found is None:
        raise Http404
    return found


@allow(*READERS)
@require_safe
def premises(request: Request) -> HttpResponse:
    """Search as you type; what is on test or being walked stands first."""
    found = queries.search(request.viewer, request.GET.get("q", "")[:100]).select_related("unit")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    on_test = {test.site_id: test for test in queries.running_tests([site.id for site in shown])}
    facts = {
        "rows": [(site, on_test.get(site.id)) for site in shown],
        "page": page, "q": request.GET.get("q", ""),
        "running": [] if request.htmx else queries_panels.tests_running(request.viewer)[:20],
    }  # fmt: skip
    return render(request, "console/walk/rows.html" if request.htmx else "console/walk/premises.html", facts)


class StartForm(Form):
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("How long"), coerce=int, initial=60,
        choices=[(30, gettext_lazy("30 minutes")), (60, gettext_lazy("1 hour")), (120, gettext_lazy("2 hours")),
                 (240, gettext_lazy("4 hours")), (480, gettext_lazy("8 hours"))],
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("What is being done"), max_length=200,
                             widget=forms.TextInput(attrs={"autocomplete": "off"}))  # fmt: skip


@allow(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def site(request: Request, site_id: int) -> HttpResponse:
    """The walk where it stands; before it, the way to begin; always the sheets signed so far."""
    if request.method == "POST":
        return _start(request, walked_site(request, site_id))
    shown = _site(queries.visible_to(request.viewer), site_id)
    return render(request, "console/walk/site.html", _facts(request, shown))


def _facts(request: Request, shown: Site, form: StartForm | None = None) -> dict[str, Any]:
    may_walk = queries.visible_to(walker(request)).filter(id=shown.id, closed_at__isnull=True).exists()
    walk = queries_walks.running_walk(shown.id)
    return {
        "site": shown,
        "may_walk": may_walk and request.viewer.has(*WALKERS),
        "form": form or StartForm(initial={"reason": _("Acceptance of the installation")}),
        "sheets": queries_walks.signed_walks(request.viewer, shown.id)[:20],
        "tests": queries.running_tests([shown.id]),
        **(_live(walk) if walk else {"walk": None}),
    }


def _start(request: Request, shown: Site) -> HttpResponse:
    form = StartForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions_walks.start_walk(shown, actor_id=request.user.id, **form.cleaned_data)
            return redirect("walk-site", shown.id)
    return render(request, "console/walk/site.html", _facts(request, shown, form))


@dataclass(frozen=True, slots=True)
class Line:
    """A zone on the phone."""

    heard: queries_walks.Heard
    use: str
    wrong: str
    """What it said instead, in words."""
    is_button: bool
    entry: str
    panel: str
    """Name of its panel, where the premises have several: each counts its zones from 1."""


def _live(walk: WalkTest) -> dict[str, Any]:
    state = queries_walks.progress(walk)
    several = len({heard.zone.panel_id for heard in state.zones}) > 1
    lines = [_line(heard, several) for heard in state.zones]
    return {
        "walk": walk,
        "state": state,
        "waiting": [line for line in lines if line.heard.signal is None],
        "ticked": sorted((x for x in lines if x.heard.signal), key=lambda x: x.heard.signal.id, reverse=True),
        "strangers": [(signal, signal_title(signal)) for signal in state.strangers],
        "test": next((t for t in queries.running_tests([walk.site_id]) if t.zone_id is None), None),
    }


def _line(heard: queries_walks.Heard, several_panels: bool) -> Line:
    panel = heard.zone.panel
    return Line(
        heard,
        str(ZoneUse(heard.zone.use).label),
        signal_title(heard.wrong) if heard.wrong else "",
        heard.zone.use == ZoneUse.HOLD_UP,
        journal_number(heard.signal.journal_id) if heard.signal else "",
        f"{panel.name} {panel.account}" if several_panels else "",
    )


@allow(*WALKERS)
@require_safe
def live(request: Request, site_id: int) -> HttpResponse:
    """Asked each second. 204: nothing new, so nothing moves under the thumb."""
    shown = walked_site(request, site_id)
    walk = queries_walks.running_walk(shown.id)
    if walk is None:
        return HttpResponse(headers={"HX-Redirect": reverse("walk-site", args=[site_id])})
    facts = _live(walk)
    test = facts["test"]
    stamp = f"{facts['state'].last_id}-{test.until_at:%H%M}" if test else f"{facts['state'].last_id}-"
    if request.GET.get("seen") == stamp:
        return HttpResponse(status=204)
    return render(request, "console/walk/live.html", {"site": shown, "stamp": stamp, **facts})


@allow(*WALKERS)
@require_POST
def give_up(request: Request, site_id: int) -> HttpResponse:
    shown = walked_site(request, site_id)
    if walk := queries_walks.running_walk(shown.id):
        actions_walks.give_up_walk(walk, actor_id=request.user.id)
        flash.say(request, _("Ended without a sheet. The premises are off test."))
    return redirect("walk-site", site_id)


@allow(*WALKERS)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: Request, site_id: int) -> HttpResponse:
    """What was heard, and for each zone that was not, why; then the name."""
    shown = walked_site(request, site_id)
    walk = queries_walks.running_walk(shown.id)
    if walk is None:
        return redirect("walk-site", site_id)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        reasons = {
            line.zone.id: request.POST.get(f"zone-{line.zone.id}", "") for line in queries_walks.progress(walk).zones
        }
        try:
            signed = actions_walks.sign_walk(
                walk, actor_id=request.user.id, name=request.POST.get("name", ""), reasons=reasons,
                note=request.POST.get("note", ""),
            )  # fmt: skip
            return redirect("walk-sheet", site_id, signed.id)
        except ValidationError as error:
            errors = error.message_dict if hasattr(error, "error_dict") else {"name": error.messages}
    facts = _live(walk)
    keys = [(line, f"zone-{line.heard.zone.id}") for line in facts["waiting"]]
    waiting = [(line, request.POST.get(key, ""), errors.get(key, [""])[0]) for line, key in keys]
    typed = {"name": request.POST.get("name", request.user.full_name), "note": request.POST.get("note", "")}
    return render(request, "console/walk/sign.html", {
        "site": shown, **facts, **typed, "waiting": waiting, "name_error": errors.get("name", [""])[0]})  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetLine:
    tick: WalkTick
    use: str
    what: str
    proof: str


@allow(*READERS)
@require_safe
def sheet(request: Request, site_id: int, walk_id: int) -> HttpResponse:
    """The signed sheet, to be read and printed."""
    shown = _site(queries.visible_to(request.viewer), site_id)
    found = queries_walks.signed_walks(request.viewer, shown.id).select_related("started_by").filter(id=walk_id).first()
    if found is None:
        raise Http404
    ticks = list(found.ticks.select_related("signal", "signal__zone").order_by("account", "id"))
    proofs = queries_walks.proofs([t.signal for t in ticks if t.signal])
    lines = [_sheet_line(tick, proofs) for tick in ticks]
    facts = {
        "site": shown, "walk": found, "panels": sorted({line.tick.account for line in lines}),
        "heard": [line for line in lines if line.tick.signal_id and line.tick.zone_name],
        "missing": [line for line in lines if not line.tick.signal_id],
        "strangers": [line for line in lines if line.tick.signal_id and not line.tick.zone_name],
        "is_as_signed": actions_walks.is_as_signed(found),
    }  # fmt: skip
    return render(request, "console/walk/sheet.html", facts)


def _sheet_line(tick: WalkTick, proofs: dict[int, bytes]) -> SheetLine:
    use = str(ZoneUse(tick.use).label) if tick.use in ZoneUse.values else ""
    if tick.signal is None:
        return SheetLine(tick, use, "", "")
    proof = f"{tick.signal.gateway} {journal_number(tick.signal.journal_id)} · {proofs[tick.signal.id].hex()[:16]}"
    what = code_label(tick.signal.protocol, tick.signal.code, tick.signal.turn, tick.signal.received_at.date())
    return SheetLine(tick, use, what, proof)


# ── On test, from the pages of the register ──────────────────────────────


@allow(*WALKERS)
@require_POST
def put_on_test(request: Request, site_id: int) -> HttpResponse:
    """From the site's page: work begins without a walk."""
    shown = walked_site(request, site_id)
    form = StartForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions.put_on_test(actor_id=request.user.id, site=shown, **form.cleaned_data)
            flash.say(request, _("On test. Hold-up, duress, panic and fire ring all the same."))
    if not form.is_valid():
        flash.warn(request, "; ".join(str(e) for errors in form.errors.values() for e in errors))
    return _back(request, site_id)


@allow(*WALKERS)
@require_POST
def take_off_test(request: Request, site_id: int, test_id: int) -> HttpResponse:
    shown = walked_site(request, site_id)
    test = queries.running_tests([shown.id]).filter(id=test_id).first()
    if test is None:
        raise Http404
    actions.take_off_test(test, actor_id=request.user.id)
    flash.say(request, _("Off test: everything rings again."))
    return _back(request, site_id)


def _back(request: Request, site_id: int) -> HttpResponse:
    if request.POST.get("from") == "tests":
        return redirect("tests")
    return redirect("site" if request.viewer.has(*STAFF) else "walk-site", site_id)


@allow(*STAFF)
@require_safe
def tests(request: Request) -> HttpResponse:
    """Everything that is on test now, the one that ends first in front."""
    page = Paginator(queries_panels.tests_running(request.viewer), PER_PAGE).get_page(request.GET.get("page"))
    may_end = set(
        queries.visible_to(walker(request)).filter(id__in=[t.site_id for t in page]).values_list("id", flat=True)
    )
    facts = {"page": page, "rows": [(t, t.site_id in may_end and request.viewer.has(*KEEPERS)) for t in page]}
    return render(request, "console/walk/tests.html", facts)
