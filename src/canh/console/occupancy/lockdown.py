"""A lockdown seen from the desk or the reception: the roll, answers taken down by telephone, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from canh.console import flash
from canh.console.access import Request, allow
from canh.console.occupancy.views import USERS
from canh.console.register.scope import working_site
from canh.occupancy import actions_lockdown as actions
from canh.occupancy import queries
from canh.occupancy.actions_lockdown import Actor
from canh.occupancy.terms import AnswerKind

if TYPE_CHECKING:
    from canh.occupancy.models import Lockdown
    from canh.sites.models import Site

KEPT = 20


@allow(*USERS)
@require_safe
def roll(request: Request, site_id: int) -> HttpResponse:
    """Who has answered and who has not: of the lockdown that runs, or of one that was (`?of=`)."""
    site = working_site(request, site_id, USERS)
    past = queries.lockdowns(site.id)
    asked = request.GET.get("of", "")
    found = past.filter(id=int(asked)).first() if asked.isdecimal() and len(asked) < 20 else past.first()
    if asked and found is None:
        raise Http404
    facts = {
        "site": site, "lockdown": found, "roll": queries.roll_call(found) if found else None, "past": past[:KEPT],
        "kinds": AnswerKind.choices,
    }  # fmt: skip
    template = "console/occupancy/roll_lists.html" if request.htmx else "console/occupancy/roll.html"
    return render(request, template, facts)


@allow(*USERS)
@require_POST
def start(request: Request, site_id: int) -> HttpResponse:
    site = working_site(request, site_id, USERS)
    is_drill = request.POST.get("drill") == "1"
    try:
        actions.start_lockdown(site, Actor(user=request.user), is_drill=is_drill)
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
        return redirect("inside-site", site.id)
    return redirect("lockdown", site.id)


@allow(*USERS)
@require_POST
def end(request: Request, site_id: int, lockdown_id: int) -> HttpResponse:
    site = working_site(request, site_id, USERS)
    if actions.end_lockdown(_of(site, lockdown_id), Actor(user=request.user)):
        flash.say(request, _("All safe: the desk is told, the roll stays below."))
    return redirect("lockdown", site.id)


@allow(*USERS)
@require_POST
def take_down(request: Request, site_id: int, lockdown_id: int) -> HttpResponse:
    """Somebody was heard of by telephone, or stands at the desk."""
    site = working_site(request, site_id, USERS)
    found, kind = _of(site, lockdown_id), request.POST.get("kind", "")
    called = {str(c.member.id if c.member else c.visit.id if c.visit else 0): c for c in _everybody(found)}
    who = called.get(request.POST.get("who", ""))
    if who is None or kind not in AnswerKind.values:
        raise Http404
    try:
        actions.answer(found, kind, member=who.member, visit=who.visit, by=request.user)
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
    return redirect("lockdown", site.id)


def _everybody(found: Lockdown) -> list[queries.Called]:
    call = queries.roll_call(found)
    return [*call.missing, *call.help, *call.safe, *call.away]


def _of(site: Site, lockdown_id: int) -> Lockdown:
    found = queries.lockdowns(site.id).filter(id=lockdown_id).first()
    if found is None:
        raise Http404
    found.site = site
    return found
