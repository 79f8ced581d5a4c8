"""Changes of people, units and areas."""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from canh.accounts import queries, rules
from canh.accounts.models import Area, Assignment, LoginFailure, Unit, User
from canh.accounts.terms import Role
from canh.audit.actions import record
from canh.kit import clock, crypto

USERNAME = RegexValidator(r"^[a-z0-9._-]{2,60}$")


class AlreadyFounded(Exception):
    """The installation has people already; only its administrators add more."""


class MustWait(Exception):
    """Too many failed sign-ins; try again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def add_unit(
    *, actor_id: int | None, name: str, kind: str, parent: Unit | None = None, since: date | None = None
) -> Unit:
    unit = Unit(name=name, kind=kind, parent=parent, valid_from=since or clock.now().date())
    with transaction.atomic():
        unit.full_clean(exclude=["path"])
        unit.save(force_insert=True)
        record(actor_id, "unit.add", f"unit:{unit.id}", {"parent": parent.id if parent else None, "kind": kind})
    return unit


def add_area(
    *,
    actor_id: int | None,
    name: str,
    kind: str,
    parent: Area | None = None,
    since: date | None = None,
    **more: Any,
) -> Area:
    """`more`: code, lat, lon, polygon, valid_to."""
    area = Area(name=name, kind=kind, parent=parent, valid_from=since or clock.now().date(), **more)
    with transaction.atomic():
        area.full_clean(exclude=["path"])
        area.save(force_insert=True)
        record(actor_id, "area.add", f"area:{area.id}", {"parent": parent.id if parent else None, "kind": kind})
    return area


def add_areas_of_hanoi(
    tell: Callable[[int, int], None] = lambda done, of: None, actor_id: int | None = None
) -> dict[str, Area]:
    """The city and its 126 wards and communes since 2025-07-01, by the state's number, as centre
    points; adds those that are missing. One transaction. `tell(done, of)` hears of the progress."""
    data = tomllib.loads(files("canh.accounts").joinpath("data/hanoi_areas.toml").read_text(encoding="utf-8"))
    with transaction.atomic():
        found = {area.code: area for area in queries.areas_now() if area.code}
        city = found.get(data["city"]["code"]) or _add_row({**data["city"], "kind": "city"}, None, actor_id)
        found[city.code] = city
        rows = data["areas"]["rows"]
        for done, row in enumerate(rows, start=1):
            if row["code"] not in found:
                found[row["code"]] = _add_row({**row, "valid_from": data["areas"]["valid_from"]}, city, actor_id)
            tell(done, len(rows))
    return found


def _add_row(row: dict[str, Any], parent: Area | None, actor_id: int | None) -> Area:
    return add_area(actor_id=actor_id, parent=parent, since=row.pop("valid_from"), **row)


def add_user(*, actor_id: int | None, username: str, full_name: str, password: str | None, **more: Any) -> User:
    """Register a person. `password` None: cannot sign in with one. Raises ValidationError."""
    user = User(username=username.strip().lower(), full_name=full_name.strip(), **more)
    try:
        USERNAME(user.username)
    except ValidationError:
        raise ValidationError(
            {"username": _("Use 2 to 60 small letters without marks, digits, dots or dashes.")}
        ) from None
    if queries.user_by_name(user.username):
        raise ValidationError({"username": _("This user name is taken; choose another.")})
    if password is not None:
        _check_password(password, user)
    user.password = make_password(password)
    with transaction.atomic():
        user.full_clean(exclude=["password"])
        user.save(force_insert=True)
        record(actor_id, "user.add", f"user:{user.id}", {})
    return user


def found(*, username: str, full_name: str, password: str) -> User:
    """The first administrator of an installation without people. They also head security of what the command line
    entered before, or its alarms would stand on a desk that nobody may work. Raises AlreadyFounded, ValidationError."""
    with transaction.atomic():  # taken before the look, so that of two founders one comes too late
        if not queries.is_empty():
            raise AlreadyFounded
        user = add_user(actor_id=None, username=username, full_name=full_name, password=password)
        assign(actor_id=user.id, user=user, role=Role.ADMINISTRATOR)
        for unit in queries.units_now().filter(parent=None):
            assign(actor_id=user.id, user=user, role=Role.SECURITY_HEAD, unit=unit)
    return user


def rename_unit(unit: Unit, name: str, *, actor_id: int) -> Unit:
    """Raises ValidationError."""
    unit.name = name.strip()
    with transaction.atomic():
        unit.full_clean(exclude=["path"])
        unit.save()
        record(actor_id, "unit.rename", f"unit:{unit.id}", {})
    return unit


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error


def set_password(user: User, password: str, *, actor_id: int | None) -> None:
    """Raises ValidationError for a weak one."""
    _check_password(password, user)
    user.password = make_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        record(actor_id, "user.password", f"user:{user.id}", {})


def assign(
    *, actor_id: int | None, user: User, role: Role, unit: Unit | None = None, area: Area | None = None
) -> Assignment:
    """Give a role from now on. Raises ValidationError."""
    if role == Role.ADMINISTRATOR and (unit or area):
        # Who may give roles could give themselves the rest: a limited administrator would only seem limited.
        raise ValidationError({"unit": _("An administrator is one for everything: leave unit and area empty.")})
    assignment = Assignment(user=user, role=role, unit=unit, area=area, valid_from=clock.now())
    with transaction.atomic():
        assignment.full_clean()
        assignment.save(force_insert=True)
        place = {"unit": unit.id if unit else None, "area": area.id if area else None}
        record(actor_id, "assignment.add", f"user:{user.id}", {"role": str(role), **place})
    return assignment


def end_assignment(assignment: Assignment, *, actor_id: int) -> None:
    """Raises ValidationError for the last administrator: nobody could give the role back."""
    with transaction.atomic():
        if assignment.role == Role.ADMINISTRATOR:
            _keep_an_administrator(without_assignment=assignment.id)
        assignment.valid_to = clock.now()
        assignment.save(update_fields=["valid_to"])
        record(actor_id, "assignment.end", f"user:{assignment.user_id}", {"role": assignment.role})


def set_active(user: User, is_active: bool, *, actor_id: int) -> None:
    """Raises ValidationError for the last administrator."""
    with transaction.atomic():
        if not is_active:
            _keep_an_administrator(without_user=user.id)
        user.is_active = is_active
        user.save(update_fields=["is_active"])
        record(actor_id, "user.enable" if is_active else "user.disable", f"user:{user.id}", {})


def _keep_an_administrator(*, without_assignment: int = 0, without_user: int = 0) -> None:
    left = queries.administrators().exclude(id=without_assignment).exclude(user=without_user)
    if not left.exists():
        raise ValidationError(_("This is the last administrator who can sign in. Name another one first."))


def set_preferences(user: User, **changes: str) -> None:
    """Language and theme: a person's own taste, not worth an audit line."""
    for name, value in changes.items():
        setattr(user, name, value)
    with transaction.atomic():
        user.save(update_fields=list(changes))


def sign_in(username: str, password: str, address: str) -> User | None:
    """The person, or None for a wrong name or password. Raises MustWait.

    The try is counted before the password is looked at, so that forty at once are not forty free
    ones. A wrong name costs the same hashing as a wrong password: names cannot be probed by time.
    """
    by_name, by_address = _key("name", username.strip().lower()), _key("address", address)
    tries = _claim_try(by_name, by_address)
    user = queries.user_by_name(username)
    is_right = check_password(password, user.password if user else _nobodys_password())
    with transaction.atomic():
        if user is None or not is_right or not user.is_active:
            record(None, "user.sign_in_failed", f"user:{user.id if user else 0}", {})
            return None
        user.last_login = clock.now()
        user.save(update_fields=["last_login"])
        LoginFailure.objects.filter(Q(key=by_name) | Q(id__in=tries)).delete()
        record(user.id, "user.sign_in", f"user:{user.id}", {})
    return user


def enter_drill(user: User) -> None:
    """Note that somebody came in as a demonstration person without a password."""
    with transaction.atomic():
        record(user.id, "user.enter_drill", f"user:{user.id}", {})


@cache
def _nobodys_password() -> str:
    return make_password("nobody")


def _claim_try(by_name: str, by_address: str) -> list[int]:
    """Count one more try, if it is allowed now. Returns the rows to take back after a success."""
    now = clock.now()
    with transaction.atomic():
        failures = queries.failures_since([by_name, by_address], now - rules.WINDOW)
        wait = max(
            rules.wait_s([at for k, at in failures if k == by_name], rules.FREE_BY_NAME, now),
            rules.wait_s([at for k, at in failures if k == by_address], rules.FREE_BY_ADDRESS, now),
        )
        if wait:
            raise MustWait(wait)
        LoginFailure.objects.filter(at__lt=now - rules.WINDOW).delete()
        return [LoginFailure.objects.create(key=key, at=now).id for key in (by_name, by_address)]


def _key(kind: str, value: str) -> str:
    return hmac.new(crypto.django_secret().encode(), f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
