"""Tables of cases."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from canh.alarms.terms import CloseReason, Priority
from canh.incidents import models_evidence as models_evidence  # registers its tables
from canh.incidents import models_procedures as models_procedures  # registers its tables
from canh.incidents import terms
from canh.intake.terms import Kind
from canh.kit.ids import new_id, node_number


class Incident(models.Model):
    """A case (vụ việc): what happens at one site in one time, from its first alarm to its outcome."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.PROTECT, related_name="+")
    node = models.PositiveSmallIntegerField(default=node_number, editable=False)
    """Who numbers it."""
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    """Counted anew each year, by the calendar of the installation: what people call it by."""
    kind = models.CharField(max_length=12, choices=Kind.choices)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices)
    """Kind and priority of its gravest alarm (rules.gravity)."""
    is_drill = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    """Reception of its first alarm."""
    last_at = models.DateTimeField()
    """Reception of its newest alarm."""
    opened_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    """Empty: opened by its first alarm."""
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=16, choices=CloseReason.choices, blank=True)
    method = models.CharField(max_length=40, blank=True, default="")
    """How it was done (phương thức, thủ đoạn), as a code of a catalogue; empty: not stated."""
    gap = models.TextField(blank=True, default="")
    """Which gap was used (sơ hở); empty: not stated."""
    cause = models.TextField(blank=True, default="")
    """Why it was possible (nguyên nhân, điều kiện); empty: not stated."""
    none_found = models.TextField(blank=True, default="")
    """Why no method, gap and cause are stated although it was real."""

    class Meta:
        constraints = [
            # Two cases called alike would be taken for one.
            models.UniqueConstraint(fields=["node", "year", "number"], name="incidents_incident_number_once"),
            # Closed means by whom, when and how it ended.
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, outcome="")
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(outcome=""),
                name="incidents_incident_closed_with_outcome"),
            models.CheckConstraint(condition=Q(last_at__gte=F("opened_at")), name="incidents_incident_goes_forward"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["site", "-id"], name="incidents_incident_site"),
            models.Index(fields=["site", "is_drill"], name="incidents_incident_open", condition=Q(closed_at=None)),
            models.Index(fields=["-opened_at", "-id"], name="incidents_incident_list"),
        ]  # fmt: skip

    @property
    def label(self) -> str:
        """As people call it: `2026-0042`."""
        return f"{self.year}-{self.number:04d}"

    def __str__(self) -> str:
        return self.label


class Member(models.Model):
    """An alarm that belongs to a case."""

    # The key is the alarm: it belongs to one case at most.
    alarm = models.OneToOneField("alarms.Alarm", primary_key=True, on_delete=models.PROTECT, related_name="membership")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="members")
    joined_at = models.DateTimeField()


class IncidentEvent(models.Model):
    """A line of a case's timeline that none of its alarms has."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=terms.EventKind.choices)
    actor = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]


class Counter(models.Model):
    """The last number given in a year. Grows in the transaction that opens a case, so nobody gets it twice."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)


class Cursor(models.Model):
    """One row: up to which change of an alarm (its revision, then its id) cases are made."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    revision = models.BigIntegerField(default=0)
    alarm = models.BigIntegerField(default=0)
