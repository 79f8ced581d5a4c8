"""The words of arming and of opening and closing."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ArmState(TextChoices):
    """How a partition stands. Between disarmed and armed lie the delays in which people leave and enter."""

    UNKNOWN = "unknown", _("Not known")
    DISARMED = "disarmed", _("Disarmed")
    ARMING = "arming", _("Exit delay")
    PENDING = "pending", _("Entry delay")
    AWAY = "armed_away", _("Armed")
    STAY = "armed_stay", _("Armed, people inside")
    NIGHT = "armed_night", _("Armed for the night")


ARMED = frozenset({ArmState.AWAY, ArmState.STAY, ArmState.NIGHT})
GUARDED = ARMED | {ArmState.PENDING}
PEOPLE_INSIDE = frozenset({ArmState.STAY, ArmState.NIGHT})
"""Interior zones are not guarded."""


class Cause(TextChoices):
    """Why the state of a partition changed, or why it did not."""

    PANEL = "panel", _("the panel reported it")
    PERSON = "person", _("in the console")
    SCHEDULE = "schedule", _("by its schedule")
    EXIT_OVER = "exit_over", _("the exit delay was over")
    ENTRY = "entry", _("the entry route was opened")
    ENTRY_OVER = "entry_over", _("nobody disarmed within the entry delay")
    ZONE_OPEN = "zone_open", _("not armed: something was open")
    PANEL_FAILED = "panel_failed", _("the panel could not arm")
    PANEL_LATE = "panel_late", _("the panel said that it was not closed in time")


class BypassSource(TextChoices):
    PANEL = "panel", _("the panel reported it")
    PERSON = "person", _("in the console")
    ARMING = "arming", _("was open when it was armed")


class LapseCode(TextChoices):
    """What premises do otherwise than their hours say: codes of Canh's own signals."""

    LATE = "late_to_close", _("Not closed in time")
    NOT_OPENED = "late_to_open", _("Not opened in time")
    UNEXPECTED = "unexpected_opening", _("Opened outside hours")
    IN_GRACE = "opening_in_grace", _("Opened shortly before or after hours")
    FAILED = "failed_to_arm", _("Could not be armed")


OUTSIDE = frozenset({LapseCode.UNEXPECTED})
UNCLOSED = frozenset({LapseCode.LATE, LapseCode.FAILED})


class Standing(TextChoices):
    """How premises stand to their hours: what the board of openings and closings sorts by."""

    LATE = "late", _("Should be closed")
    OUTSIDE = "outside", _("Opened outside hours")
    CLOSING = "closing", _("Closing time")
    OPEN = "open", _("Open by its hours")
    NOT_OPENED = "not_opened", _("Should be open")
    CLOSED = "closed", _("Closed and armed")
    UNKNOWN = "unknown", _("Not known")


NOT_CLOSED = (Standing.LATE, Standing.OUTSIDE, Standing.CLOSING)
"""Open although they should not be."""
