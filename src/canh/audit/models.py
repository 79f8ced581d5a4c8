"""Audit tables."""

from __future__ import annotations

from django.db import models

from canh.kit.ids import new_id


class Line(models.Model):
    """One act. Holds ids and digests, never personal text, so that a person can be erased."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    """The person; empty for the system itself. No foreign key: the line outlives the person."""
    action = models.CharField(max_length=64)
    """Verb and noun: `alarm.acknowledge`."""
    subject = models.CharField(max_length=64)
    """Kind and id of what it was done to: `alarm:123`."""
    detail = models.JSONField(default=dict)
    """Ids, codes, counts and digests only."""
    sequence = models.BigIntegerField(null=True, unique=True)
    """Place in the chain: 1, 2, 3 … Given by the seal step, because a chain head locked by each
    action costs six times the throughput. Empty: committed but not sealed yet."""
    hash = models.BinaryField(null=True)

    class Meta:
        constraints = [
            # A sealed line has both; half a seal would break the chain silently.
            models.CheckConstraint(
                condition=models.Q(sequence__isnull=True, hash__isnull=True)
                | models.Q(sequence__isnull=False, hash__isnull=False),
                name="audit_line_seal_is_whole",
            )
        ]
        indexes = [
            models.Index(fields=["id"], name="audit_line_unsealed", condition=models.Q(sequence__isnull=True)),
            models.Index(fields=["subject"], name="audit_line_subject"),
        ]


class Head(models.Model):
    """A signed statement of where every chain stood. What left the machine cannot be taken back."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    statement = models.TextField()
    """Canonical JSON, exactly the bytes that were signed."""
    signature = models.BinaryField()
    sent_at = models.DateTimeField(null=True)
    """When a copy reached the place outside (`CANH_HEADS_TO`)."""
