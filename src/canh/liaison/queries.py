"""Reads of police desks and hand-overs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from canh.accounts.queries import Viewer, place_filter
from canh.alarms.queries_confirmation import finding
from canh.incidents.queries import alarms_in
from canh.kit import clock
from canh.kit.dated import table_of
from canh.liaison import rules
from canh.liaison.models import PoliceDesk, Referral
from canh.liaison.terms import OPEN, DeskKind, ReferralState

if TYPE_CHECKING:
    from canh.alarms.confirmation import Finding
    from canh.alarms.models import Alarm
    from canh.incidents.models import Incident
    from canh.sites.models import Site


@dataclass(frozen=True, slots=True)
class Times:
    receipt: timedelta
    retest: timedelta


@cache
def times(day: date) -> Times:
    table = table_of("liaison", "liaison.toml", day)
    return Times(timedelta(seconds=table["receipt_s"]), timedelta(days=table["retest_days"]))


# -- desks


def desks() -> QuerySet[PoliceDesk]:
    """The directory. It is for everybody who works a desk: whoever needs the police must find them."""
    return PoliceDesk.objects.filter(retired_at__isnull=True).select_related("area", "tested_by").order_by("folded")


def desks_for(site: Site, at: datetime, *, is_urgent: bool, is_drill: bool) -> list[PoliceDesk]:
    """Who is right for these premises at this hour, the best first; in an exercise only who agreed to be called."""
    found = {desk.id: desk for desk in desks() if desk.joins_drills or not is_drill}
    facts = [rules.DeskFacts(d.id, DeskKind(d.kind), d.area_id, d.opens, d.closes) for d in found.values()]
    areas = [int(part) for part in reversed(site.area.path.split("/")) if part] if site.area else []
    local = timezone.localtime(at).time()
    return [found[desk_id] for desk_id in rules.in_order(facts, areas, local, is_urgent=is_urgent)]


def is_tested(desk: PoliceDesk, now: datetime) -> bool:
    return rules.is_tested(desk.tested_at, now, times(now.date()).retest)


def is_open_now(desk: PoliceDesk, now: datetime) -> bool:
    return rules.is_open(desk.opens, desk.closes, timezone.localtime(now).time())


# -- hand-overs


def visible_to(viewer: Viewer) -> QuerySet[Referral]:
    """Hand-overs of cases this person may see: the only door to them."""
    return Referral.objects.filter(place_filter(viewer, unit="incident__site__unit", area="incident__site__area"))


def referrals(viewer: Viewer) -> QuerySet[Referral]:
    """As a list shows them: what nobody has confirmed first, then what is open, then the newest."""
    found = visible_to(viewer).select_related("incident__site__area", "desk", "made_by")
    waits, is_open = Q(state=ReferralState.NEW), Q(state__in=OPEN)
    return found.annotate(waits=waits, is_open=is_open).order_by("-waits", "-is_open", "-made_at", "-id")


def referral_in_full(viewer: Viewer, referral_id: int) -> Referral | None:
    found = visible_to(viewer).select_related("incident__site__unit", "incident__site__area", "desk", "made_by",
                                              "alarm__panel")  # fmt: skip
    return found.filter(id=referral_id).first()


def newest_of(incident_id: int) -> Referral | None:
    """The open hand-over of a case, else the last one."""
    return Referral.objects.filter(incident=incident_id).select_related("desk").order_by("-made_at", "-id").first()


def open_with_code(viewer: Viewer, code: str) -> Referral | None:
    return visible_to(viewer).filter(state__in=OPEN, code=code).select_related("desk").first()


def takes_part(site: Site) -> bool:
    """Whether a police desk that is right for these premises agreed to be called in exercises."""
    return bool(desks_for(site, clock.now(), is_urgent=True, is_drill=True))


def of_panel(panel_id: int) -> Referral | None:
    """The first hand-over of a case whose gravest alarm this panel reported: what an exercise came to."""
    return Referral.objects.filter(alarm__panel=panel_id).order_by("made_at", "id").first()


def overdue(now: datetime, limit: int) -> list[Referral]:
    """Handed over, not confirmed in time, and nobody told yet."""
    found = Referral.objects.filter(state=ReferralState.NEW, overdue_at__isnull=True, due_at__lte=now)
    return list(found.select_related("alarm").order_by("due_at", "id")[:limit])


def ringing_in_vain(limit: int) -> list[Referral]:
    """The desk was told that an answer is missing, and meanwhile there is one."""
    found = Referral.objects.filter(overdue_at__isnull=False).exclude(state=ReferralState.NEW)
    return list(found.select_related("alarm").order_by("id")[:limit])


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a case knows for the police."""

    gravest: Alarm
    finding: Finding | None
    needs_decision: bool
    """Somebody works there, or it is an exercise: a person must have decided that the police are called."""


def case_facts(incident: Incident) -> CaseFacts:
    alarms = alarms_in(incident)
    gravest = min(alarms, key=lambda a: (a.priority, a.received_at))
    return CaseFacts(gravest, finding(gravest), any(a.is_on_test for a in alarms))


def not_retired(desk_id: int) -> PoliceDesk | None:
    return desks().filter(id=desk_id).first()


def in_list_order(found: QuerySet[PoliceDesk]) -> QuerySet[PoliceDesk]:
    """The smallest ground last: the city first, then its wards by name."""
    return found.order_by(F("area__path").asc(nulls_first=True), "folded")
