"""Setting a channel up. Who did it stands in the audit line of the caller: this room lies beside the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.channels import checks
from canh.channels.models import ChannelSettings
from canh.channels.push.wrap import new_key as new_key  # for whoever sets up
from canh.channels.queries import purpose
from canh.channels.terms import ChannelKind
from canh.channels.webhook.sign import new_secret as new_secret  # for whoever sets up
from canh.kit import clock, crypto


def set_up(kind: ChannelKind, *, is_on: bool, facts: Mapping[str, Any], secret: str | None) -> list[str]:
    """Keep how a channel is set up. `secret`: None leaves it as it is, empty takes it away.

    Returns the names of what changed (`secret` among them), never their values. Raises ValidationError.
    """
    with transaction.atomic():
        row = ChannelSettings.objects.select_for_update().filter(kind=kind).first()
        row = row or ChannelSettings(kind=kind, changed_at=clock.now())
        has_secret = bool(secret) if secret is not None else row.secret_sealed is not None
        cleaned = checks.checked(kind, facts, secret, has_secret=has_secret)
        if has_secret and secret is None and _would_move(row.facts, cleaned):
            raise ValidationError({"secret": _("The server is another one: enter the secret for it.")})
        changed = _changes(row, is_on, cleaned, secret)
        row.is_on, row.facts, row.changed_at = is_on, cleaned, clock.now()
        if secret is not None:
            row.secret_sealed = crypto.seal(secret.encode(), purpose(kind)) if secret else None
        row.save()
    return changed


def _would_move(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a kept password would go to another machine than the one it was entered for, or go there in clear."""
    return any(before.get(name) != after.get(name) for name in ("host", "port", "security", "ca") if name in before)


def _changes(row: ChannelSettings, is_on: bool, facts: Mapping[str, Any], secret: str | None) -> list[str]:
    changed = [name for name, value in facts.items() if row.facts.get(name) != value]
    if row.is_on != is_on:
        changed.append("is_on")
    return sorted([*changed, *(["secret"] if secret is not None else [])])
