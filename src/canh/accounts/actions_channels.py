"""Setting channels up, with the line of audit that the room of the channels cannot write itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from canh.accounts.models import User
from canh.audit.actions import record
from canh.channels import actions, actions_setup
from canh.channels.message import Message, Outcome
from canh.channels.terms import ChannelKind


def set_up_channel(
    kind: ChannelKind, *, is_on: bool, facts: Mapping[str, Any], secret: str | None, actor_id: int | None
) -> None:
    """Raises ValidationError. The line names what was changed, not to what."""
    with transaction.atomic():
        changed = actions_setup.set_up(kind, is_on=is_on, facts=facts, secret=secret)
        if changed:
            record(actor_id, "channel.set_up", f"channel:{kind}", {"is_on": is_on, "changed": changed})


def try_channel(kind: ChannelKind, address: str, message: Message, *, user: User) -> Outcome:
    """Send a test to oneself. Blocks up to 10 s; call it outside a transaction."""
    outcome = actions.deliver(kind, address, message)
    with transaction.atomic():
        record(user.id, "channel.test", f"channel:{kind}", {"result": str(outcome.state)})
    return outcome
