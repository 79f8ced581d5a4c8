"""Channels: how each way out is set up, a test to oneself, and what came of the last message. For administrators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.accounts.actions_channels import set_up_channel, try_channel
from canh.accounts.queries_contacts import own_methods
from canh.accounts.terms import Role
from canh.channels import queries
from canh.channels.actions_setup import new_key, new_secret
from canh.channels.message import Message
from canh.channels.models import ChannelSettings
from canh.channels.terms import ChannelKind, OutcomeState
from canh.console import flash
from canh.console.access import Request, allow, hides_secrets
from canh.console.forms import errors_to
from canh.console.setup.channel_forms import FORMS, AddressForm, ChannelForm, initial_of
from canh.kit import clock
from canh.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Card:
    kind: str
    label: str
    row: ChannelSettings | None
    last: str
    """State of the last message in words; empty: none yet."""


@allow(Role.ADMINISTRATOR)
@require_safe
def channels(request: Request) -> HttpResponse:
    rows = queries.all_settings()
    return render(request, "console/setup/channels.html", {"cards": [_card(kind, rows.get(kind)) for kind in FORMS]})


def _card(kind: ChannelKind, row: ChannelSettings | None) -> Card:
    last = str(OutcomeState(row.last_state).label) if row and row.last_state else ""
    return Card(str(kind), str(kind.label), row, last)


def _kind(kind: str) -> ChannelKind:
    if kind not in {str(known) for known in FORMS}:
        raise Http404
    return ChannelKind(kind)


@allow(Role.ADMINISTRATOR)
@hides_secrets
@require_http_methods(["GET", "HEAD", "POST"])
def channel(request: Request, kind: str) -> HttpResponse:
    """Set one channel up. A secret that Canh made is shown in the answer and nowhere else."""
    chosen = _kind(kind)
    row = queries.all_settings().get(chosen)
    form = FORMS[chosen](request.POST or None, initial=initial_of(row))
    if request.method == "POST" and form.is_valid():
        made = _made_secret(form, row)
        with errors_to(form):
            set_up_channel(
                chosen, is_on=form.cleaned_data["is_on"], facts=form.facts(),
                secret=made or _first_key(chosen, row) or form.secret(), actor_id=request.user.id,
            )  # fmt: skip
            if made:
                return _show(request, chosen, form, queries.all_settings().get(chosen), made)
            flash.say(request, _("Saved."))
            return redirect("channel", kind=kind)
    return _show(request, chosen, form, row)


def _first_key(kind: ChannelKind, row: ChannelSettings | None) -> str:
    """By which push services know this installation. A new one would cut off every browser, so it stays."""
    return new_key() if kind == ChannelKind.PUSH and (row is None or row.secret_sealed is None) else ""


def _made_secret(form: ChannelForm, row: ChannelSettings | None) -> str:
    """For webhooks: when one is asked for, or none was ever there."""
    if "is_new_secret" not in form.fields or form.secret():
        return ""
    is_first = row is None or row.secret_sealed is None
    return new_secret() if is_first or form.cleaned_data["is_new_secret"] else ""


def _show(
    request: Request, kind: ChannelKind, form: ChannelForm, row: ChannelSettings | None, made: str = ""
) -> HttpResponse:
    facts: dict[str, Any] = {"form": form, "card": _card(kind, row), "made": made}
    facts["test"] = AddressForm(initial={"address": _own_address(request, kind, row)})
    return render(request, "console/setup/channel.html", facts)


def _own_address(request: Request, kind: ChannelKind, row: ChannelSettings | None) -> str:
    if kind == ChannelKind.SIREN:
        return row.facts["topics"][0] if row else ""
    mine = own_methods(request.user).filter(kind=kind).first()
    return mine.address if mine else ""


@allow(Role.ADMINISTRATOR)
@require_POST
def test_channel(request: Request, kind: str) -> HttpResponse:
    """Sends a test and waits for what comes of it, up to ten seconds."""
    chosen, form = _kind(kind), AddressForm(request.POST)
    if not form.is_valid():
        flash.warn(request, _("Enter the address to which the test goes."))
        return redirect("channel", kind=kind)
    outcome = try_channel(chosen, form.cleaned_data["address"], _message(), user=request.user)
    if outcome.state == OutcomeState.SENT:
        flash.say(request, _("The test is on its way: %(detail)s") % {"detail": outcome.detail})
    else:
        flash.warn(request, _("The test was not sent."), [outcome.detail])
    return redirect("channel", kind=kind)


def _message() -> Message:
    text = _("Canh can reach you this way.")
    return Message(
        key=f"channel-test:{new_id()}", title=text, text=text, body=_("An administrator of Canh has sent this test."),
        at=clock.now(), is_test=True, is_drill=False,
    )  # fmt: skip
