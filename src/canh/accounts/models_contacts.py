"""How people are reached."""

from __future__ import annotations

from django.db import models

from canh.channels.terms import ChannelKind, OutcomeState
from canh.kit.ids import new_id
from canh.kit.text import NfcCharField


class ContactMethod(models.Model):
    """One way to one person. They are tried in `order`."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="contact_methods")
    kind = models.CharField(max_length=10, choices=ChannelKind.choices)
    address = NfcCharField(max_length=200)
    order = models.PositiveSmallIntegerField()
    verified_at = models.DateTimeField(null=True)
    """When the person last confirmed that a test arrived. Empty: never."""
    last_tested_at = models.DateTimeField(null=True)
    last_result = models.CharField(max_length=10, choices=OutcomeState.choices, blank=True)
    last_detail = NfcCharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    """When it is tested by itself."""
    code_digest = models.CharField(max_length=64, blank=True)
    """Of the code in the last test, keyed with the installation's secret. Empty: none is open."""
    code_until = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            # Twice the same would look like two ways and be one.
            models.UniqueConstraint(fields=["user", "kind", "address"], name="accounts_contactmethod_once"),
            # A code without an end would be valid for ever.
            models.CheckConstraint(
                condition=models.Q(code_digest="") | models.Q(code_until__isnull=False),
                name="accounts_contactmethod_code_ends",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="accounts_contactmethod_due")]
