"""The words of response."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Target(TextChoices):
    """Whom a rung of a ladder calls."""

    ON_DUTY = "on_duty", _("Who is on duty there")
    SITE_MANAGER = "site_manager", _("The site manager")
    SECURITY_HEAD = "security_head", _("The security head")
    SUPERIOR = "superior", _("The next unit above: on duty, and its security head")
    UNIT_HEAD = "unit_head", _("The unit head")
    OPERATOR = "operator", _("All operators of the desk")
    PERSON = "person", _("One person")
    SIREN = "siren", _("A siren or relay")


class ClimbEnd(TextChoices):
    """Why nobody more is told of an alarm."""

    ACKNOWLEDGED = "acknowledged", _("Somebody took it")
    CLOSED = "closed", _("It was closed")
    SHELVED = "shelved", _("It was shelved")
    FOLDED = "folded", _("It became part of a storm")


class NoticeState(TextChoices):
    WAITING = "waiting", _("to be sent")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("did not arrive")
    UNCERTAIN = "uncertain", _("perhaps sent: the sender was stopped at that moment")
    """Never sent again by the same way: nobody is called twice for one thing."""
    STOPPED = "stopped", _("no longer needed")
    NO_WAY = "no_way", _("has no way to be reached")


class Purpose(TextChoices):
    CALL = "call", _("Call")
    SILENCE = "silence", _("Siren off")
    DISPATCH = "dispatch", _("Dispatch")
    STAND_DOWN = "down", _("Stand-down")


class DispatchState(TextChoices):
    """Where somebody who was sent to the spot stands."""

    SENT = "sent", _("sent, no answer yet")
    ACCEPTED = "accepted", _("on the way")
    ARRIVED = "arrived", _("on the spot")
    DONE = "done", _("done")
    DECLINED = "declined", _("cannot come")
    STOOD_DOWN = "stood_down", _("stood down")


UNDER_WAY = (DispatchState.SENT, DispatchState.ACCEPTED, DispatchState.ARRIVED)
"""Of who is still expected to do something."""
