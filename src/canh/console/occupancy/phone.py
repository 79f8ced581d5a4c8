"""The page that staff have on their phone: call for help, lock down, "I am safe", "all safe".

The secret in the address is the whole right to it, as with a key to a door: no password in a moment of fear. So there
is no cookie to lose either, and a page that lay open for weeks still works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from canh.console.access import Request, public
from canh.console.forms import Form, errors_to
from canh.occupancy import actions_lockdown as actions
from canh.occupancy import queries
from canh.occupancy.actions_lockdown import Actor
from canh.occupancy.terms import AnswerKind

if TYPE_CHECKING:
    from canh.occupancy.models import Member

ASKS = ("help", "lockdown", "safe")
"""What is asked once more before it is done."""


class AnswerForm(Form):
    kind = forms.ChoiceField(choices=AnswerKind.choices)
    people = forms.IntegerField(
        label=gettext_lazy("How many others are with you"), min_value=0, max_value=500, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("Where are you, what do you see"), max_length=200, required=False)


def _member(secret: str) -> Member:
    found = queries.member_by(secret[:100])
    if found is None:
        raise Http404
    return found


@public
@require_safe
def page(request: Request, secret: str) -> HttpResponse:
    """`?ask=help`: the question before it is done. `?said=help`: what was done."""
    return _page(request, secret, _member(secret))


def _page(request: Request, secret: str, member: Member, status: int = 200, **more: Any) -> HttpResponse:
    lockdown = queries.running(member.site_id)
    said, ask = request.GET.get("said", ""), request.GET.get("ask", "")
    facts = {
        "secret": secret, "member": member, "site": member.site, "lockdown": lockdown, "form": AnswerForm(),
        "mine": queries.last_answer(lockdown, member) if lockdown else None,
        "roll": queries.roll_call(lockdown) if lockdown and member.is_leader else None,
        "is_part": bool(request.htmx), "said": said if said in ASKS else "", "ask": ask if ask in ASKS else "", **more,
    }  # fmt: skip
    if request.htmx:
        return render(request, "console/occupancy/phone_state.html", facts)
    return render(request, "console/occupancy/phone.html", facts, status=status)


@public
@csrf_exempt  # who knows the address may do it: a token in a cookie would add nothing and could be lost
@require_POST
def act(request: Request, secret: str, deed: str) -> HttpResponse:
    member = _member(secret)
    if deed == "answer":
        return _answer(request, secret, member)
    if deed not in ASKS:
        raise Http404
    try:
        _do(member, deed)
    except ValidationError as error:
        return _page(request, secret, member, 422, errors=error.messages)
    return redirect(f"{_here(secret)}?said={deed}")


def _do(member: Member, deed: str) -> None:
    if deed == "help":
        actions.call_for_help(member)
    elif deed == "lockdown":
        actions.start_lockdown(member.site, Actor(member=member))
    elif (lockdown := queries.running(member.site_id)) is not None:
        actions.end_lockdown(lockdown, Actor(member=member))


def _answer(request: Request, secret: str, member: Member) -> HttpResponse:
    form, lockdown = AnswerForm(request.POST), queries.running(member.site_id)
    if lockdown is None:
        return redirect(_here(secret))
    if form.is_valid():
        with errors_to(form):
            data = form.cleaned_data
            actions.answer(lockdown, data["kind"], member=member, people=data["people"] or 0, note=data["note"])
            return redirect(_here(secret))
    return _page(request, secret, member, 422, form=form)


def _here(secret: str) -> str:
    return reverse("here", args=[secret])
