"""Browsers that somebody allowed to show messages."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from canh.channels import queries, rules
from canh.channels.models import PushDevice
from canh.channels.push import wrap
from canh.channels.terms import ChannelKind
from canh.kit import clock
from canh.kit.text import nfc

LONGEST = 1000


def keep_device(endpoint: str, p256dh: str, auth: str, name: str) -> str:
    """A browser's subscription; the same one again is the same device. Returns its address, `push:ID`. Inside the
    caller's transaction. Raises ValidationError: the channel is not set up, its service is not allowed, no keys."""
    setup = queries.setup_of(ChannelKind.PUSH)
    if setup is None:
        raise ValidationError(_("Messages in the browser are not set up; an administrator does that."))
    if len(endpoint) > LONGEST or not queries.is_allowed(endpoint, setup.facts["services"]):
        raise ValidationError(_("The push service of this browser is not among those that the administrator allowed."))
    if not wrap.is_subscription(p256dh, auth):
        raise ValidationError(_("The browser sent no keys; load the page anew and try again."))
    name = " ".join(nfc(name).split())[:60]
    device, _made = PushDevice.objects.update_or_create(
        endpoint=endpoint, defaults={"p256dh": p256dh, "auth": auth, "name": name, "added_at": clock.now()}
    )
    return rules.push_address(device.id)


def forget_device(address: str) -> None:
    """Harmless when it is gone."""
    PushDevice.objects.filter(id=rules.device_of(address)).delete()
