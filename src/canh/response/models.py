"""Tables of response."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from canh.alarms.terms import Priority
from canh.channels.terms import ChannelKind
from canh.kit.ids import new_id
from canh.kit.text import NfcCharField
from canh.response import terms


class Ladder(models.Model):
    """Whom to tell of an alarm of one priority that nobody takes, at one site or in one unit and what is below it."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    name = NfcCharField(max_length=120)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices)
    site = models.ForeignKey("sites.Site", null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey("accounts.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    rungs = models.JSONField(default=list)
    """rules.Rung as data; read as a whole, and copied into each climb. None: nobody beyond the desk is told."""
    rounds = models.PositiveSmallIntegerField(default=1)
    again_s = models.PositiveIntegerField(default=300)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(site__isnull=False, unit__isnull=True) | Q(site__isnull=True, unit__isnull=False),
                name="response_ladder_of_one_place"),
            # Two ladders for one place would call people twice.
            models.UniqueConstraint(fields=["site", "priority"], name="response_ladder_site_once"),
            models.UniqueConstraint(fields=["unit", "priority"], name="response_ladder_unit_once"),
        ]  # fmt: skip


class Climb(models.Model):
    """One alarm on its way up a ladder, from when it began to wait until somebody has it."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    alarm = models.ForeignKey("alarms.Alarm", on_delete=models.CASCADE, related_name="climbs")
    rungs = models.JSONField()
    """As the ladder was when it began: whoever changes it now changes nothing under way."""
    rounds = models.PositiveSmallIntegerField()
    again_s = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=1)
    rung = models.PositiveSmallIntegerField(default=0)
    """The next one, from 0."""
    next_at = models.DateTimeField(null=True)
    """When it is climbed; empty: the ladder is at its end, and nobody has come."""
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=12, choices=terms.ClimbEnd.choices, blank=True, default="")

    class Meta:
        constraints = [
            # One alarm, one climb at a time: what makes a doubled call impossible.
            models.UniqueConstraint(fields=["alarm"], condition=Q(ended_at__isnull=True),
                                    name="response_climb_open_once"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["next_at"], name="response_climb_due",
                         condition=Q(ended_at__isnull=True, next_at__isnull=False)),
        ]  # fmt: skip


class Dispatch(models.Model):
    """Somebody is sent to the spot (điều động), until they are done or stood down."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    alarm = models.ForeignKey("alarms.Alarm", on_delete=models.CASCADE, related_name="dispatches")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    task = NfcCharField(max_length=300, blank=True)
    """What they shall do; empty: go and look."""
    state = models.CharField(max_length=10, choices=terms.DispatchState.choices, default=terms.DispatchState.SENT)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    note = NfcCharField(max_length=300, blank=True)
    """What they said at the end."""

    class Meta:
        constraints = [
            # Sent twice for one thing, somebody would answer the wrong one.
            models.UniqueConstraint(fields=["alarm", "user"], condition=Q(ended_at__isnull=True),
                                    name="response_dispatch_once"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["user", "-id"], name="response_dispatch_user"),
            models.Index(fields=["alarm", "id"], name="response_dispatch_alarm"),
            models.Index(fields=["id"], name="response_dispatch_open", condition=Q(ended_at__isnull=True)),
        ]  # fmt: skip


class Notice(models.Model):
    """One message to one person by one way, sent by `canh notify`: of a rung of a ladder, or of a dispatch."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    alarm = models.ForeignKey("alarms.Alarm", on_delete=models.CASCADE, related_name="notices")
    climb = models.ForeignKey(Climb, null=True, on_delete=models.CASCADE, related_name="notices")
    dispatch = models.ForeignKey(Dispatch, null=True, on_delete=models.CASCADE, related_name="notices")
    round = models.PositiveSmallIntegerField(default=0)
    rung = models.PositiveSmallIntegerField(default=0)
    purpose = models.CharField(max_length=8, choices=terms.Purpose.choices, default=terms.Purpose.CALL)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    """Empty: a siren."""
    whom = models.CharField(max_length=220)
    """`user:ID` or `siren:TOPIC`: whom, for the rule that nobody is called twice."""
    kind = models.CharField(max_length=10, choices=ChannelKind.choices, blank=True)
    address = models.CharField(max_length=200, blank=True)
    way = models.PositiveSmallIntegerField(default=0)
    """0 is the first of the person's ways, 1 the one after it failed, and so on."""
    state = models.CharField(max_length=10, choices=terms.NoticeState.choices, default=terms.NoticeState.WAITING)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    """When it is tried; empty: it is not."""
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    detail = NfcCharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["climb", "round", "rung", "whom", "way", "purpose"],
                                    name="response_notice_once"),
            models.UniqueConstraint(fields=["dispatch", "way", "purpose"], name="response_notice_dispatch_once"),
            models.CheckConstraint(
                condition=Q(climb__isnull=False, dispatch__isnull=True)
                | Q(climb__isnull=True, dispatch__isnull=False),
                name="response_notice_of_one"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["next_at"], name="response_notice_due",
                         condition=Q(state__in=[terms.NoticeState.WAITING, terms.NoticeState.SENDING])),
        ]  # fmt: skip
