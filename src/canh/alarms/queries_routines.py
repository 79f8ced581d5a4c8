"""Reads of routines: what premises ask for, who may answer, what runs now, who is expected."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q, QuerySet

from canh.accounts.queries import Viewer
from canh.alarms.models_routines import CashCount, Clear, CrewVisit, Holder, Routine, RoutineRule, VaultWindow
from canh.alarms.rules_routines import Clear as ClearGiven
from canh.alarms.rules_routines import RoutineTable, Visit, Window
from canh.kit.dated import table_of
from canh.sites import queries as sites
from canh.sites.terms import ZoneUse

if TYPE_CHECKING:
    from canh.sites.models import Site


@cache
def routine_table(day: date) -> RoutineTable:
    """The figures that hold on a day."""
    table = table_of("alarms", "routines.toml", day)
    seconds = ("all_clear", "before", "vault_second", "after_waking", "wrong_window", "crew_grace")
    return RoutineTable(
        **{name: timedelta(seconds=table[f"{name}_s"]) for name in seconds}, wrong_codes=table["wrong_codes"]
    )


def visible_to(viewer: Viewer) -> QuerySet[Site]:
    """Working premises with routines that this person may see: the only door to all of this."""
    asking = Q(routine__asks_all_clear=True) | Q(routine__asks_vault_second=True) | Q(vault_windows__isnull=False)
    expecting = Q(crew_visits__isnull=False) | Q(routine__cash_limit__isnull=False)
    found = sites.visible_to(viewer).filter(asking | expecting, closed_at__isnull=True).distinct()
    running = Routine.objects.filter(ended_at__isnull=True).select_related("given_by").order_by("opened_at")
    return found.select_related("routine").prefetch_related(Prefetch("routines", running, to_attr="running"))


def rule_of(site_id: int) -> RoutineRule:
    """What premises ask for; where nobody said so, nothing."""
    return RoutineRule.objects.filter(site=site_id).first() or RoutineRule(site_id=site_id)


def rules_of(site_ids: Collection[int]) -> dict[int, RoutineRule]:
    return RoutineRule.objects.in_bulk(list(site_ids))


def holders(site_id: int) -> QuerySet[Holder]:
    """Who has a code now."""
    return Holder.objects.filter(site=site_id, removed_at__isnull=True).order_by("name", "id")


def running(site_id: int) -> QuerySet[Routine]:
    """What premises are asked for now."""
    found = Routine.objects.filter(site=site_id, ended_at__isnull=True)
    return found.select_related("given_by").order_by("opened_at")


def lately(site_id: int, count: int) -> QuerySet[Routine]:
    """The last openings, newest first."""
    return Routine.objects.filter(site=site_id).select_related("given_by").order_by("-opened_at", "-id")[:count]


def clears_since(site_ids: Collection[int], since: datetime) -> dict[int, list[ClearGiven]]:
    """Codes given at premises, oldest first."""
    rows = Clear.objects.filter(site__in=site_ids, at__gte=since).order_by("at", "id")
    found: dict[int, list[ClearGiven]] = {}
    for site, holder, number, at, kind in rows.values_list("site", "holder", "holder__user_number", "at", "kind"):
        found.setdefault(site, []).append(ClearGiven(holder, number, at, kind))
    return found


def windows_of(site_ids: Collection[int]) -> dict[int, list[Window]]:
    found: dict[int, list[Window]] = {}
    rows = VaultWindow.objects.filter(site__in=site_ids).order_by("weekday", "opens")
    for site, weekday, opens, closes in rows.values_list("site", "weekday", "opens", "closes"):
        found.setdefault(site, []).append(Window(weekday, opens, closes))
    return found


def vault_partitions(panel_ids: Collection[int]) -> set[tuple[int, str]]:
    """Partitions in which every zone is a vault's: to disarm one is to open the vault."""
    uses: dict[tuple[int, str], set[str]] = {}
    for panel, partition, use in sites.zone_uses(panel_ids):
        uses.setdefault((panel, str(partition)), set()).add(use)
    return {place for place, found in uses.items() if found == {ZoneUse.VAULT}}


def last_count(site_id: int) -> CashCount | None:
    """When cash was counted last, and whether it was too much."""
    return CashCount.objects.filter(site=site_id).select_related("by").order_by("-at", "-id").first()


def is_cash_over(site_id: int) -> bool:
    found = last_count(site_id)
    return found is not None and found.is_over


def visits(site_id: int, now: datetime, count: int = 50) -> QuerySet[CrewVisit]:
    """Crews that are still expected or came within the last day."""
    found = CrewVisit.objects.filter(site=site_id, cancelled_at__isnull=True, until_at__gt=now - timedelta(days=1))
    return found.select_related("confirmed_by").order_by("from_at", "id")[:count]


def visit(site_id: int, visit_id: int) -> CrewVisit | None:
    return CrewVisit.objects.filter(site=site_id, id=visit_id).first()


def vault_windows(site_id: int) -> QuerySet[VaultWindow]:
    """When the vault may be opened, as the week goes."""
    return VaultWindow.objects.filter(site=site_id).order_by("weekday", "opens")


def announced(site_id: int, plate: str) -> list[Visit]:
    """Visits of a vehicle that nobody confirmed yet."""
    found = CrewVisit.objects.filter(site=site_id, plate=plate, came_at__isnull=True, cancelled_at__isnull=True)
    return [Visit(*one) for one in found.values_list("id", "plate", "from_at", "until_at")]
