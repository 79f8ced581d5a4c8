"""Changes of the premises register. Each is one transaction with its audit line."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from canh.accounts import queries as accounts
from canh.audit.actions import record
from canh.kit import clock, crypto
from canh.kit.text import nfc
from canh.sites import rules
from canh.sites.models import Contact, Device, OnTest, Panel, Revision, Site, Zone
from canh.sites.terms import Door, PanelKind, SiteKind

KEY_SIZES = (16, 24, 32)
SECRET_SIZES = range(16, 129)
"""Bytes of a secret that signs: any length that cannot be guessed."""


@dataclass(frozen=True, slots=True)
class NewPanel:
    """A panel just made, with the key in clear: shown once, to be typed into the panel."""

    panel: Panel
    key_hex: str


def add_site(*, actor_id: int | None, unit_id: int, name: str, kind: str, **more: Any) -> Site:
    """Register premises. `more`: area_id, address, lat, lon, is_drill. Raises ValidationError."""
    site = Site(unit_id=unit_id, name=nfc(name).strip(), kind=kind, created_at=clock.now(), **more)
    with transaction.atomic():
        if Site.objects.filter(unit_id=unit_id, name=site.name, closed_at__isnull=True).exists():
            raise ValidationError({"name": _("This unit has premises of this name already.")})
        site.full_clean()
        site.save(force_insert=True)
        record(actor_id, "site.add", f"site:{site.id}", {"unit": unit_id, "kind": kind})
        _bump()
    return site


def change_site(site: Site, *, actor_id: int, **changes: Any) -> Site:
    """Change name, kind, address or position. Raises ValidationError."""
    for name, value in changes.items():
        setattr(site, name, value)
    with transaction.atomic():
        site.full_clean()
        site.save()
        record(actor_id, "site.change", f"site:{site.id}", {"fields": sorted(changes)})
        _bump()
    return site


def parse_key(text: str, door: str = Door.SIA) -> bytes | None:
    """An AES key from hex digits (32, 48 or 64; spaces and dashes are passed over), at the webhook the secret of
    its signature (32 digits or more); empty: none. Raises ValidationError.
    """
    digits = "".join(text.split()).replace("-", "").replace(":", "")
    if not digits:
        return None
    try:
        key = bytes.fromhex(digits)
    except ValueError:
        raise ValidationError(_("The key is not hexadecimal: use digits 0-9 and letters A-F only.")) from None
    if door == Door.WEBHOOK:
        if len(key) not in SECRET_SIZES:
            raise ValidationError(
                _("The secret needs 32 to 256 hex digits; this has %(count)d.") % {"count": len(digits)}
            )
        return key
    if len(key) not in KEY_SIZES:
        raise ValidationError(_("The key has %(count)d hex digits; AES needs 32, 48 or 64.") % {"count": len(digits)})
    return key


def new_key(bits: int = 128) -> str:
    """A random AES key in hex, as panels want it typed."""
    return secrets.token_hex(bits // 8).upper()


def free_account(digits: int = 4) -> str:
    """An account no working panel uses. Starts with digits only: older panels know no letters."""
    taken = set(Panel.objects.filter(retired_at__isnull=True).values_list("account", flat=True))
    for number in range(1000, 10**digits):
        if (account := f"{number:0{digits}d}") not in taken:
            return account
    return free_account(digits + 1)


def add_panel(
    *, actor_id: int | None, site: Site, account: str, key_hex: str = "", name: str = "",
    zones: int | Collection[int] = 0, kind: str = PanelKind.PANEL, door: str = Door.SIA,
    settings: Mapping[str, str] | None = None, reporting_s: int | None = None,
) -> NewPanel:  # fmt: skip
    """Register what reports at a door (a panel, a camera, a sensor …), with `zones` empty zones: how many, or which.

    `account` and `settings` as the door wants them (sites.rules). Raises ValidationError by field.
    """
    now = clock.now()
    key = parse_key(key_hex or (new_key(256) if door == Door.WEBHOOK else ""), door)  # unsigned, anybody could speak
    panel = Panel(
        site=site,
        name=name or (_("Panel") if kind == PanelKind.PANEL else str(dict(PanelKind.choices).get(kind, kind))),
        kind=kind,
        door=door,
        account=rules.account_as_kept(door, account),
        key_sealed=crypto.seal(key, "panel-key") if key else None,
        key_set_at=now if key else None,
        settings_sealed=_sealed(door, settings or {}),
        reporting_s=reporting_s,
        created_at=now,
    )
    numbers = range(1, zones + 1) if isinstance(zones, int) else sorted(set(zones))
    with transaction.atomic():
        _check_account(panel)
        panel.save(force_insert=True)
        for number in numbers:
            Zone.objects.create(panel=panel, number=number, name=_("Zone %(n)d") % {"n": number})
        facts = {"site": site.id, "door": door, "kind": kind, "has_key": key is not None}
        record(actor_id, "panel.add", f"panel:{panel.id}", facts)
        _bump()
    return NewPanel(panel, key.hex().upper() if key else "")


def change_settings(panel: Panel, settings: Mapping[str, str], *, actor_id: int | None) -> None:
    """How its door reaches it from now on: what is not given is forgotten. Raises ValidationError by field."""
    panel.settings_sealed = _sealed(panel.door, settings)
    with transaction.atomic():
        panel.save(update_fields=["settings_sealed"])
        record(actor_id, "panel.settings", f"panel:{panel.id}", {"fields": sorted(settings)})
        _bump()


def _sealed(door: str, settings: Mapping[str, str]) -> bytes | None:
    """Settings as they are kept; what the door cannot use is refused in words."""
    said = {name: nfc(text).strip() for name, text in settings.items()}
    said = {name: text for name, text in said.items() if text}
    if wrong := rules.wrong_settings(door, said):
        raise ValidationError({name: str(_SETTING_FAULTS[fault]) for name, fault in wrong.items()})
    return crypto.seal(json.dumps(said, ensure_ascii=False).encode(), "panel-settings") if said else None


_SETTING_FAULTS = {
    rules.SettingFault.MISSING: gettext_lazy("This door needs it."),
    rules.SettingFault.UNKNOWN: gettext_lazy("This door has no such setting."),
    rules.SettingFault.TOO_LONG: gettext_lazy("Too long."),
    rules.SettingFault.NO_ADDRESS: gettext_lazy("Write a host and a port: 192.0.2.4, camera.example:8080 or https://…"),
}


def _wanted_account(door: str) -> str:
    if door == Door.SIA:
        return _("The account must have 3 to 16 characters, digits 0-9 or letters A-F.")
    scheme = rules.SCHEMES.get(door, "scheme")
    return _("At this door an account is written %(scheme)s:name, without blanks.") % {"scheme": scheme}


def _check_account(panel: Panel) -> None:
    if not rules.is_account_of(panel.door, panel.account):
        raise ValidationError({"account": _wanted_account(panel.door)})
    try:
        panel.full_clean(exclude=["site"])
    except ValidationError as error:
        errors = error.message_dict
        if "account" in errors and "__all__" not in errors:
            raise ValidationError({"account": _wanted_account(panel.door)}) from error
        if Panel.objects.filter(account=panel.account, retired_at__isnull=True).exists():
            raise ValidationError(
                {"account": _("Account %(account)s is in use by another panel; choose another.")
                 % {"account": panel.account}}
            ) from error  # fmt: skip
        raise


def replace_key(panel: Panel, key_hex: str, *, actor_id: int) -> NewPanel:
    """Give a panel another key, or none; the old one no longer opens anything. Raises ValidationError."""
    key = parse_key(key_hex, panel.door)
    panel.key_sealed = crypto.seal(key, "panel-key") if key else None
    panel.key_set_at = clock.now() if key else None
    panel.old_key_sealed = panel.old_key_until = None  # replaced because it is known: it must not open anything
    with transaction.atomic():
        panel.save(update_fields=["key_sealed", "key_set_at", "old_key_sealed", "old_key_until"])
        record(actor_id, "panel.key", f"panel:{panel.id}", {"has_key": key is not None})
        _bump()
    return NewPanel(panel, key.hex().upper() if key else "")


def retire_panel(panel: Panel, *, actor_id: int | None) -> None:
    """Take a panel out of use; its account may be given again, its history stays."""
    with transaction.atomic():
        panel.retired_at = clock.now()
        panel.save(update_fields=["retired_at"])
        record(actor_id, "panel.retire", f"panel:{panel.id}", {})
        _bump()


def add_zone(
    *, actor_id: int | None, panel: Panel, number: int, name: str, use: str, partition: int | None = None
) -> Zone:
    """Name a zone of a panel, or rename it; without a partition it keeps its own. Raises ValidationError."""
    zone = Zone.objects.filter(panel=panel, number=number).first() or Zone(panel=panel, number=number)
    zone.name, zone.use, zone.partition = name, use, partition or zone.partition
    with transaction.atomic():
        zone.full_clean()
        zone.save()
        record(actor_id, "zone.set", f"zone:{zone.id}", {"panel": panel.id, "number": number, "use": use})
        _bump()
    return zone


def add_device(*, actor_id: int | None, site: Site, zone: Zone | None, kind: str, name: str, model: str = "") -> Device:
    """Put a device on the register of a site. Raises ValidationError."""
    device = Device(site=site, zone=zone, kind=kind, name=name, model=model, installed_at=clock.now())
    with transaction.atomic():
        device.full_clean()
        device.save(force_insert=True)
        record(actor_id, "device.add", f"device:{device.id}", {"site": site.id, "kind": kind})
    return device


def add_contact(
    *, actor_id: int | None, site: Site, name: str, phone: str, position: str = "", order: int = 1,
    is_keyholder: bool = False,
) -> Contact:  # fmt: skip
    """Add a person to call about a site. Raises ValidationError."""
    contact = Contact(site=site, name=name, phone=phone, position=position, order=order, is_keyholder=is_keyholder)
    with transaction.atomic():
        contact.full_clean()
        contact.save(force_insert=True)
        record(actor_id, "contact.add", f"contact:{contact.id}", {"site": site.id})
    return contact


def remove_device(device: Device, *, actor_id: int) -> None:
    """Take a device off the register; its history stays."""
    with transaction.atomic():
        device.removed_at = clock.now()
        device.save(update_fields=["removed_at"])
        record(actor_id, "device.remove", f"device:{device.id}", {"site": device.site_id})


def remove_contact(contact: Contact, *, actor_id: int) -> None:
    """Forget a person to call: name and number are personal, so the row goes."""
    with transaction.atomic():
        record(actor_id, "contact.remove", f"contact:{contact.id}", {"site": contact.site_id})
        contact.delete()


def put_on_test(*, actor_id: int, site: Site, minutes: int, reason: str, zone: Zone | None = None) -> OnTest:
    """Work begins on premises, or on one zone: signals are kept and marked but ring nobody, except what nothing
    may hold back. Again while it lasts: it then lasts until the new end. Raises ValidationError.
    """
    now, reason = clock.now(), nfc(reason).strip()
    if not reason:
        raise ValidationError({"reason": _("Say what is being worked on.")})
    try:
        until_at = rules.test_until(now, minutes)
    except ValueError:
        longest = rules.LONGEST_TEST // timedelta(hours=1)
        raise ValidationError({"minutes": _("A test lasts at most %(hours)d hours.") % {"hours": longest}}) from None
    with transaction.atomic():
        running = OnTest.objects.filter(site=site, zone=zone, ended_at__isnull=True).first()
        test = running or OnTest(site=site, zone=zone, started_at=now, started_by_id=actor_id)
        test.until_at, test.reason = until_at, reason
        test.save()
        facts = {"site": site.id, "zone": zone.id if zone else None, "minutes": minutes}
        record(actor_id, "test.extend" if running else "test.start", f"test:{test.id}", facts)
        _bump()
    return test


def take_off_test(test: OnTest, *, actor_id: int) -> None:
    """The work is done. Harmless when it has ended already."""
    _end_test(test, clock.now(), actor_id)


def end_due_tests() -> int:
    """End what has lasted as long as it was said to. Returns how many."""
    now = clock.now()
    due = list(OnTest.objects.filter(ended_at__isnull=True, until_at__lte=now))
    for test in due:
        _end_test(test, test.until_at, None)
    return len(due)


def _end_test(test: OnTest, at: datetime, actor_id: int | None) -> None:
    with transaction.atomic():
        ended = OnTest.objects.filter(id=test.id, ended_at__isnull=True).update(ended_at=at, ended_by=actor_id)
        if ended:
            record(actor_id, "test.end", f"test:{test.id}", {"site": test.site_id, "zone": test.zone_id})
            _bump()


def own_panel(gateway: str, name: str = "") -> str | None:
    """The account under which Canh speaks of one of its gateways, or under another `name` of itself, at the control
    room; both are made when they are not there yet. None: no unit exists that they could belong to."""
    account = f"{Door.OWN}:{gateway}"
    if Panel.objects.filter(account=account, retired_at__isnull=True).exists():
        return account
    with transaction.atomic():
        site = _control_room()
        if site is None:
            return None
        add_panel(actor_id=None, site=site, account=account, name=name or _("Gateway %(name)s") % {"name": gateway},
                  kind=PanelKind.SERVICE, door=Door.OWN)  # fmt: skip
    return account


def _control_room() -> Site | None:
    found = Site.objects.filter(kind=SiteKind.CONTROL_ROOM, closed_at__isnull=True).order_by("id").first()
    top = accounts.units_now().filter(parent__isnull=True).first()
    if found or top is None:
        return found
    return add_site(actor_id=None, unit_id=top.id, name=_("Canh, control room"), kind=SiteKind.CONTROL_ROOM)


def _bump() -> None:
    """Tell gateway and engine, which keep copies, that the register changed."""
    if not Revision.objects.filter(id=1).update(number=F("number") + 1):
        Revision.objects.create(id=1, number=1)


def touch_register() -> None:
    """Call inside the transaction of a bulk change, so that gateway and engine read the register again."""
    _bump()
