"""The words of guards."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DutyKind(TextChoices):
    """What somebody on duty is there for."""

    LEADER = "leader", _("Shift leader")
    GUARD = "guard", _("On guard")
    ON_CALL = "on_call", _("On call")


CALL_ORDER = (DutyKind.LEADER, DutyKind.GUARD, DutyKind.ON_CALL)
"""Who is called first: whoever leads the shift, then who stands there, then who must come from home."""
