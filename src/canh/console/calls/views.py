"""The next rung now; and the sheet by which a person calls when no machine can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from canh.accounts.queries import people_by_id
from canh.alarms.terms import Priority
from canh.console.access import STAFF, Request, allow
from canh.console.calls import wording
from canh.console.desk.actors import ACTORS
from canh.console.desk.views import act
from canh.console.register.scope import seen_site
from canh.kit import clock
from canh.response import queries, rules
from canh.response.actions import climb_now
from canh.response.terms import Target

if TYPE_CHECKING:
    from canh.accounts.models import User


@allow(*ACTORS)
@require_POST
def escalate(request: Request, alarm_id: int) -> HttpResponse:
    """Call the next people without waiting."""
    return act(request, alarm_id, lambda a: climb_now(a, by=request.user), "alarm-escalated")


@dataclass(frozen=True, slots=True)
class SheetRung:
    """A rung on paper: who, and the people it calls now, with their numbers."""

    line: str
    people: list[User]


@allow(*STAFF)
@require_safe
def sheet(request: Request, site_id: int) -> HttpResponse:
    """The call tree of premises, as it stands now, to be printed and hung up."""
    site, now = seen_site(request, site_id), clock.now()
    people = queries.people_of([site], now)[site.id]
    found = []
    for priority in (Priority.URGENT, Priority.HIGH):
        ladder = queries.ladder_at(site, priority, now.date())
        told: set[int] = set()
        rungs = []
        for rung in ladder.rungs:
            users = [] if rung.who == Target.SIREN else rules.whom(rung, people, told)
            told.update(users)
            rungs.append((rung, users))
        found.append((priority, rungs))
    by_id = people_by_id({user for _p, rungs in found for _r, users in rungs for user in users})
    ladders = [
        (priority, [SheetRung(wording.rung_line(r, by_id), [by_id[u] for u in users if u in by_id])
                    for r, users in rungs])
        for priority, rungs in found
    ]  # fmt: skip
    facts = {"site": site, "contacts": site.contacts.order_by("order", "id"), "ladders": ladders, "now": now}
    return render(request, "console/calls/sheet.html", facts)
