"""Tables of procedures: what a unit asks for, and what was done in a case."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from canh.intake.terms import Kind
from canh.kit.ids import new_id


class Procedure(models.Model):
    """What a unit asks for in cases of one kind, in place of the built-in procedure (quy trình)."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey("accounts.Unit", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    draft = models.JSONField(null=True)
    """Steps that are being written; empty: nobody writes."""
    draft_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    draft_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    """The built-in one holds again."""

    class Meta:
        constraints = [
            # Two would leave it open which one holds.
            models.UniqueConstraint(fields=["unit", "kind"], name="incidents_procedure_once"),
        ]


class ProcedureVersion(models.Model):
    """A procedure as it was published: never changed."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    steps = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="incidents_procedureversion_once"),
        ]


class Run(models.Model):
    """A procedure in a case: its steps as they were at the first answer, whatever is published later."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey("incidents.Incident", on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    """A case that becomes graver gets the procedure of its new kind; what was answered before stays."""
    version = models.ForeignKey(ProcedureVersion, null=True, on_delete=models.PROTECT, related_name="+")
    """Empty: the built-in one."""
    steps = models.JSONField()
    begun_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "kind"], name="incidents_run_once")]


class Answer(models.Model):
    """What was answered to a step. A correction is a row of its own; the newest counts."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="answers")
    step = models.CharField(max_length=40)
    value = models.TextField(blank=True)
    is_skipped = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    """Why it was skipped."""
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(null=True)
    """When a supervisor looked at the skipping."""
    seen_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            # Skipped means why.
            models.CheckConstraint(condition=Q(is_skipped=False, reason="") | Q(is_skipped=True) & ~Q(reason=""),
                                   name="incidents_answer_skipped_with_reason"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["id"], name="incidents_answer_unseen", condition=Q(is_skipped=True, seen_at=None)),
        ]
