"""The desk page, the page of one alarm, and what a person does to an alarm."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from canh.accounts.queries import Viewer
from canh.alarms import actions, queries
from canh.alarms.actions import TooLate
from canh.alarms.actions_sights import report_sight
from canh.alarms.models import Alarm
from canh.alarms.rules import IllegalMove
from canh.console.access import STAFF, Request, allow
from canh.console.desk import storm, wording
from canh.console.desk.actors import ACTORS, may_act_on
from canh.console.desk.board import WINDOW
from canh.console.desk.cases import alarms_in_full, case
from canh.console.desk.panels import panels_of
from canh.console.desk.rows import rows
from canh.kit import clock


@allow(*STAFF)
@require_GET
def desk(request: Request) -> HttpResponse:
    """The queue; the browser opens the first alarm beside it. `?wall=1`: for a screen on the wall."""
    template = "console/desk/wall.html" if request.GET.get("wall") == "1" else "console/desk/page.html"
    return render(request, template, queue_facts(request.viewer))


def queue_facts(viewer: Viewer) -> dict[str, Any]:
    """What the left pane needs."""
    waiting = storm.among(rows(queries.open_alarms(viewer)[:WINDOW]), viewer)
    counts = queries.open_counts(viewer)
    return {
        "rows": waiting,
        "counts": [(p, counts.get(p, 0)) for p in (1, 2, 3)],
        "last_closed": _last_closed(viewer) if not waiting else None,
        "may_act": queries.may_act(viewer),
        "shelved": queries.shelved_alarms(viewer).count(),
        "now_ms": clock.now_us() // 1000,
    }


def _last_closed(viewer: Viewer) -> Alarm | None:
    return queries.visible_to(viewer).filter(closed_at__isnull=False).order_by("-closed_at").first()


@allow(*STAFF)
@require_GET
def alarm_page(request: Request, alarm_id: int) -> HttpResponse:
    """One alarm: a whole page, or for htmx its two panes."""
    return show(request, find(request.viewer, alarm_id))


def find(viewer: Viewer, alarm_id: int) -> Alarm:
    """An alarm of premises this person may not see is not there."""
    alarm = alarms_in_full(viewer).filter(id=alarm_id).first()
    if alarm is None:
        raise Http404
    return alarm


def show(request: Request, alarm: Alarm, status: int = 200, toast: dict[str, str] | None = None) -> HttpResponse:
    facts = {**case(alarm, request.user.id), "may_act_here": may_act_on(request, alarm), "said": toast,
             "panels": panels_of(request, alarm)}  # fmt: skip
    if request.htmx:
        response = render(request, "console/desk/case.html", facts, status=status)
        if toast:
            response["HX-Trigger"] = json.dumps({"toast": toast})
        return response
    return render(request, "console/desk/page.html", {**queue_facts(request.viewer), **facts}, status=status)


def act(request: Request, alarm_id: int, do: Callable[[Alarm], object], done: str) -> HttpResponse:
    """Do it; tell who may not (403), who was first (409), what is missing (422); then show it as it stands."""
    alarm = find(request.viewer, alarm_id)
    if not may_act_on(request, alarm):
        return show(request, alarm, 403, {"text": wording.reads_only(), "tone": "warn"})
    try:
        do(alarm)
    except TooLate as late:
        text = wording.too_late(late.alarm, clock.now())
        return show(request, find(request.viewer, alarm_id), 409, {"text": text, "tone": "warn"})
    except IllegalMove:
        return show(request, alarm, 409, {"text": wording.not_allowed(alarm), "tone": "warn"})
    except ValidationError as error:
        return show(request, alarm, 422, {"text": " ".join(error.messages), "tone": "bad"})
    if not request.htmx:
        return redirect("alarm", alarm_id)
    response = show(request, find(request.viewer, alarm_id))
    response["HX-Trigger-After-Settle"] = json.dumps({done: {"id": str(alarm_id)}})
    return response


@allow(*ACTORS)
@require_POST
def acknowledge(request: Request, alarm_id: int) -> HttpResponse:
    """Take it on oneself."""
    return act(request, alarm_id, lambda a: actions.acknowledge_alarm(a, request.user), "alarm-acknowledged")


@allow(*ACTORS)
@require_POST
def close(request: Request, alarm_id: int) -> HttpResponse:
    """End it, with the reason."""
    reason, note = request.POST.get("reason", ""), request.POST.get("note", "")
    return act(request, alarm_id, lambda a: actions.close_alarm(a, request.user, reason, note), "alarm-closed")


@allow(*ACTORS)
@require_POST
def note(request: Request, alarm_id: int) -> HttpResponse:
    """Write a line into the timeline."""
    text = request.POST.get("note", "")
    return act(request, alarm_id, lambda a: actions.add_note(a, request.user, text), "alarm-noted")


@allow(*ACTORS)
@require_POST
def sight(request: Request, alarm_id: int) -> HttpResponse:
    """Take down what somebody on the spot or the video shows."""
    code, sees = request.POST.get("code", ""), request.POST.get("sees", "")
    return act(request, alarm_id, lambda a: report_sight(a, request.user, code, sees), "alarm-noted")


@allow(*ACTORS)
@require_POST
def reopen(request: Request, alarm_id: int) -> HttpResponse:
    """Undo a closing of the last 24 hours."""
    text = request.POST.get("note", "")
    return act(request, alarm_id, lambda a: actions.reopen_alarm(a, request.user, text), "alarm-reopened")
