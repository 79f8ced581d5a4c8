"""My contact methods, for everybody; and the list of who cannot be reached, for who answers for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.accounts import actions_contacts as actions
from canh.accounts import queries
from canh.accounts import queries_contacts as contacts
from canh.accounts.terms import Reach
from canh.channels.queries import channels_on
from canh.channels.queries_push import push_key, push_names
from canh.channels.rules import device_of
from canh.channels.terms import ChannelKind, OutcomeState
from canh.console import flash
from canh.console.access import KEEPERS, Request, allow, public
from canh.console.forms import Form, errors_to
from canh.kit import clock

if TYPE_CHECKING:
    from canh.accounts.models import User
    from canh.accounts.models_contacts import ContactMethod

PER_PAGE = 50


class MethodForm(Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("How"), widget=forms.RadioSelect,
        choices=[(str(k), k.label) for k in actions.PERSONAL if k != ChannelKind.PUSH],
        initial=ChannelKind.SMS,
    )  # fmt: skip
    address = forms.CharField(
        label=gettext_lazy("Number or address"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


@dataclass(frozen=True, slots=True)
class Row:
    method: ContactMethod
    kind: str
    address: str
    reach: Reach
    has_code: bool
    """A code was sent that can still be entered."""


@allow()
@require_http_methods(["GET", "HEAD", "POST"])
def methods(request: Request) -> HttpResponse:
    """The list, and a further one: it is tested at once."""
    form = MethodForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            data = form.cleaned_data
            method = actions.add_method(request.user, data["kind"], data["address"], actor_id=request.user.id)
            _test(request, method)
            return redirect("methods")
    facts = {"rows": _rows(request.user), "form": form, "push_key": push_key()}
    return render(request, "console/reach/methods.html", facts)


@allow()
@require_POST
def add_browser(request: Request) -> HttpResponse:
    """The browser allowed messages: asked by a script of the page, which then loads it anew."""
    names = ("endpoint", "p256dh", "auth", "name")
    try:
        method = actions.add_browser(request.user, **{name: request.POST.get(name, "") for name in names})
    except ValidationError as error:
        return HttpResponse(" ".join(error.messages), status=422, content_type="text/plain; charset=utf-8")
    _test(request, method)
    return HttpResponse(status=204)


@public
@require_safe
def push_worker(_request: Request) -> HttpResponse:
    """The script that shows messages while no page is open; at the root, since it may act for what is below it."""
    text = (Path(__file__).parent.parent / "static" / "console" / "js" / "push-worker.js").read_text(encoding="utf-8")
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


def _rows(user: User) -> list[Row]:
    now, on, mine = clock.now(), channels_on(), list(contacts.own_methods(user))
    browsers = push_names([device_of(m.address) for m in mine if m.kind == ChannelKind.PUSH])
    return [
        Row(m, str(ChannelKind(m.kind).label), browsers.get(device_of(m.address), m.address),
            contacts.reach_of(m, now, on), _has_code(m, now))
        for m in mine
    ]  # fmt: skip


def _has_code(method: ContactMethod, now: datetime) -> bool:
    return bool(method.code_digest) and method.code_until is not None and method.code_until > now


def _own(request: Request, method_id: int) -> ContactMethod:
    found = contacts.own_methods(request.user).filter(id=method_id).first()
    if found is None:
        raise Http404
    return found


@allow()
@require_POST
def test_one(request: Request, method_id: int) -> HttpResponse:
    _test(request, _own(request, method_id))
    return redirect("methods")


def _test(request: Request, method: ContactMethod) -> None:
    """Waits up to ten seconds for what comes of it."""
    try:
        outcome = actions.test_method(method, actor_id=request.user.id)
    except actions.TooSoon:
        flash.warn(request, _("A test was sent a moment ago. Wait a minute before the next one."))
        return
    if outcome.state == OutcomeState.SENT:
        flash.say(request, _("A code is on its way. Enter it below when it arrives."))
    else:
        flash.warn(request, _("The test was not sent."), [outcome.detail])


@allow()
@require_POST
def confirm_one(request: Request, method_id: int) -> HttpResponse:
    method = _own(request, method_id)
    if actions.confirm(request.user, method.id, request.POST.get("code", "")[:20]):
        flash.say(request, _("Confirmed: you can be reached this way."))
    else:
        flash.warn(request, _("This code does not fit: it is another one, too old, or was used. Send a new test."))
    return redirect("methods")


@allow()
@require_POST
def put_one_first(request: Request, method_id: int) -> HttpResponse:
    actions.put_first(_own(request, method_id), actor_id=request.user.id)
    return redirect("methods")


@allow()
@require_POST
def remove_one(request: Request, method_id: int) -> HttpResponse:
    actions.remove_method(_own(request, method_id), actor_id=request.user.id)
    flash.say(request, _("Removed."))
    return redirect("methods")


# -- who cannot be reached


@dataclass(frozen=True, slots=True)
class Person:
    person: User
    ways: list[str]
    """Each with why it does not work."""


@allow(*KEEPERS)
@require_safe
def unreachable(request: Request) -> HttpResponse:
    """By the roles that answer for people alone: who also takes alarms elsewhere does not see those people."""
    keeper = queries.viewer(request.user, only=KEEPERS)
    page = Paginator(contacts.unreachable(keeper), PER_PAGE).get_page(request.GET.get("page"))
    people = list(page)
    ways = contacts.methods_of(person.id for person in people)
    rows = [Person(p, [f"{ChannelKind(w.kind).label}: {w.reach.label}" for w in ways[p.id]]) for p in people]
    facts = {"rows": rows, "page": page, "called": contacts.called_people(keeper).count()}
    return render(request, "console/reach/unreachable.html", facts)
