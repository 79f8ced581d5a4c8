"""Tables of liaison."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from canh.kit.ids import new_id
from canh.kit.text import FoldedField, NfcCharField
from canh.liaison import terms


class PoliceDesk(models.Model):
    """A police desk (trực ban công an) that can be called: for which ground, at which hours."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    name = NfcCharField(max_length=120)
    folded = FoldedField(sources=("name",))
    kind = models.CharField(max_length=10, choices=terms.DeskKind.choices)
    area = models.ForeignKey("accounts.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """Its ground with all that is below it; empty: everywhere."""
    phone = models.CharField(max_length=30)
    email = models.CharField(max_length=200, blank=True)
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    """Both empty: day and night."""
    joins_drills = models.BooleanField(default=False)
    """It agreed to be called in exercises. No other desk ever is."""
    tested_at = models.DateTimeField(null=True)
    """When somebody last called it as a test, and it answered."""
    tested_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    test_note = NfcCharField(max_length=200, blank=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(opens__isnull=True, closes__isnull=True)
                                   | Q(opens__isnull=False, closes__isnull=False) & ~Q(opens=F("closes")),
                                   name="liaison_desk_hours"),
            models.UniqueConstraint(fields=["name"], condition=Q(retired_at__isnull=True), name="liaison_desk_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Referral(models.Model):
    """A case handed over to a police desk, until it says what came of it."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="referrals")
    alarm = models.ForeignKey("alarms.Alarm", on_delete=models.PROTECT, related_name="+")
    """Its gravest: of whose panel a missing confirmation is told."""
    desk = models.ForeignKey(PoliceDesk, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=terms.ReferralState.choices, default=terms.ReferralState.NEW)
    is_drill = models.BooleanField(default=False)
    code = models.CharField(max_length=8)
    """What the police say when they call back, so that we know it is about this case."""
    sheet = models.JSONField()
    """What the police were told, as it was then (sheet.Sheet)."""
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    """By when they should have confirmed."""
    overdue_at = models.DateTimeField(null=True)
    """Since when it rings for that; empty again once the ringing was ended. The story keeps that it was so."""
    answered_at = models.DateTimeField(null=True)
    officer = NfcCharField(max_length=120, blank=True)
    """Who confirmed: name, rank or number, as it was said."""
    reference = NfcCharField(max_length=60, blank=True)
    """Their number of the matter."""
    refusal = models.CharField(max_length=12, choices=terms.Refusal.choices, blank=True)
    disposition = models.CharField(max_length=12, choices=terms.Disposition.choices, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Two at once for one case would send two patrols to one door.
            models.UniqueConstraint(fields=["incident"], condition=Q(state__in=terms.OPEN),
                                    name="liaison_referral_open_once"),
            # The code leads to one case.
            models.UniqueConstraint(fields=["code"], condition=Q(state__in=terms.OPEN),
                                    name="liaison_referral_code_once"),
            models.CheckConstraint(condition=~Q(state=terms.ReferralState.REJECTED) | ~Q(refusal=""),
                                   name="liaison_referral_refused_for"),
            models.CheckConstraint(condition=~Q(state=terms.ReferralState.CLOSED) | ~Q(disposition=""),
                                   name="liaison_referral_closed_with"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["due_at"], name="liaison_referral_due",
                         condition=Q(state=terms.ReferralState.NEW, overdue_at__isnull=True)),
            models.Index(fields=["overdue_at"], name="liaison_referral_rings", condition=Q(overdue_at__isnull=False)),
            models.Index(fields=["-made_at", "-id"], name="liaison_referral_list"),
        ]  # fmt: skip


class ReferralLine(models.Model):
    """A line of its story: every message in both directions, with its time."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=terms.LineKind.choices)
    text = models.TextField(blank=True)
    by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    """Who took it down; empty: Canh."""

    class Meta:
        ordering = ["at", "id"]
