"""Whose an alarm is: the next one for me, over from a colleague, and the whole desk at the end of a shift."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from canh.accounts.models import User
from canh.alarms import actions_owners, queries, queries_owners
from canh.alarms.models import Handover
from canh.alarms.terms import State
from canh.console import flash
from canh.console.access import Request, allow
from canh.console.desk import views, wording
from canh.console.desk.actors import ACTORS, actor
from canh.console.desk.board import WINDOW
from canh.kit import clock
from canh.monitoring import queries as monitoring
from canh.sites import queries as sites

LISTED = 50


@allow(*ACTORS)
@require_POST
def take_next(request: Request) -> HttpResponse:
    """The first alarm that nobody has, taken and shown; those that another desk watches come last."""
    alarm = actions_owners.take_next(actor(request), request.user, _watched_elsewhere(request))
    if alarm is None:
        return _nothing_waits(request)
    if not request.htmx:
        return redirect("alarm", alarm.id)
    response = views.show(request, views.find(request.viewer, alarm.id))
    response["HX-Trigger-After-Settle"] = json.dumps({"alarm-acknowledged": {"id": str(alarm.id)}})
    return response


def _watched_elsewhere(request: Request) -> set[int]:
    if not (desks := monitoring.desk_ids_of(request.user)):
        return set()
    waiting = queries.open_alarms(actor(request)).filter(state=State.UNACKNOWLEDGED)
    return monitoring.theirs(set(waiting.values_list("site_id", flat=True)[:WINDOW]), desks, clock.now())


def _nothing_waits(request: Request) -> HttpResponse:
    text = _("Nothing waits: every alarm has somebody.")
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"toast": {"text": text, "tone": ""}})})
    return redirect("desk")  # where one sees it


@allow(*ACTORS)
@require_POST
def take_over(request: Request, alarm_id: int) -> HttpResponse:
    """From a colleague who has too much, or has left."""
    do = actions_owners.take_over_alarm
    return views.act(request, alarm_id, lambda a: do(a, request.user), "alarm-acknowledged")


# ── Handover ─────────────────────────────────────────────────────────────


class HandoverForm(forms.Form):
    """To whom, and what they must know."""

    to = forms.ModelChoiceField(queryset=User.objects.none(), label=gettext_lazy("Who takes over"))
    note = forms.CharField(
        label=gettext_lazy("What the next shift must know"), max_length=4000, widget=forms.Textarea({"rows": 5})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = queries_owners.colleagues(user)  # type: ignore[attr-defined]


@allow(*ACTORS)
@require_http_methods(["GET", "POST"])
def handover(request: Request) -> HttpResponse:
    """What I leave behind, to whom; what waits for me; what was handed over before."""
    form = HandoverForm(request.POST or None, user=request.user)
    left = _left_behind(request)
    if request.method == "POST" and form.is_valid():
        counts = {name: len(lines) for name, lines in left.items()}
        try:
            actions_owners.hand_over(request.user, form.cleaned_data["to"], form.cleaned_data["note"], counts)
            flash.say(request, _("Handed over as soon as they accept. Until then you have the desk."))
            return redirect("handover")
        except ValidationError as error:
            for field, messages in getattr(error, "message_dict", {None: error.messages}).items():
                form.add_error(field if field in form.fields else None, messages)
    facts = {
        "form": form, "left": left, "here": queries_owners.here_now(clock.now()),
        "mine": queries_owners.handovers(request.user)[:LISTED],
        "waiting": queries_owners.waiting_handovers(request.user),
        "has_colleagues": queries_owners.colleagues(request.user).exists(),
    }  # fmt: skip
    return render(request, "console/desk/handover.html", facts, status=200 if not form.errors else 422)


def _left_behind(request: Request) -> dict[str, list[Any]]:
    """The state of the desk that is handed over."""
    mine = actor(request)
    waiting = queries.open_alarms(mine).filter(state=State.UNACKNOWLEDGED)
    return {
        "owned": [(alarm, wording.alarm_title(alarm)) for alarm in queries_owners.owned_by(request.user)],
        "waiting": [(alarm, wording.alarm_title(alarm)) for alarm in waiting[:LISTED]],
        "shelved": [(alarm, wording.alarm_title(alarm)) for alarm in queries.shelved_alarms(mine)],
        "tests": list(sites.tests_visible_to(mine)),
    }


def _mine(request: Request, handover_id: int) -> Handover:
    found = queries_owners.handovers(request.user).filter(id=handover_id).first()
    if found is None:
        raise Http404
    return found


@allow(*ACTORS)
@require_POST
def accept(request: Request, handover_id: int) -> HttpResponse:
    """Take the desk."""
    try:
        n = actions_owners.accept_handover(_mine(request, handover_id), request.user)
        text = ngettext("You have the desk: %(n)s open alarm is yours now.",
                        "You have the desk: %(n)s open alarms are yours now.", n)  # fmt: skip
        flash.say(request, text % {"n": n})
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
    return redirect("handover")


@allow(*ACTORS)
@require_POST
def withdraw(request: Request, handover_id: int) -> HttpResponse:
    """Keep the desk after all."""
    try:
        actions_owners.withdraw_handover(_mine(request, handover_id), request.user)
    except ValidationError as error:
        flash.warn(request, " ".join(error.messages))
    return redirect("handover")


@allow(*ACTORS)
@require_GET
def handover_waits(request: Request) -> HttpResponse:
    """The banner of the desk: somebody wants to hand over to me."""
    waiting = queries_owners.waiting_handovers(request.user)
    return render(request, "console/desk/handover_banner.html", {"handovers": waiting})
