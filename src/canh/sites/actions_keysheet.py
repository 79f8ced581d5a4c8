"""New keys for many panels at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from canh.audit.actions import record
from canh.sites import actions, actions_keys
from canh.sites.models import Panel

CHUNK = 50


def renew_keys(panels: Sequence[Panel], bits: int, overlap_h: int, *, actor_id: int) -> list[Panel]:
    """A new key for each: where there is one, the old one is accepted for `overlap_h` hours more; where there is
    none, it is the first. In chunks, so that nobody waits; what is done stays done. Raises ValidationError."""
    done: list[Panel] = []
    for start in range(0, len(panels), CHUNK):
        with transaction.atomic():
            for panel in panels[start : start + CHUNK]:
                key = actions.new_key(bits)
                if panel.key_sealed:
                    actions_keys.rotate_key(panel, key, overlap_h, actor_id=actor_id)
                else:
                    actions.replace_key(panel, key, actor_id=actor_id)
                done.append(panel)
            record(actor_id, "panel.keys", "panel:0", {"panels": [p.id for p in panels[start : start + CHUNK]]})
    return done
