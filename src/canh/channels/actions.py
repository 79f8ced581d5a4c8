"""Sending, by whatever way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from canh.channels import queries, rules
from canh.channels.email.send import send as send_email
from canh.channels.limit import Limit, within
from canh.channels.message import Message, Outcome
from canh.channels.models import ChannelSettings
from canh.channels.queries import Setup
from canh.channels.terms import ChannelKind, OutcomeState
from canh.channels.webhook.send import send as send_webhook
from canh.kit import clock, crypto

LIMIT_S = 9.5
"""With what comes before and after it, at most 10 s."""

Send = Callable[[Setup, str, Message, Limit], str]
SENDERS: Mapping[ChannelKind, Send] = {ChannelKind.EMAIL: send_email, ChannelKind.WEBHOOK: send_webhook}


def deliver(kind: str, address: str, message: Message) -> Outcome:
    """Send one message to one address. Blocks, at most 10 s; never raises for what the outside does.

    Call it outside a transaction: it waits for other machines.
    """
    if problem := rules.address_problem(kind, address):
        return Outcome(OutcomeState.FAILED, str(problem.label))
    if kind == ChannelKind.PAPER:
        return Outcome(OutcomeState.FAILED, _("This way is on paper: a person must call."))
    send = SENDERS.get(ChannelKind(kind))
    try:
        setup = queries.setup_of(ChannelKind(kind)) if send else None
    except crypto.CannotOpen:
        return Outcome(OutcomeState.FAILED, _("The secret of this channel does not open any more; enter it anew."))
    if send is None or setup is None:
        words = _("%(channel)s is not set up; an administrator does that under Setup, Channels.")
        return Outcome(OutcomeState.FAILED, words % {"channel": ChannelKind(kind).label})
    outcome = within(LIMIT_S, lambda limit: send(setup, address, message, limit))
    _keep(kind, outcome)
    return outcome


def _keep(kind: str, outcome: Outcome) -> None:
    """What came of the last message, for whoever looks why nothing arrives."""
    with transaction.atomic():
        ChannelSettings.objects.filter(kind=kind).update(
            last_at=clock.now(), last_state=outcome.state, last_detail=outcome.detail[:300]
        )
