"""Tables of guards."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from canh.guards import terms
from canh.kit.ids import new_id
from canh.kit.text import NfcCharField


class Duty(models.Model):
    """A person on duty for a time: at one site, or for a whole unit and what is below it (ca trực)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("sites.Site", null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey("accounts.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=terms.DutyKind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    """The first moment at which it is over: shifts that meet do not overlap."""
    note = NfcCharField(max_length=200, blank=True)
    made_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    """Empty: published by a roster."""
    removed_at = models.DateTimeField(null=True)
    """Taken back. The row stays: it says who was on duty when something happened."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="guards_duty_has_span"),
            # A duty of nowhere would be called for nothing, one of two places leaves open which.
            models.CheckConstraint(
                condition=Q(site__isnull=False, unit__isnull=True) | Q(site__isnull=True, unit__isnull=False),
                name="guards_duty_at_one_place"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["site", "ends_at"], name="guards_duty_site", condition=Q(removed_at__isnull=True)),
            models.Index(fields=["unit", "ends_at"], name="guards_duty_unit", condition=Q(removed_at__isnull=True)),
            models.Index(fields=["user", "ends_at"], name="guards_duty_user", condition=Q(removed_at__isnull=True)),
        ]  # fmt: skip
