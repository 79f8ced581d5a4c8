"""Who has not closed yet; and arming, disarming, leaving out at premises whose sensors nobody else arms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from canh.accounts import queries as accounts
from canh.alarms import actions_arming, queries_arming
from canh.alarms.terms_arming import NOT_CLOSED, ArmState, Standing
from canh.console import flash
from canh.console.access import STAFF, Request, allow
from canh.console.arming import facts
from canh.console.arming.wording import PartLine
from canh.console.desk.actors import ACTORS
from canh.kit import clock
from canh.sites import queries as sites

if TYPE_CHECKING:
    from canh.accounts.models import Area
    from canh.alarms.models_arming import SiteClosing
    from canh.sites.models import Site

PER_PAGE = 60
LONGEST_HOURS = 7 * 24
TABS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "not_closed": (gettext_lazy("Not closed"), NOT_CLOSED),
    "open": (gettext_lazy("Open now"), (Standing.OPEN,)),
    "closed": (gettext_lazy("Closed by now"), (Standing.CLOSED, Standing.NOT_OPENED)),
    "unknown": (gettext_lazy("Not known"), (Standing.UNKNOWN,)),
}


@dataclass(frozen=True, slots=True)
class Row:
    closing: SiteClosing
    parts: list[PartLine]
    mark: str


MARKS = {Standing.LATE: "tag-bad", Standing.OUTSIDE: "tag-bad", Standing.CLOSING: "tag-warn",
         Standing.NOT_OPENED: "tag-warn", Standing.CLOSED: "tag-good"}  # fmt: skip


@allow(*STAFF)
@require_safe
def board(request: Request) -> HttpResponse:
    """Premises by unit and area; htmx gets the rows only."""
    shown = request.GET.get("show", "")
    shown = shown if shown in TABS else "not_closed"
    found = queries_arming.board(request.viewer).filter(standing__in=TABS[shown][1])
    if (area := request.GET.get("area", "")).isdecimal() and len(area) < 20:
        found = found.filter(site__area__path__contains=f"/{area}/")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    told = {"rows": _rows(list(page)), "page": page, "shown": shown, "area": area, "at": clock.now()}
    if request.htmx:
        return render(request, "console/arming/rows.html", told)
    return render(request, "console/arming/board.html", {**told, **_around(request)})


def _rows(closings: list[SiteClosing]) -> list[Row]:
    armings = queries_arming.armings_of([one.site_id for one in closings])
    return [
        Row(one, facts.standing_of(armings.get(one.site_id, [])), MARKS.get(Standing(one.standing), ""))
        for one in closings
    ]


def _around(request: Request) -> dict[str, Any]:
    counts = queries_arming.board_counts(request.viewer).by_standing
    tabs = [(name, label, sum(counts.get(s, 0) for s in standings)) for name, (label, standings) in TABS.items()]
    return {"tabs": tabs, "areas": _areas(request), "may_call": request.viewer.has(*ACTORS)}


def _areas(request: Request) -> list[Area]:
    used = queries_arming.visible_to(request.viewer).values("site__area")
    return sorted(accounts.areas_now().filter(id__in=used), key=lambda area: area.folded)


def _site(request: Request, site_id: int) -> Site:
    found = sites.visible_to(facts.actor(request)).filter(id=site_id, closed_at__isnull=True).first()
    if found is None:
        raise Http404
    return found


def _do(request: Request, site_id: int, act: Callable[[Site], str]) -> HttpResponse:
    """Act on premises this person may arm, and say how it went."""
    site = _site(request, site_id)
    try:
        flash.say(request, act(site))
    except ValidationError as error:
        flash.warn(request, error.messages[0], error.messages[1:])
    return redirect("site", site.id)


@allow(*ACTORS)
@require_POST
def arm(request: Request, site_id: int) -> HttpResponse:
    def act(site: Site) -> str:
        mode, note = request.POST.get("mode", ""), request.POST.get("note", "")
        row = actions_arming.arm(site.id, request.user, mode, note)
        if row.state == ArmState.ARMING:
            return _("The exit delay runs. Leave, and close the door.")
        return _("Armed.")

    return _do(request, site_id, act)


@allow(*ACTORS)
@require_POST
def disarm(request: Request, site_id: int) -> HttpResponse:
    def act(site: Site) -> str:
        actions_arming.disarm(site.id, request.user, request.POST.get("note", ""))
        return _("Disarmed. Hold-up, fire and what is always on still ring.")

    return _do(request, site_id, act)


@allow(*ACTORS)
@require_POST
def leave_out(request: Request, site_id: int) -> HttpResponse:
    def act(site: Site) -> str:
        panel, _colon, zone = request.POST.get("place", "").partition(":")
        hours = request.POST.get("hours", "")
        if not panel.isdecimal() or len(panel) > 19 or not hours.isdecimal() or int(hours[:4]) > LONGEST_HOURS:
            raise ValidationError(_("Choose what is left out, and for how long."))
        made = actions_arming.leave_out(
            site.id, request.user, panel_id=int(panel), zone_number=zone[:40], reason=request.POST.get("reason", ""),
            until_at=clock.now() + timedelta(hours=int(hours)),
        )  # fmt: skip
        return _("%(name)s is left out for a time.") % {"name": made.name}

    return _do(request, site_id, act)


@allow(*ACTORS)
@require_POST
def guard_again(request: Request, site_id: int, bypass_id: int) -> HttpResponse:
    def act(site: Site) -> str:
        found = queries_arming.running_bypass(site.id, bypass_id)
        if found is None:
            raise Http404
        actions_arming.guard_again(found, request.user)
        return _("%(name)s is guarded again.") % {"name": found.name}

    return _do(request, site_id, act)
