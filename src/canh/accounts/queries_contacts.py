"""Reads of contact methods, and of who cannot be reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from canh.accounts import rules_contacts as rules
from canh.accounts.models import Assignment, User
from canh.accounts.models_contacts import ContactMethod
from canh.accounts.queries import Viewer, place_filter
from canh.accounts.terms import CALLED, Reach
from canh.channels.queries import channels_on
from canh.channels.terms import OutcomeState
from canh.kit import clock, dated


@dataclass(frozen=True, slots=True)
class Method:
    """A way to a person, and how far it can be relied on."""

    id: int
    user_id: int
    kind: str
    address: str
    order: int
    reach: Reach


@cache
def test_table(day: date) -> rules.TestTable:
    table: dict[str, Any] = dated.table_of("accounts", "contacts.toml", day)
    return rules.TestTable(
        retest=timedelta(days=table["retest_days"]), grace=timedelta(days=table["grace_days"]),
        again=timedelta(hours=table["again_hours"]), code_holds=timedelta(hours=table["code_hours"]),
        between=timedelta(seconds=table["between_s"]), code_tries=table["code_tries"],
        methods_most=table["methods_most"],
    )  # fmt: skip


def methods_of(user_ids: Iterable[int]) -> dict[int, list[Method]]:
    """The methods of each of these people in the order in which they are tried, working or not; who has none has an
    empty list. People who are shut out are nobody's to call: they have none. Two queries."""
    found: dict[int, list[Method]] = {user_id: [] for user_id in user_ids}
    now, on = clock.now(), channels_on()
    rows = ContactMethod.objects.filter(user_id__in=found, user__is_active=True).order_by("order", "id")
    for row in rows:
        reach = reach_of(row, now, on)
        found[row.user_id].append(Method(row.id, row.user_id, row.kind, row.address, row.order, reach))
    return found


def reach_of(row: ContactMethod, now: datetime, on: set[str]) -> Reach:
    facts = rules.MethodFacts(row.kind, row.verified_at, row.last_result)
    return rules.reach_of(facts, now, test_table(now.date()), on)


def own_methods(user: User) -> QuerySet[ContactMethod]:
    """What a person may see and change: their own."""
    return ContactMethod.objects.filter(user=user).order_by("order", "id")


def unreachable(viewer: Viewer, at: datetime | None = None) -> QuerySet[User]:
    """People whom the viewer answers for, who may be called in an emergency and have no method that works."""
    now = at or clock.now()
    works = ContactMethod.objects.filter(
        user=OuterRef("pk"), kind__in=channels_on(), verified_at__gte=now - test_table(now.date()).holds
    ).exclude(last_result=OutcomeState.FAILED)
    return called_people(viewer, now).filter(~Exists(works))


def called_people(viewer: Viewer, at: datetime | None = None) -> QuerySet[User]:
    """People whom the viewer answers for and who may be called in an emergency."""
    now = at or clock.now()
    theirs = Assignment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=now), place_filter(viewer, unit="unit", area="area"),
        user=OuterRef("pk"), role__in=CALLED, valid_from__lte=now,
    )  # fmt: skip
    return User.objects.filter(Exists(theirs), is_active=True).order_by("folded", "id")


def due_methods(now: datetime) -> QuerySet[ContactMethod]:
    """To be tested by themselves: of people who can sign in, on channels that are set up."""
    found = ContactMethod.objects.filter(due_at__lte=now, user__is_active=True, kind__in=channels_on())
    return found.select_related("user").order_by("due_at")
