"""Exercises at premises, and what they scored."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from canh.kit.ids import new_id


class DrillRun(models.Model):
    """An exercise (diễn tập): a scene that a real dialler played at premises, for real people."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey("sites.Site", on_delete=models.PROTECT, related_name="+")
    panel = models.ForeignKey("sites.Panel", on_delete=models.PROTECT, related_name="+")
    """The panel that dialled: what it reported is what was played."""
    scene = models.CharField(max_length=40)
    begun_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    """Empty: from the command line of the machine."""
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    marks = models.JSONField(default=list)
    """When it ended: {mark, seconds or null, wanted_s or null, is_kept} of each figure, as it was then."""

    class Meta:
        constraints = [
            # Two at once would be scored by each other's alarms.
            models.UniqueConstraint(fields=["site"], condition=Q(ended_at__isnull=True), name="alarms_drillrun_once"),
        ]
        indexes = [models.Index(fields=["-begun_at", "-id"], name="alarms_drillrun_list")]
