"""How each way out is set up."""

from __future__ import annotations

from django.db import models

from canh.channels import terms
from canh.kit.ids import new_id


class PushDevice(models.Model):
    """A browser that somebody allowed to show messages of Canh."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    endpoint = models.TextField(unique=True)
    """Where the maker of the browser takes messages for it. Who knows it cannot send: messages are signed."""
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=30)
    """Its keys (RFC 8291): with them a message can be sealed for it, and not be read."""
    name = models.CharField(max_length=60, blank=True)
    """What kind of browser, for the person who looks at their list."""
    added_at = models.DateTimeField()


class ChannelSettings(models.Model):
    """What the operator set up for one channel. No row, or not switched on: nothing is sent and nobody connected to."""

    kind = models.CharField(max_length=10, primary_key=True, choices=terms.ChannelKind.choices)
    is_on = models.BooleanField(default=False)
    facts = models.JSONField(default=dict)
    """What is no secret: server, port, sender, receivers."""
    secret_sealed = models.BinaryField(null=True)
    """Password or key, sealed with the installation's key; the channel's name is bound in."""
    changed_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    last_state = models.CharField(max_length=10, choices=terms.OutcomeState.choices, blank=True)
    last_detail = models.CharField(max_length=300, blank=True)
    """Of the last message that was sent this way; holds no address and no text of it."""

    class Meta:
        constraints = [
            # A result without its time, or a time without result, would mislead whoever looks for a fault.
            models.CheckConstraint(
                condition=models.Q(last_at__isnull=True, last_state="")
                | (models.Q(last_at__isnull=False) & ~models.Q(last_state="")),
                name="channels_settings_result_is_whole",
            )
        ]
