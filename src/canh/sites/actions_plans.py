"""Floor plans, and where zones are on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.audit.actions import record
from canh.kit import clock
from canh.kit.text import nfc
from canh.sites import plan_store
from canh.sites.models import FloorPlan, PlanMark, Zone

if TYPE_CHECKING:
    from canh.accounts.models import User
    from canh.sites.models import Site

MOST, LARGEST = 20, plan_store.LARGEST


def add_plan(site: Site, by: User, *, name: str, picture: bytes) -> FloorPlan:
    """Raises ValidationError: no picture, too large, the name is there, the disk is full."""
    name = " ".join(nfc(name).split())
    if not name:
        raise ValidationError({"name": _("Say which floor it is.")})
    if len(picture) > plan_store.LARGEST:
        raise ValidationError({"picture": _("At most 4 MB: make the picture smaller.")})
    if not (media := plan_store.media_of(picture)):
        raise ValidationError({"picture": _("Only PNG and JPEG can be shown.")})
    if FloorPlan.objects.filter(site=site, name=name).exists():
        raise ValidationError({"name": _("A plan of this name is here already.")})
    if FloorPlan.objects.filter(site=site).count() >= MOST:
        raise ValidationError(_("At most 20 plans for one site."))
    try:
        sha256 = plan_store.keep(picture)
    except OSError as error:
        raise ValidationError(_("It could not be kept: %(reason)s. Try again.") % {"reason": error}) from error
    made = FloorPlan(site=site, name=name, sha256=sha256, media=media, size=len(picture), added_at=clock.now(),
                     added_by=by)  # fmt: skip
    with transaction.atomic():
        made.full_clean(exclude=["site", "added_by"])
        made.save(force_insert=True)
        record(by.id, "plan.add", f"site:{site.id}", {"plan": made.id, "sha256": sha256})
    return made


def remove_plan(plan: FloorPlan, by: User) -> None:
    """With all its marks, for good."""
    with transaction.atomic():
        FloorPlan.objects.filter(id=plan.id).delete()
        record(by.id, "plan.remove", f"site:{plan.site_id}", {"plan": plan.id, "sha256": plan.sha256})
    if not FloorPlan.objects.filter(sha256=plan.sha256).exists():
        plan_store.delete(plan.sha256)


def place_zone(plan: FloorPlan, zone: Zone, by: User, *, x: int, y: int) -> PlanMark:
    """Put a zone on a plan, or move it there. Raises ValidationError: not of these premises, not on the plan."""
    if zone.panel.site_id != plan.site_id:
        raise ValidationError({"zone": _("This zone belongs to other premises.")})
    if not (0 <= x <= 1000 and 0 <= y <= 1000):
        raise ValidationError(_("That is not on the plan."))
    with transaction.atomic():
        mark, _made = PlanMark.objects.update_or_create(zone=zone, defaults={"plan": plan, "x": x, "y": y})
        record(by.id, "plan.mark", f"zone:{zone.id}", {"plan": plan.id})
    return mark


def take_off(mark: PlanMark, by: User) -> None:
    """Harmless when it is gone."""
    with transaction.atomic():
        if PlanMark.objects.filter(id=mark.id).delete()[0]:
            record(by.id, "plan.unmark", f"zone:{mark.zone_id}", {"plan": mark.plan_id})
