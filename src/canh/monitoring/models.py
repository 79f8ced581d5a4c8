"""Tables of monitoring."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from canh.kit.ids import new_id
from canh.kit.text import NfcCharField


class WatchDesk(models.Model):
    """A place where people watch over premises, their own and others' (bàn giám sát)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    name = NfcCharField(max_length=120)
    site = models.ForeignKey("sites.Site", on_delete=models.PROTECT, related_name="+")
    """Where it stands; there it is told that nobody sits at it."""
    phone = models.CharField(max_length=30, blank=True)
    people = models.ManyToManyField("accounts.User", related_name="+")
    """Who may sit there. One of them at an open desk page is enough."""
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(retired_at__isnull=True), name="monitoring_desk_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Watch(models.Model):
    """A desk watches a ground at some hours of the week."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    desk = models.ForeignKey(WatchDesk, on_delete=models.PROTECT, related_name="watches")
    reserve = models.ForeignKey(WatchDesk, null=True, on_delete=models.PROTECT, related_name="+")
    """Takes over when nobody sits at the desk; empty: whoever watches the unit above."""
    site = models.ForeignKey("sites.Site", null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey("accounts.Unit", null=True, on_delete=models.PROTECT, related_name="+")
    weekdays = models.CharField(max_length=7)
    """ISO days, as "12345"."""
    opens = models.TimeField()
    closes = models.TimeField()
    """At or before `opens`: on the day after."""
    made_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(site__isnull=False, unit__isnull=True) | Q(site__isnull=True, unit__isnull=False),
                name="monitoring_watch_of_one_ground"),
            # A desk that is empty cannot take over from itself.
            models.CheckConstraint(condition=~Q(desk=F("reserve")), name="monitoring_watch_reserve_is_another"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["site"], name="monitoring_watch_site", condition=Q(removed_at__isnull=True)),
            models.Index(fields=["unit"], name="monitoring_watch_unit", condition=Q(removed_at__isnull=True)),
        ]  # fmt: skip


class Takeover(models.Model):
    """Another desk watches instead, or nobody does."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    watch = models.ForeignKey(Watch, on_delete=models.PROTECT, related_name="takeovers")
    to = models.ForeignKey(WatchDesk, null=True, on_delete=models.PROTECT, related_name="+")
    """Empty: nobody sits at any desk that could watch."""
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One desk at a time: two would each think that the other acts.
            models.UniqueConstraint(fields=["watch"], condition=Q(ended_at__isnull=True),
                                    name="monitoring_takeover_once"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["-began_at", "-id"], name="monitoring_takeover_list")]
