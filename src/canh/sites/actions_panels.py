"""Changes of what is on the register already: panels, devices, contacts, whole premises."""

from __future__ import annotations

from collections.abc import Collection
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from canh.audit.actions import record
from canh.kit import clock
from canh.kit.ids import new_id
from canh.kit.text import nfc
from canh.sites import actions, queries
from canh.sites.actions_hours import touch_hours
from canh.sites.models import Contact, Device, OnTest, OpeningHours, Panel, PlanMark, Site, Zone
from canh.sites.terms import Weekday

CHANGES = frozenset({"name", "kind", "reporting_s"})


def change_panel(panel: Panel, *, actor_id: int, **changes: Any) -> Panel:
    """Change name, kind or reporting class. Raises ValidationError."""
    if not set(changes) <= CHANGES:
        raise ValueError(f"not to be changed here: {sorted(set(changes) - CHANGES)}")
    before = {name: getattr(panel, name) for name in changes}
    for name, value in changes.items():
        setattr(panel, name, value)
    with transaction.atomic():
        panel.full_clean(exclude=["site", "replaces"])
        panel.save(update_fields=sorted(changes))
        detail = {"fields": sorted(n for n in changes if before[n] != changes[n])}
        record(actor_id, "panel.change", f"panel:{panel.id}", detail)
        actions.touch_register()
    return panel


def agree_dialect(panel: Panel, *, actor_id: int, name: str, value: str) -> Panel:
    """A person agrees to a departure from the standard, or (value empty) takes the word back."""
    dialect = {**panel.dialect, name: value} if value else {k: v for k, v in panel.dialect.items() if k != name}
    panel.dialect = dialect
    with transaction.atomic():
        panel.save(update_fields=["dialect"])
        record(actor_id, "panel.dialect", f"panel:{panel.id}", {"dialect": dialect})
        actions.touch_register()
    return panel


def replace_panel(
    old: Panel, *, actor_id: int, account: str, key_hex: str = "", keeps_key: bool = False, name: str = ""
) -> actions.NewPanel:
    """New hardware in the place of the old: the same zones, class and kind; the history of both is one.

    The old panel is out of use from now on, so its account may be the new one's. Raises ValidationError.
    """
    with transaction.atomic():
        if Panel.objects.filter(replaces=old).exists():
            raise ValidationError(_("This panel was replaced already."))
        actions.retire_panel(old, actor_id=actor_id)
        made = actions.add_panel(
            actor_id=actor_id, site=old.site, account=account, key_hex=queries.key_of(old) if keeps_key else key_hex,
            name=name or old.name, kind=old.kind, door=old.door, settings=queries.settings_of(old),
        )  # fmt: skip
        made.panel.replaces, made.panel.reporting_s = old, old.reporting_s
        made.panel.save(update_fields=["replaces", "reporting_s"])
        _carry_zones(old, made.panel)
        record(actor_id, "panel.replace", f"panel:{made.panel.id}", {"replaces": old.id, "site": old.site_id})
    return made


def _carry_zones(old: Panel, new: Panel) -> None:
    """Zones are made anew, since signals of the past belong to the old ones; devices and running tests move."""
    for zone in Zone.objects.filter(panel=old):
        was = zone.id
        zone.pk, zone.panel = new_id(), new
        zone.save(force_insert=True)
        Device.objects.filter(zone=was).update(zone=zone)
        PlanMark.objects.filter(zone=was).update(zone=zone)
        OnTest.objects.filter(zone=was, ended_at__isnull=True).update(zone=zone)


def change_device(device: Device, *, actor_id: int, **changes: Any) -> Device:
    """Raises ValidationError."""
    for name, value in changes.items():
        setattr(device, name, value)
    with transaction.atomic():
        device.full_clean(exclude=["site"])
        device.save()
        detail = {"site": device.site_id, "fields": sorted(changes)}
        record(actor_id, "device.change", f"device:{device.id}", detail)
    return device


def change_contact(contact: Contact, *, actor_id: int, **changes: Any) -> Contact:
    """Raises ValidationError."""
    for name, value in changes.items():
        setattr(contact, name, value)
    with transaction.atomic():
        contact.full_clean(exclude=["site"])
        contact.save()
        detail = {"site": contact.site_id, "fields": sorted(changes)}
        record(actor_id, "contact.change", f"contact:{contact.id}", detail)
    return contact


def close_site(site: Site, *, actor_id: int, reason: str) -> Site:
    """Nothing is watched here any more: its panels go out of use with it. Its history stays. Raises
    ValidationError."""
    reason = nfc(reason).strip()
    if not reason:
        raise ValidationError({"reason": _("Say why the premises are closed.")})
    with transaction.atomic():
        now = clock.now()
        working = list(site.panels.filter(retired_at__isnull=True))
        for panel in working:
            panel.retired_at = now
            panel.save(update_fields=["retired_at"])
        for test in site.tests.filter(ended_at__isnull=True):
            actions.take_off_test(test, actor_id=actor_id)
        site.closed_at, site.close_reason = now, reason[:200]
        site.save(update_fields=["closed_at", "close_reason"])
        record(actor_id, "site.close", f"site:{site.id}", {"panels": [p.id for p in working]})
        actions.touch_register()
    return site


def reopen_site(site: Site, *, actor_id: int) -> Site:
    """Watched again, with the panels that went out of use when it was closed, as far as nobody has their accounts
    by now. Raises ValidationError when the unit has other premises of this name."""
    with transaction.atomic():
        others = Site.objects.filter(unit=site.unit_id, name=site.name, closed_at__isnull=True)
        if others.exclude(id=site.id).exists():
            raise ValidationError(_("This unit has other premises of this name by now; rename them first."))
        back = _come_back(site) if site.closed_at else []
        site.closed_at, site.close_reason = None, ""
        site.save(update_fields=["closed_at", "close_reason"])
        record(actor_id, "site.reopen", f"site:{site.id}", {"panels": [p.id for p in back]})
        actions.touch_register()
    return site


def _come_back(site: Site) -> list[Panel]:
    taken = Panel.objects.filter(retired_at__isnull=True).values("account")
    back = list(site.panels.filter(retired_at=site.closed_at, replaced_by__isnull=True).exclude(account__in=taken))
    for panel in back:
        panel.retired_at = None
        panel.save(update_fields=["retired_at"])
    return back


def add_hours(*, actor_id: int, site: Site, weekdays: Collection[int], opens: time, closes: time) -> list[OpeningHours]:
    """Premises are open on these days between these times; closing before opening means: on the day after.
    Raises ValidationError where the day has hours that begin then."""
    taken = set(site.hours.filter(opens=opens).values_list("weekday", flat=True))
    if both := [str(Weekday(day).label) for day in sorted(set(weekdays) & taken)]:
        raise ValidationError({"opens": _("There are hours that begin then: %(days)s.") % {"days": ", ".join(both)}})
    with transaction.atomic():
        made = [
            OpeningHours.objects.create(
                site=site, weekday=day, opens=opens, closes=closes, is_overnight=closes <= opens
            )
            for day in sorted(set(weekdays))
        ]
        touch_hours(site)
        record(actor_id, "site.hours", f"site:{site.id}", {"weekdays": sorted(set(weekdays))})
    return made


def remove_hours(hours: OpeningHours, *, actor_id: int) -> None:
    """Not open then any more."""
    with transaction.atomic():
        record(actor_id, "site.hours", f"site:{hours.site_id}", {"removed": hours.weekday})
        touch_hours(hours.site)
        hours.delete()
