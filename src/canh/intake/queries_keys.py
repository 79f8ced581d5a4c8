"""Which panels have proven their present key, and which will be cut off when the old one ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from canh.intake.models import Path
from canh.kit import clock

if TYPE_CHECKING:
    from canh.sites.models import Panel

OLD_KEY = "old_key"
"""The word of a dialect that a message of the key before has."""


def with_proof(panels: QuerySet[Panel]) -> QuerySet[Panel]:
    """Each panel with `is_proven`: something of it was heard since its present key was set, and under that one."""
    heard = Path.objects.filter(panel=OuterRef("pk"), heard_at__gte=OuterRef("key_set_at"))
    return panels.annotate(is_proven=Exists(heard.exclude(dialect__contains=OLD_KEY)))


def unproven(panels: QuerySet[Panel]) -> QuerySet[Panel]:
    """Panels with a key that has not been heard yet, the soonest to be cut off first."""
    waiting = with_proof(panels.filter(key_sealed__isnull=False)).filter(Q(is_proven=False))
    return waiting.order_by(F("old_key_until").asc(nulls_last=True), "account")


def rotating(panels: QuerySet[Panel]) -> QuerySet[Panel]:
    """Panels whose old key is still accepted."""
    return with_proof(panels).filter(old_key_until__gt=clock.now()).order_by("old_key_until", "account")


def cut_off(panels: QuerySet[Panel]) -> QuerySet[Panel]:
    """The old key has ended and nothing was heard under the new one: what they send cannot be read."""
    ended = Q(old_key_until__lte=clock.now()) | Q(old_key_until__isnull=True)
    spoke = Exists(Path.objects.filter(panel=OuterRef("pk"), heard_at__lt=OuterRef("key_set_at")))
    return unproven(panels).filter(ended, spoke)
