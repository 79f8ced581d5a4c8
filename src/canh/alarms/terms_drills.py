"""The words of exercises."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Mark(TextChoices):
    """What is measured in an exercise, in the order in which it happens."""

    RECEIVED = "received", _("Received")
    RAISED = "raised", _("Raised")
    SHOWN = "shown", _("Shown")
    TAKEN = "taken", _("Taken")
    CLOSED = "closed", _("Closed")
    DISPATCHED = "dispatched", _("Guard sent")
    ARRIVED = "arrived", _("Guard on the spot")
    POLICE = "police", _("Police told")
    CONFIRMED = "confirmed", _("Police confirmed")
