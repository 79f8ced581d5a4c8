"""The shelf: putting an alarm aside for a time, putting it back, and the list of all that is aside."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from canh.alarms import queries
from canh.alarms.actions_shelf import shelve_alarm, unshelve_alarm
from canh.console.access import STAFF, Request, allow
from canh.console.desk import views, wording
from canh.console.desk.actors import ACTORS


@allow(*ACTORS)
@require_POST
def shelve(request: Request, alarm_id: int) -> HttpResponse:
    """Put it aside."""
    seconds = request.POST.get("seconds", "")
    span = timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 8 else timedelta(0)
    reason, note = request.POST.get("reason", ""), request.POST.get("note", "")
    return views.act(request, alarm_id, lambda a: shelve_alarm(a, request.user, span, reason, note), "alarm-shelved")


@allow(*ACTORS)
@require_POST
def unshelve(request: Request, alarm_id: int) -> HttpResponse:
    """Put it back before its time."""
    return views.act(request, alarm_id, lambda a: unshelve_alarm(a, request.user), "alarm-noted")


@allow(*STAFF)
@require_GET
def shelf(request: Request) -> HttpResponse:
    """All that is put aside, the first to come back first."""
    lines = [(alarm, wording.alarm_title(alarm)) for alarm in queries.shelved_alarms(request.viewer)]
    return render(request, "console/desk/shelf_page.html", {"lines": lines, "heading": _("Shelved alarms")})
