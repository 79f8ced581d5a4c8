"""Reads of opening hours: the schedule of premises, their exceptions, and how strictly they are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from canh.kit import clock
from canh.kit.workdays import Calendar, Off, Worked, vietnam
from canh.sites.models import HoursRule, OpeningException, OpeningHours, Site
from canh.sites.rules_hours import Exceptional, Expected, Hours, Schedule
from canh.sites.terms import KEEP_MONEY, USUAL_GRACE, USUAL_GRACE_ELSE

AHEAD = timedelta(days=60)


def usual_rule(site_id: int, kind: str) -> HoursRule:
    """What holds where nobody said otherwise; not written."""
    late, early = USUAL_GRACE.get(kind, USUAL_GRACE_ELSE)
    return HoursRule(site_id=site_id, late_min=late, early_min=early, changed_at=clock.from_us(0))


def rules_of(site_ids: Collection[int]) -> dict[int, HoursRule]:
    """How each of these premises opens and closes, those nobody said anything of too."""
    found = {rule.site_id: rule for rule in HoursRule.objects.filter(site__in=site_ids)}
    missing = [site for site in site_ids if site not in found]
    kinds = Site.objects.filter(id__in=missing).values_list("id", "kind") if missing else []
    return {**found, **{site: usual_rule(site, kind) for site, kind in kinds}}


def schedules(site_ids: Collection[int]) -> dict[int, Schedule]:
    """The schedules of those of these premises that have hours, or days on which they open."""
    weekly: dict[int, list[Hours]] = {}
    for h in OpeningHours.objects.filter(site__in=site_ids).order_by("weekday", "opens"):
        weekly.setdefault(h.site_id, []).append(Hours(h.weekday, h.opens, h.closes, h.is_overnight))
    exceptions: dict[int, list[Exceptional]] = {}
    for e in OpeningException.objects.filter(site__in=site_ids).order_by("first", "id"):
        exceptions.setdefault(e.site_id, []).append(Exceptional(e.first, e.last, e.opens, e.closes, e.reason))
    rules = rules_of([site for site in site_ids if site in weekly or site in exceptions])
    return {site: _schedule(rule, weekly.get(site, ()), exceptions.get(site, ())) for site, rule in rules.items()}


def _schedule(rule: HoursRule, weekly: Iterable[Hours], exceptions: Iterable[Exceptional]) -> Schedule:
    late_opening = rule.late_opening_min
    return Schedule(
        weekly=tuple(weekly),
        exceptions=tuple(exceptions),
        calendar=vietnam() if rule.keeps_holidays else Calendar(),
        late=timedelta(minutes=rule.late_min),
        early=timedelta(minutes=rule.early_min),
        late_opening=None if late_opening is None else timedelta(minutes=late_opening),
    )


def expected(site_id: int, moment: datetime) -> Expected | None:
    """What premises should be at a moment; None: nobody stated their hours."""
    schedule = schedules([site_id]).get(site_id)
    return schedule.expected(timezone.localtime(moment)) if schedule else None


def sites_with_hours() -> QuerySet[Site]:
    """Working premises of which somebody stated hours."""
    stated = OpeningHours.objects.filter(site=OuterRef("pk"))
    excepted = OpeningException.objects.filter(site=OuterRef("pk"))
    return Site.objects.filter(Exists(stated) | Exists(excepted), closed_at__isnull=True)


def changed_after(moment: datetime, limit: int) -> list[tuple[int, datetime]]:
    """Premises whose hours changed after a moment, and when; the oldest change first."""
    found = HoursRule.objects.filter(changed_at__gt=moment).order_by("changed_at", "site")
    return list(found.values_list("site", "changed_at")[:limit])


def keep_money(site_ids: Collection[int]) -> set[int]:
    """Those of these premises whose opening outside hours is always told."""
    return set(Site.objects.filter(id__in=site_ids, kind__in=sorted(KEEP_MONEY)).values_list("id", flat=True))


def days_ahead(today: date) -> list[tuple[date, Off | Worked]]:
    """Holidays and days worked instead that come soon, for the page of the hours."""
    calendar, last = vietnam(), today + AHEAD
    found: list[tuple[date, Off | Worked]] = [*calendar.off.items(), *calendar.worked.items()]
    return sorted(((day, what) for day, what in found if today <= day <= last), key=lambda one: one[0])
