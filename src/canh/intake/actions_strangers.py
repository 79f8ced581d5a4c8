"""What spoke and belongs to nobody: given premises, or put aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.audit.actions import record
from canh.intake import queries_strangers
from canh.intake.models import Found, Path
from canh.sites import actions as sites
from canh.sites.terms import STANDS_FOR

if TYPE_CHECKING:
    from canh.sites.models import Site


def adopt_found(
    found: Found, *, actor_id: int, site: Site, name: str = "", key_hex: str = "",
    settings: Mapping[str, str] | None = None,
) -> sites.NewPanel:  # fmt: skip
    """Give premises to something found: from its next message on it counts. What it said before stays as it was,
    without premises, because it is sealed so; its page shows it as before adoption. Raises ValidationError."""
    if not key_hex and queries_strangers.needs_key(found):
        raise ValidationError({"key": _("It speaks encrypted: without its key nothing it says can be read.")})
    with transaction.atomic():
        made = sites.add_panel(
            actor_id=actor_id, site=site, account=found.account, key_hex=key_hex, name=name or found.name,
            zones=queries_strangers.zones_heard(found), kind=found.kind, settings=settings,
            door=STANDS_FOR.get(found.door, found.door),
        )  # fmt: skip
        Path.objects.filter(door=found.door, account=found.account).update(panel=made.panel)
        Found.objects.filter(id=found.id).update(dismissed_at=None)
        record(actor_id, "found.adopt", f"found:{found.id}", {"panel": made.panel.id, "site": site.id})
    return made


def bring_back_found(found: Found, *, actor_id: int) -> None:
    """It waits for a person again."""
    with transaction.atomic():
        Found.objects.filter(id=found.id).update(dismissed_at=None)
        record(actor_id, "found.return", f"found:{found.id}", {"door": found.door})
