"""Tables of arming, and of what premises do otherwise than their hours say."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from canh.alarms import terms_arming as terms
from canh.kit.ids import new_id
from canh.kit.text import NfcCharField


class Arming(models.Model):
    """How a partition of a panel stands as the panel reports it, or (panel empty) how the bare sensors of premises
    stand, which only Canh arms. Without a row nothing is known."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    panel = models.ForeignKey("sites.Panel", null=True, on_delete=models.CASCADE, related_name="+")
    partition = models.CharField(max_length=8, blank=True)
    """Without zeros in front; empty: the panel as a whole."""
    state = models.CharField(max_length=12, choices=terms.ArmState.choices, default=terms.ArmState.UNKNOWN)
    mode = models.CharField(max_length=12, choices=terms.ArmState.choices, blank=True)
    """In which way it is, or will be, armed while a delay runs."""
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    """When the delay that Canh counts is over."""
    tripped_at = models.DateTimeField(null=True)
    """Bare sensors: the entry delay ran out; until somebody disarms, nobody gets another one."""
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    user_number = models.CharField(max_length=40, blank=True)
    """Of the panel."""
    panel_told_at = models.DateTimeField(null=True)
    """The panel itself said that it was not closed in time; empty again when it is opened or closed."""
    tried_at = models.DateTimeField(null=True)
    """When Canh last armed it by its schedule, or tried to."""

    class Meta:
        constraints = [
            # Two rows of one partition would say two things about it.
            models.UniqueConstraint(fields=["panel", "partition"], condition=Q(panel__isnull=False),
                                    name="alarms_arming_partition_once"),
            models.UniqueConstraint(fields=["site"], condition=Q(panel__isnull=True), name="alarms_arming_bare_once"),
            # Canh counts delays of bare sensors alone: a panel counts its own.
            models.CheckConstraint(condition=Q(until_at__isnull=True) | Q(panel__isnull=True, state__in=[
                terms.ArmState.ARMING, terms.ArmState.PENDING]), name="alarms_arming_delay_is_ours"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["until_at"], name="alarms_arming_due", condition=Q(until_at__isnull=False)),
            models.Index(fields=["site"], name="alarms_arming_site"),
        ]


class ArmingChange(models.Model):
    """Who or what changed the state of a partition, or tried to, and why."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    arming = models.ForeignKey(Arming, on_delete=models.CASCADE, related_name="changes")
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    before = models.CharField(max_length=12, choices=terms.ArmState.choices)
    after = models.CharField(max_length=12, choices=terms.ArmState.choices)
    cause = models.CharField(max_length=12, choices=terms.Cause.choices)
    actor = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    user_number = models.CharField(max_length=40, blank=True)
    signal = models.ForeignKey("intake.Signal", null=True, on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField(default=dict)
    """`open`, `bypassed`, `silent`: names of zones; `note`: what somebody wrote."""
    is_checked = models.BooleanField(default=True)
    """False: whether it is a lapse was not looked at yet."""

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="alarms_armchange_waiting", condition=Q(is_checked=False)),
            models.Index(fields=["site", "-at"], name="alarms_armchange_site"),
        ]


class Bypass(models.Model):
    """A zone that is left out: as its panel reports, or as a person said in the console of a bare sensor."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    panel = models.ForeignKey("sites.Panel", on_delete=models.CASCADE, related_name="+")
    zone_number = models.CharField(max_length=40, blank=True)
    """Empty: all that the panel or sensor says."""
    condition = models.CharField(max_length=40, blank=True)
    """Of the panel's code: a hold-up bypass does not end that of a burglary zone."""
    name = NfcCharField(max_length=200, blank=True)
    """What is left out, as it was called then."""
    source = models.CharField(max_length=8, choices=terms.BypassSource.choices)
    reason = NfcCharField(max_length=200, blank=True)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    signal = models.ForeignKey("intake.Signal", null=True, on_delete=models.PROTECT, related_name="+")
    until_at = models.DateTimeField(null=True)
    ends_when_opened = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            # Left out twice would leave one behind when the other ends.
            models.UniqueConstraint(fields=["panel", "zone_number", "condition"], condition=Q(ended_at__isnull=True),
                                    name="alarms_bypass_once"),
            # A person says why and for how long: nothing is left out for good.
            models.CheckConstraint(
                condition=~Q(source=terms.BypassSource.PERSON)
                | Q(begun_by__isnull=False, until_at__isnull=False) & ~Q(reason=""),
                name="alarms_bypass_with_reason"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["until_at"], name="alarms_bypass_due",
                         condition=Q(ended_at__isnull=True, until_at__isnull=False)),
            models.Index(fields=["site", "-id"], name="alarms_bypass_site"),
        ]  # fmt: skip


class Sensor(models.Model):
    """Whether a bare sensor is open, as it last said, and whether it answers."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    panel = models.ForeignKey("sites.Panel", on_delete=models.CASCADE, related_name="+")
    zone_number = models.CharField(max_length=40, blank=True)
    code = models.CharField(max_length=40, blank=True)
    """What tells that it is open; empty: of the sensor as a whole."""
    open_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)
    """Not heard since: neither open nor closed."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["panel", "zone_number", "code"], name="alarms_sensor_once"),
        ]


class SiteClosing(models.Model):
    """How premises stood to their hours when the engine last looked, and when it must look again."""

    site = models.OneToOneField("sites.Site", primary_key=True, on_delete=models.CASCADE, related_name="closing")
    standing = models.CharField(max_length=12, choices=terms.Standing.choices, default=terms.Standing.UNKNOWN)
    state = models.CharField(max_length=12, choices=terms.ArmState.choices, default=terms.ArmState.UNKNOWN)
    since_at = models.DateTimeField(null=True)
    """Since when the state as a whole holds."""
    is_open_expected = models.BooleanField(null=True)
    """Empty: nobody stated hours."""
    next_at = models.DateTimeField(null=True)
    """The next opening or closing by the hours."""
    because = NfcCharField(max_length=200, blank=True)
    """Why it is closed on a day on which it is usually open."""
    look_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["look_at"], name="alarms_closing_due", condition=Q(look_at__isnull=False)),
            models.Index(fields=["standing"], name="alarms_closing_standing"),
        ]


class Lapse(models.Model):
    """What premises did otherwise than their hours say, told as a signal of Canh itself."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="+")
    panel = models.ForeignKey("sites.Panel", on_delete=models.CASCADE, related_name="+")
    """Of which it was told."""
    code = models.CharField(max_length=20, choices=terms.LapseCode.choices)
    due_at = models.DateTimeField()
    """The deadline that passed, or when it was opened."""
    told_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One case is told once.
            models.UniqueConstraint(fields=["site", "code", "due_at"], name="alarms_lapse_once"),
            models.UniqueConstraint(fields=["site", "code"], condition=Q(ended_at__isnull=True),
                                    name="alarms_lapse_running_once"),
        ]  # fmt: skip
