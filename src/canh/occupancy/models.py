"""Tables of occupancy."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from canh.kit.ids import new_id
from canh.kit.text import NfcCharField
from canh.occupancy import terms


class Member(models.Model):
    """Somebody who works at premises and answers by phone, with a link of their own instead of a password."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="members")
    name = NfcCharField(max_length=120)
    place = NfcCharField(max_length=120, blank=True)
    """Where they usually are: a room, a counter, a class."""
    is_leader = models.BooleanField(default=False)
    """May say that all is safe."""
    digest = models.CharField(max_length=64, unique=True)
    """Of the secret in the link, under a key of the installation: the link itself is kept nowhere."""
    added_at = models.DateTimeField()
    linked_at = models.DateTimeField()
    """Since when this link holds."""
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["site", "name"], name="occupancy_member_site", condition=Q(removed_at__isnull=True)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Buttons(models.Model):
    """Which devices of premises begin and end a lockdown: a cheap wireless button each."""

    site = models.OneToOneField("sites.Site", primary_key=True, on_delete=models.CASCADE, related_name="buttons")
    lockdown = models.ForeignKey("sites.Panel", null=True, on_delete=models.SET_NULL, related_name="+")
    safe = models.ForeignKey("sites.Panel", null=True, on_delete=models.SET_NULL, related_name="+")
    since_at = models.DateTimeField()
    """What was pressed before counts for nothing."""

    class Meta:
        constraints = [
            # One device for both would end at its second press what the first began.
            models.CheckConstraint(condition=~Q(lockdown=F("safe")), name="occupancy_buttons_are_two"),
        ]  # fmt: skip


class Lockdown(models.Model):
    """Doors shut, everybody where they are, until all is safe (khoá cửa trú ẩn)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="lockdowns")
    is_drill = models.BooleanField(default=False)
    """An exercise of the roll alone: nothing rings at the desk."""
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    started_member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    start_signal = models.BigIntegerField(null=True, unique=True)
    """The signal of the button; with neither person it was a button."""
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    ended_member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    told_end_at = models.DateTimeField(null=True)
    """When the desk learned of the end."""

    class Meta:
        constraints = [
            # Two at once would each wait for the other's answers.
            models.UniqueConstraint(fields=["site"], condition=Q(ended_at__isnull=True),
                                    name="occupancy_lockdown_runs_once"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["site", "-started_at"], name="occupancy_lockdown_site"),
            models.Index(fields=["ended_at"], name="occupancy_lockdown_untold",
                         condition=Q(ended_at__isnull=False, told_end_at__isnull=True)),
        ]  # fmt: skip


class Visit(models.Model):
    """Somebody who came in without working here, until they left."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="visits")
    kind = models.CharField(max_length=12, choices=terms.VisitKind.choices)
    name = NfcCharField(max_length=120, blank=True)
    """Forgotten with the time of retention; numbers of papers are never kept."""
    company = NfcCharField(max_length=120, blank=True)
    host = NfcCharField(max_length=120, blank=True)
    """Whom they see, or who answers for them."""
    badge = models.CharField(max_length=20, blank=True)
    in_at = models.DateTimeField()
    in_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    """When the desk was told that they are still inside; empty again once that is over."""
    out_at = models.DateTimeField(null=True)
    out_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            # The same badge on two people: nobody could say who is still inside.
            models.UniqueConstraint(fields=["site", "badge"], condition=Q(out_at__isnull=True) & ~Q(badge=""),
                                    name="occupancy_visit_badge_once"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["site", "-in_at"], name="occupancy_visit_site"),
            models.Index(fields=["due_at"], name="occupancy_visit_due",
                         condition=Q(out_at__isnull=True, told_at__isnull=True)),
            models.Index(fields=["told_at"], name="occupancy_visit_told", condition=Q(told_at__isnull=False)),
            models.Index(fields=["out_at"], name="occupancy_visit_names",
                         condition=Q(out_at__isnull=False) & ~Q(name="")),
        ]  # fmt: skip


class Key(models.Model):
    """A key, or a bunch of them, that is lent."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.CASCADE, related_name="keys")
    label = NfcCharField(max_length=60)
    opens = NfcCharField(max_length=120, blank=True)
    """What it opens."""
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "label"], condition=Q(retired_at__isnull=True),
                                    name="occupancy_key_label_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.label


class KeyLoan(models.Model):
    """A key in somebody's hands."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="loans")
    holder = NfcCharField(max_length=120, blank=True)
    """Forgotten with the time of retention."""
    out_at = models.DateTimeField()
    out_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    back_at = models.DateTimeField(null=True)
    back_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            # A key is in one hand.
            models.UniqueConstraint(fields=["key"], condition=Q(back_at__isnull=True), name="occupancy_loan_once"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["due_at"], name="occupancy_loan_due",
                         condition=Q(back_at__isnull=True, told_at__isnull=True)),
            models.Index(fields=["told_at"], name="occupancy_loan_told", condition=Q(told_at__isnull=False)),
            models.Index(fields=["back_at"], name="occupancy_loan_names",
                         condition=Q(back_at__isnull=False) & ~Q(holder="")),
        ]  # fmt: skip


class Answer(models.Model):
    """What was heard of somebody in a lockdown; the last word counts."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    lockdown = models.ForeignKey(Lockdown, on_delete=models.CASCADE, related_name="answers")
    member = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=terms.AnswerKind.choices)
    people = models.PositiveSmallIntegerField(default=0)
    """How many others are with them."""
    note = NfcCharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    """Who took it down for them; empty: they said it themselves."""

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(member__isnull=False, visit__isnull=True)
                                   | Q(member__isnull=True, visit__isnull=False), name="occupancy_answer_of_one"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["lockdown", "id"], name="occupancy_answer_lockdown")]
