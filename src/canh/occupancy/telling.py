"""What is said at the desk about who is inside: it becomes a signal, like what a device says."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from canh.intake.actions_own import JOURNAL_OF_THE_DESK, Lapse, tell_lapses
from canh.intake.terms import Turn
from canh.sites.queries_panels import speaker

if TYPE_CHECKING:
    from canh.occupancy.terms import OwnCode
    from canh.sites.models import Site


def tell(site: Site, code: OwnCode, turn: Turn, occasion: str, facts: dict[str, str] | None = None) -> None:
    """Durable when this returns; the same occasion again is a repeat. Raises ValidationError: the premises have no
    device in use, or the disk does not take it."""
    panel = speaker(site.id)
    if panel is None:
        raise ValidationError(
            _("These premises have no device in use, so the desk cannot be told. Call the desk, or 113.")
        )
    try:
        tell_lapses([Lapse(panel.id, code.value, turn, occasion, facts or {})], JOURNAL_OF_THE_DESK)
    except (OSError, sqlite3.Error) as error:
        reason = _("It could not be kept: %(reason)s. Call the desk, or 113.") % {"reason": error}
        raise ValidationError(reason) from error
