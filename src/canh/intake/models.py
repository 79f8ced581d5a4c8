"""Signals, cursors over the journals, and when each path was last heard."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from canh.intake import terms
from canh.kit.ids import new_id
from canh.kit.text import NfcCharField


class Signal(models.Model):
    """One thing a device said. Never changed after it is stored, but for `handled_at`.

    A message with several events becomes several signals (`part` 0, 1 …); the bytes and the
    journal's hash stand on part 0.
    """

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    gateway = models.CharField(max_length=20)
    journal_id = models.BigIntegerField()
    part = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField()
    written_at = models.DateTimeField()
    """The journal's batch went to the disk; the acknowledgement followed."""
    door = models.CharField(max_length=20)
    peer = models.CharField(max_length=80)
    verdict = models.CharField(max_length=20, choices=terms.Verdict.choices)
    raw = models.BinaryField(null=True)
    facts = models.TextField(null=True)
    hash = models.BinaryField(null=True)

    protocol = models.CharField(max_length=20, blank=True)
    account = models.CharField(max_length=100, blank=True)
    code = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=12, choices=terms.Kind.choices, default=terms.Kind.UNKNOWN)
    condition = models.CharField(max_length=40, blank=True)
    """What begins and ends under one name, so that a restore finds its alarm."""
    turn = models.CharField(max_length=8, choices=terms.Turn.choices, default=terms.Turn.NEW)
    partition = models.CharField(max_length=8, blank=True)
    zone_number = models.CharField(max_length=40, blank=True)
    user_number = models.CharField(max_length=40, blank=True)
    number = models.CharField(max_length=40, blank=True)
    path = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    extra = models.JSONField(default=dict)
    dialect = models.CharField(max_length=80, blank=True)
    """How the message departed from the standard, words parted by commas."""
    occurred_at = models.DateTimeField()
    """When it happened by the panel's clock where that is within its window, else when it was received."""
    skew_ms = models.IntegerField(null=True)
    """Time stamp of the message minus our clock at reception."""

    panel = models.ForeignKey("sites.Panel", null=True, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("sites.Site", null=True, on_delete=models.PROTECT, related_name="+")
    zone = models.ForeignKey("sites.Zone", null=True, on_delete=models.SET_NULL, related_name="+")
    is_drill = models.BooleanField(default=False)

    digest = models.CharField(max_length=32, blank=True)
    repeat_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="repeats")
    is_urgent = models.BooleanField(default=False)
    """Goes before all others: hold-up, duress, panic, fire."""
    handled_at = models.DateTimeField(null=True)
    """Set by the alarms step; empty means: still in the queue."""
    held_back = models.CharField(max_length=12, choices=terms.HeldBack.choices, blank=True)
    """Why it raised no alarm although its kind does; hold-up, duress, panic and fire are never held back."""
    problem = models.CharField(max_length=200, blank=True)
    """Why no decision could be made; shown to a person."""

    class Meta:
        constraints = [
            # The same journal entry copied twice (a crash between two commits) is refused here.
            models.UniqueConstraint(fields=["gateway", "journal_id", "part"], name="intake_signal_copied_once"),
            models.CheckConstraint(condition=Q(part__gt=0) | Q(raw__isnull=False, hash__isnull=False),
                                   name="intake_signal_first_part_has_proof"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["-is_urgent", "id"], name="intake_signal_queue", condition=Q(handled_at__isnull=True)),
            models.Index(fields=["digest", "received_at"], name="intake_signal_digest", condition=~Q(digest="")),
            models.Index(fields=["site", "-id"], name="intake_signal_site"),
            models.Index(fields=["account", "-id"], name="intake_signal_stranger",
                         condition=Q(panel__isnull=True) & ~Q(account="")),
            models.Index(fields=["verdict", "-id"], name="intake_signal_trouble",
                         condition=~Q(verdict=terms.Verdict.ACCEPTED)),
        ]  # fmt: skip


class Cursor(models.Model):
    """How far each gateway's journal was copied; moves in the same transaction as the copies."""

    gateway = models.CharField(max_length=20, primary_key=True)
    journal_id = models.BigIntegerField(default=0)
    hash = models.BinaryField(default=b"\0" * 32)
    broken_at = models.BigIntegerField(null=True)
    """The first entry that did not fit the chain when it was copied. Copied all the same."""


class Path(models.Model):
    """A way a panel reports on, and when it was last heard. Updated in batches; a poll leaves no row."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    gateway = models.CharField(max_length=20, blank=True)
    """Which heard it last: silence counts only while that one hears."""
    door = models.CharField(max_length=20)
    account = models.CharField(max_length=100)
    path = models.CharField(max_length=40, blank=True)
    peer = models.CharField(max_length=80)
    panel = models.ForeignKey("sites.Panel", null=True, on_delete=models.CASCADE, related_name="paths")
    heard_at = models.DateTimeField()
    skew_ms = models.IntegerField(null=True)
    dialect = models.CharField(max_length=80, blank=True)
    """How its last messages departed from the standard."""
    due_at = models.DateTimeField(null=True)
    """Until when it must speak. Empty: not supervised, or its door is shut, or it is lost; a lost one that has it
    spoke again."""
    lost_at = models.DateTimeField(null=True)
    """Silent beyond its reporting class since then; empty again when it is heard."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["door", "account", "path"], name="intake_path_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="intake_path_due", condition=Q(lost_at__isnull=True)),
            models.Index(fields=["due_at"], name="intake_path_again", condition=Q(lost_at__isnull=False)),
        ]


class Supervision(models.Model):
    """A panel with a reporting class, as the engine knows it: since when, and what is told of it as a whole."""

    panel = models.OneToOneField("sites.Panel", primary_key=True, on_delete=models.CASCADE, related_name="supervision")
    reporting_s = models.PositiveIntegerField()
    since = models.DateTimeField()
    """When the engine learned of this class: silence before does not count."""
    due_at = models.DateTimeField(null=True)
    """Until when a panel never heard must speak for the first time; empty: it did, or that is told."""
    told = models.CharField(max_length=40, blank=True)
    """`cut_off` or `never_heard`, while it lasts."""

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="intake_supervision_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["told"], name="intake_supervision_told", condition=~Q(told="")),
        ]


class Found(models.Model):
    """Something that spoke, or that a door discovered, and that no site has: a person may adopt it."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    door = models.CharField(max_length=20)
    account = models.CharField(max_length=100)
    kind = models.CharField(max_length=12, default="panel")
    """A value of sites.terms.PanelKind."""
    name = NfcCharField(max_length=120, blank=True)
    """What it calls itself."""
    facts = models.JSONField(default=dict)
    """What helps a person to recognise it: maker, model, address …"""
    peer = models.CharField(max_length=80, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    """How often it was heard of."""
    dismissed_at = models.DateTimeField(null=True)
    """A person does not want to see it any more."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["door", "account"], name="intake_found_once")]


class GatewayReport(models.Model):
    """What a gateway counted, as it last told."""

    gateway = models.CharField(max_length=20, primary_key=True)
    counters = models.JSONField(default=dict)
    at = models.DateTimeField()
    told = models.JSONField(default=dict)
    """What is told of it and has not ended: "" (the gateway itself) or a door -> the occasion."""


class WalkTest(models.Model):
    """An installer walks premises until every zone has been heard, then signs for it."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    """Signed or given up."""
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    signed_name = NfcCharField(max_length=120, blank=True)
    """As typed by who signs."""
    note = NfcCharField(max_length=500, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    """SHA-256 over the sheet as it was signed; the audit line holds the same."""

    class Meta:
        constraints = [
            # Two walks at once would each tick half of the zones.
            models.UniqueConstraint(fields=["site"], condition=Q(ended_at__isnull=True), name="intake_walk_once"),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True)
                | Q(ended_at__isnull=False, signed_by__isnull=False) & ~Q(signed_name="") & ~Q(digest=""),
                name="intake_walk_signed_by_someone"),
        ]  # fmt: skip


class WalkTick(models.Model):
    """A line of a signed sheet: a zone with the signal that proves it, or the reason why there is none."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    walk = models.ForeignKey(WalkTest, on_delete=models.CASCADE, related_name="ticks")
    panel = models.ForeignKey("sites.Panel", on_delete=models.PROTECT, related_name="+")
    account = models.CharField(max_length=100)
    zone = models.ForeignKey("sites.Zone", null=True, on_delete=models.SET_NULL, related_name="+")
    """Empty: heard, but not on the register."""
    zone_number = models.CharField(max_length=40)
    zone_name = NfcCharField(max_length=120, blank=True)
    use = models.CharField(max_length=20, blank=True)
    signal = models.ForeignKey(Signal, null=True, on_delete=models.PROTECT, related_name="+")
    reason = NfcCharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(signal__isnull=False) | ~Q(reason=""),
                                   name="intake_tick_proved_or_explained"),
        ]  # fmt: skip
