"""Reads of people, units and areas; and the filter behind every `visible_to`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from canh.accounts.models import Area, Assignment, LoginFailure, Unit, User
from canh.accounts.terms import AreaKind, Role
from canh.kit import clock
from canh.kit.geo import Point, distance_km

EVERYWHERE = frozenset({Role.ADMINISTRATOR, Role.CITY_OFFICE, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person with the places their assignments open at this moment.

    Equal for people who see the same: the live board makes one message for all of them.
    """

    sees_all: bool
    unit_paths: frozenset[str]
    area_paths: frozenset[str]
    roles: frozenset[str]

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)


NOBODY = Viewer(False, frozenset(), frozenset(), frozenset())


def viewer(user: User, at: datetime | None = None, only: Collection[Role] = ()) -> Viewer:
    """What this person may see now. An inactive person sees nothing.

    `only`: what they may see by these roles alone; asked before a change, because who heads security
    here and takes alarms there may change things here only.
    """
    if not user.is_active:
        return NOBODY
    moment = at or clock.now()
    rows = list(
        Assignment.objects.filter(user=user, valid_from__lte=moment)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=moment))
        .values_list("role", "unit__path", "area__path")
    )
    rows = [row for row in rows if not only or row[0] in only]
    return Viewer(
        sees_all=any(role in EVERYWHERE and not unit and not area for role, unit, area in rows),
        unit_paths=frozenset(unit for _role, unit, _area in rows if unit),
        area_paths=frozenset(area for _role, _unit, area in rows if area),
        roles=frozenset(role for role, _unit, _area in rows),
    )


def place_filter(viewer: Viewer, *, unit: str, area: str) -> Q:
    """Rows whose unit or area lies under one of the viewer's. `unit`, `area`: the lookup paths."""
    if viewer.sees_all:
        return Q()
    allowed = Q(pk__in=[])
    for path in viewer.unit_paths:
        allowed |= Q(**{f"{unit}__path__startswith": path})
    for path in viewer.area_paths:
        allowed |= Q(**{f"{area}__path__startswith": path})
    return allowed


def is_empty() -> bool:
    """True before the first administrator exists."""
    return not User.objects.exists()


def user_by_name(username: str) -> User | None:
    return User.objects.filter(username=username.strip().lower()).first()


def people() -> QuerySet[User]:
    return User.objects.order_by("folded").prefetch_related("assignments__unit", "assignments__area")


def administrators(at: datetime | None = None) -> QuerySet[Assignment]:
    """Who may give and take roles now: one row an assignment, of people who can sign in."""
    moment = at or clock.now()
    return (
        Assignment.objects.filter(role=Role.ADMINISTRATOR, unit=None, area=None, user__is_active=True)
        .filter(valid_from__lte=moment)
        .exclude(valid_to__lte=moment)
    )


def units_now(at: datetime | None = None) -> QuerySet[Unit]:
    day = (at or clock.now()).date()
    return Unit.objects.filter(valid_from__lte=day).exclude(valid_to__lte=day).order_by("path")


def units_within(viewer: Viewer) -> QuerySet[Unit]:
    """Present units at or below one of the viewer's."""
    if viewer.sees_all:
        return units_now()
    allowed = Q(pk__in=[])
    for path in viewer.unit_paths:
        allowed |= Q(path__startswith=path)
    return units_now().filter(allowed)


def areas_now(at: datetime | None = None) -> QuerySet[Area]:
    day = (at or clock.now()).date()
    return Area.objects.filter(valid_from__lte=day).exclude(valid_to__lte=day).order_by("path")


def nearest_area(point: Point, within_km: float = 15) -> tuple[Area, float] | None:
    """The ward or commune whose centre is nearest, and how far: a suggestion, not a border."""
    centres = areas_now().filter(lat__isnull=False, kind__in=[AreaKind.WARD, AreaKind.COMMUNE])
    measured = [(area, distance_km(point, (area.lat or 0.0, area.lon or 0.0))) for area in centres]
    found = min(measured, key=lambda pair: pair[1], default=None)
    return found if found and found[1] <= within_km else None


def failures_since(keys: list[str], moment: datetime) -> list[tuple[str, datetime]]:
    return list(LoginFailure.objects.filter(key__in=keys, at__gte=moment).values_list("key", "at"))


def people_with(roles: Collection[Role], *, shares_with: User, at: datetime | None = None) -> QuerySet[User]:
    """Active people who have one of these roles now for ground that `shares_with` has one of them for: the same
    unit or area, one above it or one within it."""
    moment = at or clock.now()
    mine = viewer(shares_with, moment, only=roles)
    valid = Q(role__in=roles, valid_from__lte=moment) & (Q(valid_to__isnull=True) | Q(valid_to__gt=moment))
    place = Q(unit__isnull=True, area__isnull=True)
    for name, paths in (("unit", mine.unit_paths), ("area", mine.area_paths)):
        for path in paths:
            place |= Q(**{f"{name}__path__startswith": path}) | Q(**{f"{name}__path__in": _above(path)})
    found = Assignment.objects.filter(valid) if mine.sees_all else Assignment.objects.filter(valid & place)
    return User.objects.filter(is_active=True, id__in=found.values("user")).order_by("folded")


def _above(path: str) -> list[str]:
    """The paths of everything above: of `/1/5/9/` it is `/1/` and `/1/5/`."""
    parts = path.strip("/").split("/")
    return [f"/{'/'.join(parts[:n])}/" for n in range(1, len(parts))]


@dataclass(frozen=True, slots=True)
class Holder:
    """A person with a role in one unit."""

    user_id: int
    role: Role
    unit_id: int


def holders_in(unit_ids: Collection[int], roles: Collection[Role], at: datetime) -> list[Holder]:
    """Who has one of these roles in exactly these units at a moment, and can sign in. One query."""
    rows = (
        Assignment.objects.filter(unit__in=unit_ids, role__in=roles, user__is_active=True, valid_from__lte=at)
        .exclude(valid_to__lte=at)
        .order_by("valid_from", "id")
        .values_list("user_id", "role", "unit_id")
    )
    return [Holder(user_id, Role(role), unit_id) for user_id, role, unit_id in rows if unit_id is not None]


def people_by_id(ids: Collection[int]) -> dict[int, User]:
    return User.objects.in_bulk(list(ids))
