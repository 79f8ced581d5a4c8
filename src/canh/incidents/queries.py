"""Reads of cases."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

from django.db.models import QuerySet

from canh.accounts.queries import Viewer, place_filter
from canh.incidents.models import Cursor, Incident, Member
from canh.incidents.rules import Grouping
from canh.intake.terms import Kind
from canh.kit.dated import table_of


def visible_to(viewer: Viewer) -> QuerySet[Incident]:
    """Cases of premises this person may see: the only door to cases."""
    return Incident.objects.filter(place_filter(viewer, unit="site__unit", area="site__area"))


def case_of(alarm_id: int) -> Incident | None:
    """The case an alarm belongs to."""
    return Incident.objects.filter(members__alarm=alarm_id).select_related("site", "closed_by").first()


@cache
def grouping(day: date) -> Grouping:
    """The grouping table that holds on a day."""
    table = table_of("incidents", "grouping.toml", day)
    return Grouping(
        window=timedelta(seconds=table["window_s"]),
        longest=timedelta(seconds=table["longest_s"]),
        opens=tuple(map(Kind, table["opens"])),
        joins=frozenset(map(Kind, table["joins"])),
        never=frozenset(table["never"]),
    )


def cursor() -> tuple[int, int]:
    """Up to which change of an alarm cases are made: revision, alarm id."""
    return Cursor.objects.values_list("revision", "alarm").first() or (0, 0)


def members_among(alarm_ids: Collection[int]) -> set[int]:
    """Those of these alarms that belong to a case."""
    return set(Member.objects.filter(alarm__in=alarm_ids).values_list("alarm_id", flat=True))


def open_by_site(site_ids: Collection[int]) -> dict[tuple[int, bool], Incident]:
    """(site id, drill or not) -> its newest open case, held until the transaction ends."""
    found = Incident.objects.filter(site__in=site_ids, closed_at__isnull=True).order_by("opened_at", "id")
    return {(i.site_id, i.is_drill): i for i in found.select_for_update()}
