"""The storm opened: its figures, its alarms, and the acts on all of them at once."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from canh.alarms import actions, queries
from canh.alarms.terms import CloseReason
from canh.console.access import STAFF, Request, allow
from canh.console.desk import storm, wording
from canh.console.desk.actors import ACTORS, actor
from canh.console.desk.views import queue_facts

LISTED = 200
REASONS = [(str(v), label) for v, label in CloseReason.choices if v != CloseReason.OTHER]


def sheet(request: Request) -> dict[str, Any]:
    """What the template of the opened entry needs; {} when it is over."""
    figures = queries.storm_figures(request.viewer)
    if figures is None:
        return {}
    found = queries.storm_alarms(request.viewer).select_related("site").order_by("priority", "-returned_at", "id")
    lines = [(alarm, wording.alarm_title(alarm)) for alarm in found[:LISTED]]
    more = max(0, figures.alarms - LISTED)
    return {**storm.facts(figures), "lines": lines, "more": more, "reasons": REASONS,
            "may_act_here": queries.may_act(actor(request))}  # fmt: skip


def _show(request: Request, said: dict[str, str] | None = None) -> HttpResponse:
    facts = {**sheet(request), "said": said}
    if request.htmx:
        template = "storm_case.html" if "storm" in facts else "case_none.html"
        response = render(request, f"console/desk/{template}", facts)
        if said:
            response["HX-Trigger"] = json.dumps({"toast": said})
        return response
    return render(request, "console/desk/page.html", {**queue_facts(request.viewer), **facts})


@allow(*STAFF)
@require_GET
def show(request: Request) -> HttpResponse:
    """The storm: its figures, its alarms, the acts."""
    if not request.htmx and queries.storm_figures(request.viewer) is None:
        return redirect("desk")
    return _show(request)


@allow(*ACTORS)
@require_POST
def acknowledge(request: Request) -> HttpResponse:
    """Take every alarm of it on oneself that nobody took."""
    done = actions.acknowledge_storm(queries.storm_alarms(actor(request)), request.user)
    text = ngettext("%(n)d alarm acknowledged.", "%(n)d alarms acknowledged.", done) % {"n": done}
    return _after(request, {"text": text})


@allow(*ACTORS)
@require_POST
def close(request: Request) -> HttpResponse:
    """Close those that are acknowledged and back to normal."""
    try:
        done = actions.close_storm(queries.storm_alarms(actor(request)), request.user, request.POST.get("reason", ""))
    except ValidationError as error:
        return _after(request, {"text": " ".join(error.messages), "tone": "bad"})
    text = ngettext("%(n)d alarm closed.", "%(n)d alarms closed.", done) % {"n": done}
    return _after(request, {"text": text if done else _("None is acknowledged and back to normal yet.")})


def _after(request: Request, said: dict[str, str]) -> HttpResponse:
    return _show(request, said) if request.htmx else redirect("storm")
