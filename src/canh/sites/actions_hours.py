"""Changes of when premises are open: exceptions, and how strictly the hours are kept."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.audit.actions import record
from canh.kit import clock
from canh.kit.text import nfc
from canh.sites.models import HoursRule, OpeningException, Site
from canh.sites.queries_hours import usual_rule
from canh.sites.rules_hours import LONGEST_GRACE

LONGEST_MIN = int(LONGEST_GRACE.total_seconds() // 60)
LONGEST_EXCEPTION_DAYS = 366
RULES = frozenset({
    "late_min", "early_min", "late_opening_min", "keeps_holidays", "exit_s", "entry_s", "on_open", "by_schedule",
})  # fmt: skip


def touch_hours(site: Site) -> None:
    """Something about the hours of these premises changed: inside the caller's transaction."""
    if not HoursRule.objects.filter(site=site).update(changed_at=clock.now()):
        rule = usual_rule(site.id, site.kind)
        rule.changed_at = clock.now()
        rule.save(force_insert=True)


def set_rule(site: Site, *, actor_id: int, **changes: Any) -> HoursRule:
    """How strictly the hours are kept, how Canh arms here (RULES). Raises ValidationError by field."""
    if not set(changes) <= RULES:
        raise ValueError(f"not to be changed here: {sorted(set(changes) - RULES)}")
    rule = HoursRule.objects.filter(site=site).first() or usual_rule(site.id, site.kind)
    for name, value in changes.items():
        setattr(rule, name, value)
    rule.changed_at = clock.now()
    _check(rule)
    with transaction.atomic():
        rule.full_clean(exclude=["site"], validate_unique=False)
        rule.save()
        record(actor_id, "site.hours", f"site:{site.id}", {"fields": sorted(changes)})
    return rule


def _check(rule: HoursRule) -> None:
    faults = {}
    for name in ("late_min", "early_min", "late_opening_min"):
        if (getattr(rule, name) or 0) > LONGEST_MIN:
            faults[name] = _("At most %(n)d minutes.") % {"n": LONGEST_MIN}
    if rule.entry_s > 45:
        faults["entry_s"] = _("At most 45 seconds (EN 50131-1).")
    if rule.exit_s > 300:
        faults["exit_s"] = _("At most %(n)d seconds.") % {"n": 300}
    if faults:
        raise ValidationError(faults)


def add_exception(
    *, actor_id: int, site: Site, first: date, last: date | None = None, opens: time | None = None,
    closes: time | None = None, reason: str,
) -> OpeningException:  # fmt: skip
    """Other hours from one day to another: closed, or with `opens` and `closes` open. Raises ValidationError."""
    last, reason = last or first, nfc(reason).strip()
    if not reason:
        raise ValidationError({"reason": _("Say why: a holiday, a working Saturday, school holidays …")})
    if last < first:
        raise ValidationError({"last": _("The last day comes before the first.")})
    if (last - first).days > LONGEST_EXCEPTION_DAYS:
        raise ValidationError({"last": _("At most a year at once.")})
    if (opens is None) != (closes is None):
        raise ValidationError({"closes": _("Say when it opens and when it closes.")})
    with transaction.atomic():
        made = OpeningException.objects.create(
            site=site, first=first, last=last, opens=opens, closes=closes, reason=reason[:200]
        )
        touch_hours(site)
        facts = {"from": first.isoformat(), "to": last.isoformat(), "is_open": opens is not None}
        record(actor_id, "site.exception", f"site:{site.id}", facts)
    return made


def remove_exception(exception: OpeningException, *, actor_id: int) -> None:
    """The usual hours hold again on these days."""
    with transaction.atomic():
        facts = {"removed": exception.first.isoformat()}
        record(actor_id, "site.exception", f"site:{exception.site_id}", facts)
        touch_hours(exception.site)
        exception.delete()
