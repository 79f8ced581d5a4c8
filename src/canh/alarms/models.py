"""Alarm tables."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from canh.alarms import models_arming as models_arming  # registers its tables
from canh.alarms import models_drills as models_drills  # registers its tables
from canh.alarms import models_routines as models_routines  # registers its tables
from canh.alarms import rules, terms
from canh.intake.terms import NEVER_HELD_BACK, Kind
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
    fold = models.CharField(max_length=8, blank=True, default=terms.Fold.NONE)
    """A value of terms.Fold: no row of its own on the desk, but part of another entry. Never hold-up, duress,
    panic, fire."""
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
    shelved_until = models.DateTimeField(null=True)
    """When it comes back by itself, with its true age. Empty: not shelved."""
    shelved_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    shelve_reason = models.CharField(max_length=16, choices=terms.ShelveReason.choices, blank=True, default="")
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
            # Shelved means by whom, why and until when; nothing waits on a shelf that nobody looks at.
            models.CheckConstraint(
                condition=Q(state=terms.State.SHELVED, shelved_until__isnull=False, shelved_by__isnull=False)
                & ~Q(shelve_reason="")
                | ~Q(state=terms.State.SHELVED) & Q(shelved_until__isnull=True),
                name="alarms_alarm_shelved_until"),
            # Nobody may put a cry for help aside.
            models.CheckConstraint(
                condition=~Q(state=terms.State.SHELVED) | ~Q(kind__in=sorted(NEVER_HELD_BACK)),
                name="alarms_alarm_urgent_never_shelved"),
            models.CheckConstraint(
                condition=Q(state=terms.State.UNACKNOWLEDGED)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="alarms_alarm_acknowledged_by_someone"),
            # What may never be held back may not hide in another entry either.
            models.CheckConstraint(condition=Q(fold="") | ~Q(kind__in=sorted(NEVER_HELD_BACK)),
                                   name="alarms_alarm_urgent_stands_alone"),
        ]  # fmt: skip
        indexes = [
            # The desk looks several times a second: neither what is closed nor what stands in another entry may cost.
            models.Index(fields=["priority", "received_at"], name="alarms_alarm_queue",
                         condition=~Q(state=terms.State.CLOSED) & Q(fold=terms.Fold.NONE)),
            models.Index(fields=["revision"], name="alarms_alarm_revision"),
            # Holds all that the entry of a storm tells: its figures are read without the rows of 50,000 alarms.
            models.Index("priority", F("returned_at").desc(), "id", "site", "state", "received_at", "last_at", "fold",
                         name="alarms_alarm_storm",
                         condition=~Q(state=terms.State.CLOSED) & Q(fold=terms.Fold.STORM)),
            models.Index(fields=["site", "-id"], name="alarms_alarm_site"),
            # Whose owner has left: the few that somebody has, not the 50,000 of a storm.
            models.Index(fields=["acknowledged_by"], name="alarms_alarm_owner",
                         condition=Q(state=terms.State.ACKNOWLEDGED) & ~Q(fold=terms.Fold.STORM)),
            # The newest of a million that are over.
            models.Index(fields=["-closed_at", "-id"], name="alarms_alarm_history",
                         condition=Q(state=terms.State.CLOSED)),
            models.Index(fields=["shelved_until"], name="alarms_alarm_shelf", condition=Q(state=terms.State.SHELVED)),
        ]  # fmt: skip

    @property
    def needs_human_key(self) -> bool:
        """Automatic dispatch of the police must wait for a person (rules.needs_human_key)."""
        return rules.needs_human_key(is_on_test=self.is_on_test, is_drill=self.is_drill)


class AlarmEvent(models.Model):
    """A line of an alarm's timeline."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=terms.EventKind.choices)
    actor = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    signal = models.ForeignKey("intake.Signal", null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    reason = models.CharField(max_length=16, blank=True, default="")
    """Of a closing or a shelving: a value of CloseReason or ShelveReason. Of a call: which step of the ladder."""
    until_at = models.DateTimeField(null=True)
    """Of a shelving: when it was to end."""

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["alarm", "at"], name="alarms_event_timeline"),
            # How many each person took lately.
            models.Index(fields=["at", "actor"], name="alarms_event_taken",
                         condition=Q(kind=terms.EventKind.ACKNOWLEDGED)),
        ]  # fmt: skip


class Watcher(models.Model):
    """Who sits at a desk: the last sign of life of a browser in which a person may act on alarms."""

    user = models.OneToOneField("accounts.User", primary_key=True, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()


class Handover(models.Model):
    """The end of a shift at the desk: what one person leaves to the next (bàn giao ca)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField()
    counts = models.JSONField(default=dict)
    """How many alarms they had, were shelved, waited, and how many premises were on test."""
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(by=F("to")), name="alarms_handover_to_another"),
            # Two that wait would leave it open which of two people has the desk.
            models.UniqueConstraint(fields=["by"], condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                                    name="alarms_handover_one_waits"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["to", "-id"], name="alarms_handover_to")]


class Tally(models.Model):
    """How many signals of a panel followed each other closely, and whether that is a runaway."""

    panel = models.OneToOneField("sites.Panel", primary_key=True, on_delete=models.CASCADE, related_name="+")
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    runaway_at = models.DateTimeField(null=True)
    """Since when it is one."""
    is_told = models.BooleanField(default=False)
    """That it is one was said, and that it is over was not."""

    class Meta:
        indexes = [
            models.Index(fields=["last_at"], name="alarms_tally_runaway",
                         condition=Q(runaway_at__isnull=False) | Q(is_told=True)),
        ]  # fmt: skip


class Storm(models.Model):
    """A time in which many panels report power or transmission: their alarms stand in one entry of the desk."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    began_at = models.DateTimeField()
    last_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class Pulse(models.Model):
    """One row: grows in the transaction of every change of an alarm, so in the order of commits.

    Ids would not do: two processes may commit in another order than they minted.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
