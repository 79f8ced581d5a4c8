"""Reads of evidence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from django.db.models import Q, QuerySet, Sum

from canh.accounts.queries import Viewer, place_filter
from canh.alarms.terms import CloseReason
from canh.incidents import rules_evidence as rules
from canh.incidents import store
from canh.incidents.models import Incident
from canh.incidents.models_evidence import Attachment, EvidenceFile
from canh.kit.dated import table_of


def attachments_visible_to(viewer: Viewer) -> QuerySet[Attachment]:
    """Evidence of cases this person may see: the only door to it."""
    seen = place_filter(viewer, unit="incident__site__unit", area="incident__site__area")
    return Attachment.objects.filter(seen).select_related("incident__site", "added_by", "locked_by", "removed_by")


def attachments_of(incident_id: int) -> QuerySet[Attachment]:
    """All of a case, those removed too, in the order they were added."""
    found = Attachment.objects.filter(incident=incident_id).order_by("id")
    return found.select_related("added_by", "locked_by", "removed_by")


def present_count(incident_id: int) -> int:
    return Attachment.objects.filter(incident=incident_id, removed_at__isnull=True).count()


@cache
def limits(day: date) -> rules.Limits:
    """What holds on a day. Raises ValueError for a table that forgets an outcome."""
    table = table_of("incidents", "evidence.toml", day)
    if set(table["kept_years"]) != set(CloseReason.values):
        raise ValueError("evidence.toml: every outcome needs its years")
    return rules.Limits(
        largest=table["largest_bytes"],
        of_case=table["case_bytes"],
        of_all=table["quota_bytes"],
        removed_kept=timedelta(days=table["removed_kept_days"]),
        kept=dict(table["kept_years"]),
    )


def bytes_of_case(incident_id: int) -> int:
    found = Attachment.objects.filter(incident=incident_id, removed_at__isnull=True)
    return int(found.aggregate(sum=Sum("size"))["sum"] or 0)


def bytes_of_all() -> int:
    return int(EvidenceFile.objects.aggregate(sum=Sum("size"))["sum"] or 0)


def incident_labelled(label: str) -> Incident | None:
    """The case people call `2026-0042`; None for what is no such label or no case of this node."""
    year, _dash, number = label.strip().partition("-")
    if not (year.isascii() and year.isdecimal() and number.isascii() and number.isdecimal()) or len(label) > 20:
        return None
    found = Incident.objects.filter(year=int(year), number=int(number)).order_by("node")
    return found.select_related("site", "closed_by").first()


def past_retention(cutoffs: dict[str, datetime], limit: int) -> list[int]:
    """Ids of what is kept longer than it must be and is not locked; at most `limit`."""
    due = Q(pk__in=[])
    for outcome, moment in cutoffs.items():
        due |= Q(incident__outcome=outcome, incident__closed_at__lt=moment)
    found = Attachment.objects.filter(due, removed_at__isnull=True, locked_at__isnull=True)
    return list(found.order_by("id").values_list("id", flat=True)[:limit])


def to_collect(removed_before: datetime, limit: int) -> list[int]:
    """Ids of what was removed before a moment and still holds its file; at most `limit`."""
    found = Attachment.objects.filter(removed_at__lt=removed_before, file__isnull=False, locked_at__isnull=True)
    return list(found.order_by("removed_at").values_list("id", flat=True)[:limit])


def unclaimed(limit: int) -> list[str]:
    """Hashes of files to which nothing refers any more; at most `limit`."""
    found = EvidenceFile.objects.filter(attachments__isnull=True)
    return list(found.order_by("sha256").values_list("sha256", flat=True)[:limit])


def known_among(names: Collection[str]) -> set[str]:
    """Those of these hashes that have a row."""
    return set(EvidenceFile.objects.filter(sha256__in=names).values_list("sha256", flat=True))


def file_of(attachment: Attachment) -> Path | None:
    """Its file; None when it was collected or is not there."""
    if attachment.file_id is None:
        return None
    path = store.place_of(attachment.file_id)
    return path if path.is_file() else None
