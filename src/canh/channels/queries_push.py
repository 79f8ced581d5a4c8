"""Reads of browsers that show messages; apart from the other reads, since no channel knows another."""

from __future__ import annotations

from collections.abc import Collection

from canh.channels import rules
from canh.channels.models import PushDevice
from canh.channels.push import wrap
from canh.channels.queries import setup_of
from canh.channels.terms import ChannelKind
from canh.kit import crypto


def push_key() -> str:
    """The public key that browsers ask for, in base64url; empty: messages in the browser are not set up."""
    try:
        setup = setup_of(ChannelKind.PUSH)
    except crypto.CannotOpen:
        return ""
    return wrap.b64(wrap.public_of(setup.secret)) if setup else ""


def push_device(address: str) -> PushDevice | None:
    return PushDevice.objects.filter(id=rules.device_of(address)).first()


def push_names(ids: Collection[int]) -> dict[int, str]:
    """What kind of browser each is."""
    return dict(PushDevice.objects.filter(id__in=ids).values_list("id", "name"))
