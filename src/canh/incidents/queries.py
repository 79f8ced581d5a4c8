"""Reads of cases."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import Count, F, QuerySet

from canh.accounts.queries import Viewer, place_filter
from canh.incidents.models import Cursor, Incident, IncidentEvent, Member
from canh.incidents.rules import Grouping
from canh.intake.terms import Kind
from canh.kit.dated import table_of

if TYPE_CHECKING:
    from canh.alarms.models import Alarm


def visible_to(viewer: Viewer) -> QuerySet[Incident]:
    """Cases of premises this person may see: the only door to cases."""
    return Incident.objects.filter(place_filter(viewer, unit="site__unit", area="site__area"))


def case_of(alarm_id: int) -> Incident | None:
    """The case an alarm belongs to."""
    return Incident.objects.filter(members__alarm=alarm_id).select_related("site__unit", "closed_by").first()


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


def cases(viewer: Viewer) -> QuerySet[Incident]:
    """Cases as a list shows them: open ones first, then the newest."""
    found = visible_to(viewer).select_related("site__area", "closed_by").annotate(alarms=Count("members"))
    return found.order_by(F("closed_at").asc(nulls_first=True), "-opened_at", "-id")


def case_in_full(viewer: Viewer, incident_id: int) -> Incident | None:
    """A case this person may see, with what its page needs."""
    found = visible_to(viewer).select_related("site__unit", "site__area", "closed_by")
    return found.filter(id=incident_id).first()


def alarms_in(incident: Incident) -> list[Alarm]:
    """The alarms of a case, in the order in which they came."""
    found = Member.objects.filter(incident=incident).select_related(
        "alarm__site", "alarm__first_signal", "alarm__acknowledged_by")  # fmt: skip
    return [member.alarm for member in found.order_by("alarm__received_at", "alarm")]


def events_of(incident: Incident) -> QuerySet[IncidentEvent]:
    return incident.events.select_related("actor").order_by("at", "id")
