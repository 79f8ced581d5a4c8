"""Entering who is on duty, by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.audit.actions import record
from canh.guards.models import Duty
from canh.kit import clock

if TYPE_CHECKING:
    from canh.accounts.models import Unit, User
    from canh.sites.models import Site

LONGEST = timedelta(days=7)
"""Whoever writes more has mistyped a date; on call for weeks is written week by week."""
MOST_WEEKS = 12


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is on duty: one of the two."""

    site: Site | None = None
    unit: Unit | None = None


def add_duty(
    place: Place, person: User, kind: str, starts_at: datetime, ends_at: datetime, *, by: User, note: str = "",
    weeks: int = 0,
) -> list[Duty]:  # fmt: skip
    """Write down a duty, and the same in each of the `weeks` that follow. All or none. Raises ValidationError."""
    _check(person, starts_at, ends_at, weeks)
    spans = [(starts_at + timedelta(weeks=n), ends_at + timedelta(weeks=n)) for n in range(weeks + 1)]
    with transaction.atomic():
        for begin, end in spans:
            _refuse_twice(place, person, begin, end)
        made = [
            Duty(user=person, site=place.site, unit=place.unit, kind=kind, starts_at=begin, ends_at=end, note=note,
                 made_by=by)
            for begin, end in spans
        ]  # fmt: skip
        for duty in made:
            duty.full_clean(exclude=["user", "site", "unit", "made_by", "removed_at"])
            duty.save()
        where = f"site:{place.site.id}" if place.site else f"unit:{place.unit.id if place.unit else 0}"
        record(by.id, "duty.add", where, {"user": person.id, "kind": kind, "duties": [d.id for d in made]})
    return made


def _check(person: User, starts_at: datetime, ends_at: datetime, weeks: int) -> None:
    if not person.is_active:
        raise ValidationError({"person": _("This person is shut out; let them in again first.")})
    if ends_at <= starts_at:
        raise ValidationError({"ends_at": _("The end must be after the begin.")})
    if ends_at - starts_at > LONGEST:
        raise ValidationError({"ends_at": _("Longer than a week: check the dates, or write it week by week.")})
    if ends_at <= clock.now():
        raise ValidationError({"ends_at": _("This is over already.")})
    if not 0 <= weeks <= MOST_WEEKS:
        raise ValidationError({"weeks": _("At most twelve weeks ahead.")})


def _refuse_twice(place: Place, person: User, begin: datetime, end: datetime) -> None:
    """The same person twice at one place and time is a slip; at two places it may be meant."""
    there = Duty.objects.filter(user=person, site=place.site, unit=place.unit, removed_at__isnull=True)
    if there.filter(starts_at__lt=end, ends_at__gt=begin).exists():
        raise ValidationError({"person": _("This person is on duty there at that time already.")})


def remove_duty(duty: Duty, *, by: User) -> None:
    """Take it back. What has begun ends now, and stays known; harmless when it is gone."""
    now = clock.now()
    with transaction.atomic():
        rows = Duty.objects.filter(id=duty.id, removed_at__isnull=True, ends_at__gt=now)
        gone = rows.filter(starts_at__lt=now).update(ends_at=now) or rows.update(removed_at=now)
        if gone:
            record(by.id, "duty.remove", f"duty:{duty.id}", {"user": duty.user_id})
