"""Changing a panel's key without cutting it off: for a while the old key opens as well."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.audit.actions import record
from canh.kit import clock, crypto
from canh.sites import actions, queries, rules
from canh.sites.models import Panel


def rotate_key(panel: Panel, key_hex: str, overlap_h: int, *, actor_id: int | None) -> actions.NewPanel:
    """Give a panel a new key; what it has now opens for `overlap_h` hours more. Raises ValidationError."""
    key = actions.parse_key(key_hex)
    before = queries.key_of(panel)
    if key is None or not before:
        raise ValidationError(_("Only a panel with a key can be given a new one bit by bit; set its key instead."))
    if key.hex().upper() == before:
        raise ValidationError(_("This is the key the panel has already."))
    now = clock.now()
    try:
        until = rules.overlap_until(now, overlap_h)
    except ValueError:
        longest = rules.LONGEST_OVERLAP // timedelta(hours=1)
        raise ValidationError(_("The old key may be accepted for 1 to %(hours)d hours.") % {"hours": longest}) from None
    panel.old_key_sealed, panel.old_key_until = panel.key_sealed, until
    panel.key_sealed, panel.key_set_at = crypto.seal(key, "panel-key"), now
    with transaction.atomic():
        panel.save(update_fields=["key_sealed", "key_set_at", "old_key_sealed", "old_key_until"])
        record(actor_id, "panel.rotate", f"panel:{panel.id}", {"overlap_h": overlap_h})
        actions.touch_register()
    return actions.NewPanel(panel, key.hex().upper())


def end_rotation(panel: Panel, *, actor_id: int | None) -> bool:
    """The old key opens nothing from now on, and is forgotten. False: there was none."""
    with transaction.atomic():
        rotating = Panel.objects.filter(id=panel.id, old_key_sealed__isnull=False)
        if not rotating.update(old_key_sealed=None, old_key_until=None):
            return False
        record(actor_id, "panel.key_end", f"panel:{panel.id}", {})
        actions.touch_register()
    panel.old_key_sealed = panel.old_key_until = None
    return True


def end_due_rotations() -> int:
    """Forget the old keys whose time is over; the gateway, which knows that time, no longer takes them anyhow."""
    due = Panel.objects.filter(old_key_until__lte=clock.now())
    return sum(end_rotation(panel, actor_id=None) for panel in due)
