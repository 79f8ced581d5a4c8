"""What somebody saw of an alarm, taken down at the desk: it goes the way of all evidence, as a signal."""

from __future__ import annotations

import sqlite3

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.accounts.models import User
from canh.alarms.confirmation import Sight
from canh.alarms.models import Alarm
from canh.alarms.queries_confirmation import SCORED
from canh.alarms.terms import SIGHTS, State
from canh.audit.actions import record
from canh.intake.actions_own import tell_sight


def report_sight(alarm: Alarm, user: User, code: str, sees: str) -> None:
    """Take down what a guard on the spot (`guard_sees`) or the video (`video_sees`) shows. Nothing is deleted: who
    was wrong takes down another. Raises ValidationError: not a sight, not of this alarm, closed, disk full."""
    if code not in SIGHTS or sees not in list(Sight):
        raise ValidationError(_("Choose whence it was seen, and what."))
    if alarm.kind not in SCORED:
        raise ValidationError(_("Alarms of this kind have no level of confirmation; write a note."))
    if alarm.state == State.CLOSED:
        raise ValidationError(_("This alarm is closed. Reopen it first."))
    try:
        tell_sight(alarm.panel.account, alarm.panel_id, code, sees, alarm_id=alarm.id, user_id=user.id)
    except (OSError, sqlite3.Error) as error:
        raise ValidationError(_("It could not be kept: %(reason)s. Try again.") % {"reason": error}) from error
    with transaction.atomic():
        record(user.id, "alarm.sight", f"alarm:{alarm.id}", {"code": code, "sees": sees})
