"""The words of alarms."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Priority(IntegerChoices):
    URGENT = 1, _("Urgent")
    HIGH = 2, _("High")
    NORMAL = 3, _("Normal")


class State(TextChoices):
    """After ISA-18.2 (IEC 62682): B, C, G, and closed. Return to normal is kept apart, as a time."""

    UNACKNOWLEDGED = "unacknowledged", _("Unacknowledged")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    SHELVED = "shelved", _("Shelved")
    CLOSED = "closed", _("Closed")


class ShelveReason(TextChoices):
    """Why an alarm may wait."""

    REPAIR = "repair", _("The fault is known, its repair is ordered")
    WORK = "work", _("Somebody works on the system")
    WEATHER = "weather", _("Weather or surroundings")
    KEYHOLDER = "keyholder", _("A keyholder is on the way")
    OTHER = "other", _("Other (say which)")


class CloseReason(TextChoices):
    REAL = "real", _("Real: criminals or danger")
    USER_ERROR = "user_error", _("False: mistake of a user")
    EQUIPMENT = "equipment", _("False: equipment")
    ENVIRONMENT = "environment", _("False: weather, animal, surroundings")
    TEST = "test", _("Test or work on the system")
    DRILL = "drill", _("Drill")
    NOTHING_FOUND = "nothing_found", _("Nothing found")
    OTHER = "other", _("Other (say which)")


class Load(TextChoices):
    """How much one person has on their hands (EEMUA 191)."""

    CALM = "calm", _("As it should be")
    BUSY = "busy", _("Manageable")
    OVER = "over", _("More than one person manages")
    FLOOD = "flood", _("Flood")


class Fold(TextChoices):
    """In which other entry of the desk an alarm stands, instead of a row of its own."""

    NONE = ""
    CUT_OFF = "cut_off"
    STORM = "storm"


SIGHTS = {"guard_sees": "guard", "video_sees": "video"}
"""Codes under which Canh takes down what somebody saw -> whence (confirmation.Sort)."""


class EventKind(TextChoices):
    """What can stand in the timeline of an alarm. The first three are read off its first signal."""

    RECEIVED = "received", _("Message received")
    STORED = "stored", _("Stored durably, then acknowledged to the panel")
    SHOWN = "shown", _("Shown at the desk")
    RAISED = "raised", _("Alarm raised")
    AGAIN = "again", _("Reported again")
    REACTIVATED = "reactivated", _("Active again after acknowledgement")
    REPEAT = "repeat", _("Same message delivered again")
    RETURNED = "returned", _("Condition returned to normal")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    SHELVED = "shelved", _("Shelved")
    UNSHELVED = "unshelved", _("Back from the shelf")
    TAKEN_OVER = "taken_over", _("Taken over")
    RELEASED = "released", _("Owner no longer at the desk")
    CALLED = "called", _("People called")
    DISPATCHED = "dispatched", _("Sent to the spot")
    ON_SPOT = "on_spot", _("Word from who was sent")
    STOOD_DOWN = "stood_down", _("Stand-down")
    NOTE = "note", _("Note")
    SIGHT = "sight", _("What somebody saw")
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Reopened")
