"""Reads of occupancy."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from canh.accounts.queries import Viewer
from canh.kit import crypto
from canh.kit.dated import table_of
from canh.occupancy import rules
from canh.occupancy.models import Answer, Buttons, Key, KeyLoan, Lockdown, Member, Visit
from canh.occupancy.rules import Table
from canh.occupancy.terms import AnswerKind
from canh.sites import queries as sites
from canh.sites import queries_hours as hours

if TYPE_CHECKING:
    from canh.sites.models import Site

PURPOSE = "staff-link"


@cache
def table(day: date) -> Table:
    found = table_of("occupancy", "occupancy.toml", day)
    return Table(timedelta(hours=found["due_h"]), timedelta(days=found["retention_days"]))


def visible_to(viewer: Viewer) -> QuerySet[Site]:
    """Premises this person may see that keep staff, keys or visitors here, those with a lockdown first; with counts
    `out` (keys) and `inside` (visitors), and `is_locked`."""
    found = sites.visible_to(viewer).filter(closed_at__isnull=True)
    here = [m.objects.filter(site=OuterRef("pk")) for m in (Member, Key, Visit)]
    found = found.filter(Exists(here[0]) | Exists(here[1]) | Exists(here[2]))
    locked = Lockdown.objects.filter(site=OuterRef("pk"), ended_at__isnull=True)
    out = KeyLoan.objects.filter(key__site=OuterRef("pk"), back_at__isnull=True)
    visits = Visit.objects.filter(site=OuterRef("pk"), out_at__isnull=True)
    return found.annotate(
        is_locked=Exists(locked), out=_count(out), inside=_count(visits)
    ).order_by("-is_locked", "folded", "id")  # fmt: skip


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many, for each row of the outer query: a join would multiply one by the other."""
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def due_at(site_id: int, now: datetime) -> datetime:
    """By when what is taken or begun now must be over."""
    found = hours.expected(site_id, now)
    return rules.due_at(now, found.until if found and found.is_open else None, table(now.date()))


# ── Staff ────────────────────────────────────────────────────────────────


def digest_of(secret: str) -> str:
    return crypto.digest(secret, PURPOSE)


def member_by(secret: str) -> Member | None:
    """Whose link this is; nobody's when it was renewed or they no longer work there."""
    found = Member.objects.filter(digest=digest_of(secret), removed_at__isnull=True, site__closed_at__isnull=True)
    return found.select_related("site", "site__unit").first()


def members(site_id: int) -> QuerySet[Member]:
    return Member.objects.filter(site=site_id, removed_at__isnull=True).order_by("name", "id")


def buttons(site_id: int) -> Buttons | None:
    return Buttons.objects.filter(site=site_id).select_related("lockdown", "safe").first()


# ── Lockdown ─────────────────────────────────────────────────────────────


def running(site_id: int) -> Lockdown | None:
    found = Lockdown.objects.filter(site=site_id, ended_at__isnull=True)
    return found.select_related("site", "started_by", "started_member").first()


def lockdowns(site_id: int) -> QuerySet[Lockdown]:
    found = Lockdown.objects.filter(site=site_id).order_by("-started_at", "-id")
    return found.select_related("started_by", "started_member", "ended_by", "ended_member")


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody on the roll."""

    member: Member | None
    visit: Visit | None
    answer: Answer | None

    @property
    def name(self) -> str:
        return self.member.name if self.member else self.visit.name if self.visit else ""

    @property
    def where(self) -> str:
        return self.member.place if self.member else self.visit.company if self.visit else ""


@dataclass(frozen=True, slots=True)
class RollCall:
    """How a lockdown stands: everybody who may be inside, by what was heard of them."""

    missing: list[Called]
    help: list[Called]
    safe: list[Called]
    away: list[Called]
    others: int
    """How many more people the safe ones have with them."""

    @property
    def total(self) -> int:
        return len(self.missing) + len(self.help) + len(self.safe) + len(self.away)

    @property
    def is_complete(self) -> bool:
        return not self.missing and not self.help


def roll_call(lockdown: Lockdown) -> RollCall:
    """Who has answered and who has not. Three queries."""
    here = Q(site=lockdown.site_id)
    staff, inside = (
        Q(removed_at__isnull=True) | Q(removed_at__gt=lockdown.started_at),
        Q(out_at__isnull=True) | Q(out_at__gt=lockdown.started_at),
    )
    if lockdown.ended_at:
        staff, inside = staff & Q(added_at__lte=lockdown.ended_at), inside & Q(in_at__lte=lockdown.ended_at)
    people = {m.id: Called(m, None, None) for m in Member.objects.filter(here & staff).order_by("name", "id")}
    people |= {v.id: Called(None, v, None) for v in Visit.objects.filter(here & inside).order_by("in_at", "id")}
    last = {a.member_id or a.visit_id or 0: a for a in lockdown.answers.select_related("by").order_by("id")}
    found = rules.roll(list(people), {who: answer.kind for who, answer in last.items()})

    def called(ids: Iterable[int]) -> list[Called]:
        return [replace(people[one], answer=last.get(one)) for one in ids]

    others = sum(a.people for who, a in last.items() if who in people and a.kind != AnswerKind.AWAY)
    return RollCall(called(found.missing), called(found.help), called(found.safe), called(found.away), others)


def last_answer(lockdown: Lockdown, member: Member) -> Answer | None:
    return Answer.objects.filter(lockdown=lockdown, member=member).order_by("-id").first()


# ── Visitors and keys ────────────────────────────────────────────────────


def inside(site_id: int) -> QuerySet[Visit]:
    """Visitors who have not left, who came first in front."""
    return Visit.objects.filter(site=site_id, out_at__isnull=True).select_related("in_by").order_by("in_at", "id")


def visits(site_id: int) -> QuerySet[Visit]:
    return Visit.objects.filter(site=site_id).select_related("in_by", "out_by").order_by("-in_at", "-id")


def visits_of(site_ids: Collection[int], since: datetime) -> QuerySet[Visit]:
    found = Visit.objects.filter(site__in=site_ids, in_at__gte=since).select_related("site", "in_by", "out_by")
    return found.order_by("in_at", "id")


def keys(site_id: int) -> QuerySet[Key]:
    return Key.objects.filter(site=site_id, retired_at__isnull=True).order_by("label", "id")


def loans_out(site_id: int) -> dict[int, KeyLoan]:
    """Key -> in whose hands it is."""
    found = KeyLoan.objects.filter(key__site=site_id, back_at__isnull=True).select_related("out_by", "key")
    return {loan.key_id: loan for loan in found}


def loans(site_id: int) -> QuerySet[KeyLoan]:
    found = KeyLoan.objects.filter(key__site=site_id).select_related("key", "out_by", "back_by")
    return found.order_by("-out_at", "-id")
