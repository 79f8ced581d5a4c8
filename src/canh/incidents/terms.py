"""The words of incidents."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EventKind(TextChoices):
    """What can stand in the timeline of a case beside the lines of its alarms."""

    OPENED = "opened", _("Case opened")
    NOTE = "note", _("Note")
    CLOSED = "closed", _("Case closed")
    REOPENED = "reopened", _("Case reopened")
