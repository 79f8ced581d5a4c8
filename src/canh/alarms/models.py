"""Alarm tables."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from canh.alarms import terms
from canh.intake.terms import Kind
from canh.kit.ids import new_id
from canh.kit.text import NfcCharField


class Alarm(models.Model):
    """A condition that needs a person, from the first signal until somebody closes it with a reason."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.PROTECT, related_name="+")
    panel = models.ForeignKey("sites.Panel", on_delete=models.PROTECT, related_name="+")
    zone = models.ForeignKey("sites.Zone", null=True, on_delete=models.SET_NULL, related_name="+")
    key = models.CharField(max_length=160)
    """rules.open_key: the condition."""
    kind = models.CharField(max_length=12, choices=Kind.choices)
    protocol = models.CharField(max_length=20)
    code = models.CharField(max_length=40)
    zone_number = models.CharField(max_length=40, blank=True)
    zone_name = NfcCharField(max_length=120, blank=True)
    """As it was called then; a renamed zone does not rewrite history."""
    priority = models.PositiveSmallIntegerField(choices=terms.Priority.choices)
    state = models.CharField(max_length=16, choices=terms.State.choices, default=terms.State.UNACKNOWLEDGED)
    is_drill = models.BooleanField(default=False)
    is_on_test = models.BooleanField(default=False)
    """Raised all the same while its premises were on test: a kind that nothing holds back."""
    count = models.PositiveIntegerField(default=1)
    first_signal = models.ForeignKey("intake.Signal", on_delete=models.PROTECT, related_name="+")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    """Reception of the newest signal of the condition."""
    returned_at = models.DateTimeField(null=True)
    """Return to normal, kept through acknowledgement and closing; empty again when it is reported again."""
    shown_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    close_reason = models.CharField(max_length=16, choices=terms.CloseReason.choices, blank=True)
    revision = models.BigIntegerField(default=0)
    """The pulse (below) at the last change: what the live board asks for."""

    class Meta:
        constraints = [
            # One condition, one open alarm: what makes a doubled bell impossible.
            models.UniqueConstraint(fields=["key"], condition=~Q(state=terms.State.CLOSED),
                                    name="alarms_alarm_open_once"),
            # Closed means by whom, when and why.
            models.CheckConstraint(
                condition=~Q(state=terms.State.CLOSED)
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(close_reason=""),
                name="alarms_alarm_closed_with_reason"),
            models.CheckConstraint(
                condition=Q(state=terms.State.UNACKNOWLEDGED)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="alarms_alarm_acknowledged_by_someone"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["priority", "received_at"], name="alarms_alarm_queue",
                         condition=~Q(state=terms.State.CLOSED)),
            models.Index(fields=["revision"], name="alarms_alarm_revision"),
            models.Index(fields=["site", "-id"], name="alarms_alarm_site"),
        ]  # fmt: skip


class AlarmEvent(models.Model):
    """A line of an alarm's timeline."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=terms.EventKind.choices)
    actor = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    signal = models.ForeignKey("intake.Signal", null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["alarm", "at"], name="alarms_event_timeline")]


class Pulse(models.Model):
    """One row: grows in the transaction of every change of an alarm, so in the order of commits.

    Ids would not do: two processes may commit in another order than they minted.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
