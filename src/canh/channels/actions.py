"""Sending, by whatever way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from canh.channels import queries, queries_push, rules
from canh.channels.chat.send import send as send_chat
from canh.channels.email.send import send as send_email
from canh.channels.limit import Limit, within
from canh.channels.message import Message, Outcome
from canh.channels.models import ChannelSettings
from canh.channels.push.send import send as send_push
from canh.channels.queries import Setup
from canh.channels.siren.send import send as send_siren
from canh.channels.siren.send import silence as silence_siren
from canh.channels.sms.send import send as send_sms
from canh.channels.terms import ChannelKind, OutcomeState
from canh.channels.webhook.send import send as send_webhook
from canh.kit import clock, crypto

LIMIT_S = 9.5
"""With what comes before and after it, at most 10 s."""

Send = Callable[[Setup, str, Message, Limit], str]
Sending = Callable[[Setup, Limit], str]
SENDERS: Mapping[ChannelKind, Send] = {
    ChannelKind.EMAIL: send_email, ChannelKind.WEBHOOK: send_webhook, ChannelKind.SMS: send_sms,
    ChannelKind.CHAT: send_chat, ChannelKind.SIREN: send_siren,
}  # fmt: skip


def deliver(kind: str, address: str, message: Message) -> Outcome:
    """Send one message to one address. Blocks, at most 10 s; never raises for what the outside does.

    Call it outside a transaction: it waits for other machines.
    """
    if problem := rules.address_problem(kind, address):
        return Outcome(OutcomeState.FAILED, str(problem.label))
    if kind == ChannelKind.PAPER:
        return Outcome(OutcomeState.FAILED, _("This way is on paper: a person must call."))
    return _with(ChannelKind(kind), _sending(ChannelKind(kind), address, message))


def _sending(kind: ChannelKind, address: str, message: Message) -> Sending:
    """The work of a channel, which runs in a thread of its own; what the database knows is read before."""
    if kind == ChannelKind.PUSH:
        device = queries_push.push_device(address)
        return lambda setup, limit: send_push(setup, device, message, limit)
    send = SENDERS[kind]
    return lambda setup, limit: send(setup, address, message, limit)


def deliver_with(setup: Setup, kind: str, address: str, message: Message) -> Outcome:
    """The same with a setup that was read before, and without a look at the database: for who tells that it is gone."""
    return within(LIMIT_S, lambda limit: SENDERS[ChannelKind(kind)](setup, address, message, limit))


def silence(topic: str) -> Outcome:
    """Switch a siren off. Blocks, at most 10 s; never raises for what the outside does. May be repeated."""
    return _with(ChannelKind.SIREN, lambda setup, limit: silence_siren(setup, topic, limit))


def _with(kind: ChannelKind, work: Callable[[Setup, Limit], str]) -> Outcome:
    try:
        setup = queries.setup_of(kind)
    except crypto.CannotOpen:
        return Outcome(OutcomeState.FAILED, _("The secret of this channel does not open any more; enter it anew."))
    if setup is None:
        words = _("%(channel)s is not set up; an administrator does that under People, Channels.")
        return Outcome(OutcomeState.FAILED, words % {"channel": kind.label})
    outcome = within(LIMIT_S, lambda limit: work(setup, limit))
    _keep(kind, outcome)
    return outcome


def _keep(kind: str, outcome: Outcome) -> None:
    """What came of the last message, for whoever looks why nothing arrives."""
    with transaction.atomic():
        ChannelSettings.objects.filter(kind=kind).update(
            last_at=clock.now(), last_state=outcome.state, last_detail=outcome.detail[:300]
        )
