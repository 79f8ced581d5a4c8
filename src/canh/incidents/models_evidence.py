"""Tables of evidence. What a file holds lies in the data folder under its own hash; the tables say what it is."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from canh.incidents import terms_evidence as terms
from canh.kit.ids import new_id
from canh.kit.text import NfcCharField


class EvidenceFile(models.Model):
    """A file in the folder `evidence`. The same bytes twice are one file."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    """Hex digits; the name of the file."""
    size = models.BigIntegerField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="incidents_evidence_not_empty")]


class Attachment(models.Model):
    """A file as evidence of a case. The row stays when the file has gone: that it was there, and what it was."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="attachments")
    # PROTECT: the row of a file goes last, so no file can go to which something refers.
    file = models.ForeignKey(EvidenceFile, null=True, on_delete=models.PROTECT, related_name="attachments")
    """Empty: collected, after it was removed."""
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    name = NfcCharField(max_length=120)
    media = models.CharField(max_length=40, choices=terms.Media.choices)
    note = models.TextField(blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    locked_at = models.DateTimeField(null=True)
    """Since when it outlives retention and cannot be removed."""
    locked_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    lock_reason = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    removed_why = models.CharField(max_length=12, choices=terms.RemovedWhy.choices, blank=True)
    remove_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            # The database itself refuses to take away what is locked, whatever code asks for it.
            models.CheckConstraint(condition=Q(locked_at__isnull=True) | Q(removed_at__isnull=True, file__isnull=False),
                                   name="incidents_attachment_locked_stays"),
            # Only what was removed has no file.
            models.CheckConstraint(condition=Q(file__isnull=False) | Q(removed_at__isnull=False),
                                   name="incidents_attachment_file_or_removed"),
            models.CheckConstraint(condition=Q(file__isnull=True) | Q(file=F("sha256")),
                                   name="incidents_attachment_says_its_file"),
            # A lock says by whom and why.
            models.CheckConstraint(
                condition=Q(locked_at__isnull=True, locked_by__isnull=True, lock_reason="")
                | Q(locked_at__isnull=False, locked_by__isnull=False) & ~Q(lock_reason=""),
                name="incidents_attachment_lock_with_reason"),
            # The same file twice in a case is one piece of evidence.
            models.UniqueConstraint(fields=["incident", "sha256"], condition=Q(removed_at__isnull=True),
                                    name="incidents_attachment_once"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["incident", "id"], name="incidents_attach_case"),
            models.Index(fields=["removed_at"], name="incidents_attach_collect",
                         condition=Q(removed_at__isnull=False, file__isnull=False)),
            models.Index(fields=["id"], name="incidents_attach_retain",
                         condition=Q(removed_at__isnull=True, locked_at__isnull=True)),
        ]  # fmt: skip
