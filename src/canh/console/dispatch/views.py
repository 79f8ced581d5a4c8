"""At the desk: send people to the spot, take down what they say by telephone, call them back."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from canh.alarms.models import Alarm
from canh.console.access import Request, allow
from canh.console.desk.actors import ACTORS, actor
from canh.console.desk.views import act, find
from canh.console.dispatch import facts
from canh.kit import clock
from canh.response import dispatching, queries
from canh.response.terms import DispatchState

LONGEST = 300


@allow(*ACTORS)
@require_http_methods(["GET", "POST"])
def send(request: Request, alarm_id: int) -> HttpResponse:
    """Whom one may send; and to send them. Nobody else than who is at hand may be sent from here."""
    if request.method == "GET":
        people = facts.at_hand(find(actor(request), alarm_id))
        return render(request, "console/dispatch/people.html", {"people": people})
    asked = {int(one) for one in request.POST.getlist("people") if one.isdecimal() and len(one) < 20}
    task = request.POST.get("task", "")[:LONGEST]

    def do(alarm: Alarm) -> None:
        near = queries.at_hand(alarm.site, clock.now())
        dispatching.send(alarm, [user for user in near if user in asked], by=request.user, task=task)

    return act(request, alarm_id, do, "alarm-noted")


@allow(*ACTORS)
@require_POST
def move(request: Request, alarm_id: int, dispatch_id: int) -> HttpResponse:
    """What who was sent says by telephone."""
    found = next((d for d in queries.dispatches_of(alarm_id) if d.id == dispatch_id), None)
    state = request.POST.get("state", "")
    if found is None or (state and state not in DispatchState.values):
        raise Http404

    def do(_alarm: Alarm) -> None:
        if not state:
            raise ValidationError(_("Choose what they said."))
        dispatching.move(found, state, by=request.user, note=request.POST.get("note", ""))

    return act(request, alarm_id, do, "alarm-noted")


@allow(*ACTORS)
@require_POST
def stand_down(request: Request, alarm_id: int) -> HttpResponse:
    """It is over: tell who is under way and who was called."""
    return act(request, alarm_id, lambda a: dispatching.stand_down(a, by=request.user), "alarm-noted")
