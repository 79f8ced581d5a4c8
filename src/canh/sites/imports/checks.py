"""How a row of each sheet is checked and what it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time
from typing import Any

from django.utils.translation import gettext as _

from canh.accounts.queries import EVERYWHERE, Viewer
from canh.accounts.terms import Role
from canh.kit.text import fold
from canh.sites import rules
from canh.sites.imports import values
from canh.sites.imports.known import KnownPanel, KnownSite, Place, digits, known
from canh.sites.imports.plan import Cells, Draft, Item, Plan
from canh.sites.imports.reading import Row
from canh.sites.imports.values import Wrong
from canh.sites.terms import DeviceKind, Door, PanelKind, SiteKind, Weekday, ZoneUse

MOST_ZONES = 128


def _one_place(found: dict[str, list[Place]], text: str) -> Place:
    places = list({p.id: p for p in found.get(fold(text), []) or found.get(text, [])}.values())
    if not places:
        raise Wrong(_("“%(name)s” is not in Canh. Look at the spelling, or add it first.") % {"name": text})
    if len(places) > 1:
        raise Wrong(_("There are several of this name; write the number instead."))
    return places[0]


# ── Premises ─────────────────────────────────────────────────────────────


def site(draft: Draft, cells: Cells) -> None:
    unit = cells.take("unit", lambda text: _one_place(draft.known.units, text))
    name = cells.take("name", lambda text: values.text(text, 200), "")
    wanted = _site_values(draft, cells)
    if unit and name and not draft.is_first(cells, unit.id, fold(name)):
        return
    if unit and not _is_kept(draft, unit, wanted.get("area_id")):
        cells.fault("unit", _("Choose a unit or an area that is yours."))
    if not (cells.is_ok and unit):
        return
    there = next((s for s in draft.known.sites_by_name.get(fold(name), []) if s.unit_id == unit.id), None)
    if there is None:
        _new_site(draft, cells, unit, name, wanted)
    else:
        told = {key: value for key, value in wanted.items() if cells.row.cells.get(key.removesuffix("_id"))}
        draft.settle(cells.row, there.name, "site", there.id, told, there.values)


def _site_values(draft: Draft, cells: Cells) -> dict[str, Any]:
    area = cells.take("area", lambda text: _one_place(draft.known.areas, text))
    found = {
        "kind": cells.take("kind", lambda text: values.choice(text, SiteKind, SITE_ALSO)),
        "address": cells.take("address", lambda text: values.text(text, 300), ""),
        "area_id": area.id if area else None,
        "lat": cells.take("lat", lambda text: values.degrees(text, 90)),
        "lon": cells.take("lon", lambda text: values.degrees(text, 180)),
    }
    if (found["lat"] is None) != (found["lon"] is None) and cells.is_ok:
        cells.fault("lat", _("Give both latitude and longitude, or neither."))
    return found


SITE_ALSO = {
    "phong giao dich": "bank_branch",
    "pgd": "bank_branch",
    "chi nhanh": "bank_branch",
    "ngan hang": "bank_branch",
    "chi nhanh ngan hang": "bank_branch",
    "phong giao dich ngan hang": "bank_branch",
    "kho bac": "treasury",
    "quy tin dung": "credit_fund",
    "cay atm": "atm",
    "atm": "atm",
    "truong": "school",
    "co quan": "office",
    "tru so": "office",
    "phong truc": "control_room",
    "khac": "other",
}


def _is_kept(draft: Draft, unit: Place, area_id: int | None) -> bool:
    """Nobody may put premises where they could not see them afterwards."""
    keeper = draft.known.keeper
    area = next((p for ps in draft.known.areas.values() for p in ps if p.id == area_id), None) if area_id else None
    in_area = bool(area) and any(area.path.startswith(path) for path in keeper.area_paths if area)
    return keeper.sees_all or any(unit.path.startswith(path) for path in keeper.unit_paths) or in_area


def _new_site(draft: Draft, cells: Cells, unit: Place, name: str, wanted: dict[str, Any]) -> None:
    made = KnownSite(draft.new_id(), unit.id, name, wanted, is_new=True)
    draft.known.add_site(made)
    draft.make(cells.row, name, Item("site", made.id, {"unit_id": unit.id, "name": name, **wanted}))


def _site_of(draft: Draft, cells: Cells) -> KnownSite | None:
    """The premises a row names, in the file or on the register."""
    unit = cells.take("unit", lambda text: _one_place(draft.known.units, text))
    found = draft.known.sites_by_name.get(fold(cells["site"]), [])
    if unit:
        found = [s for s in found if s.unit_id == unit.id]
    exact = [s for s in found if s.name == cells["site"]]
    found = exact if len(exact) == 1 else found
    if not cells["site"]:
        cells.fault("site", _("Needed."))
    elif not found:
        cells.fault("site", _("No premises of this name, neither in this file nor on the register."))
    elif len(found) > 1:
        cells.fault("unit", _("Several premises have this name: write their unit too."))
    return found[0] if len(found) == 1 and cells.is_ok else None


# ── Panels and zones ─────────────────────────────────────────────────────


def panel(draft: Draft, cells: Cells) -> None:
    where = _site_of(draft, cells)
    door = cells.take("door", lambda text: values.choice(text, Door, DOOR_ALSO), Door.SIA.value)
    account = cells.take("account", lambda text: _account(door, text), "")
    told = {
        "name": cells.take("name", lambda text: values.text(text, 100), ""),
        "kind": cells.take("kind", lambda text: values.choice(text, PanelKind, {"tu": "panel"}), PanelKind.PANEL.value),
        "reporting_s": cells.take("reporting", values.reporting),
    }
    zones = cells.take("zones", lambda text: values.whole(text, 0, MOST_ZONES), 0)
    if door == Door.ONVIF:
        cells.fault("door", _("Cameras are found by Canh and adopted; they need a password that no file should hold."))
    if not (cells.is_ok and where and draft.is_first(cells, account)):
        return
    there = draft.known.panels.get(account)
    if (account in draft.known.taken) if there is None else (there.site_id != where.id):
        cells.fault(
            "account", _("Account %(account)s is in use by another panel; choose another.") % {"account": account}
        )
    elif there is None:
        _new_panel(draft, cells, where, account, {**told, "door": door}, zones)
    else:
        names = {"name": "name", "kind": "kind", "reporting": "reporting_s"}
        given = {name: told[name] for column, name in names.items() if cells[column]}
        draft.settle(cells.row, account, "panel", there.id, given, there.values)


DOOR_ALSO = {"dc-09": "sia", "sia dc-09": "sia", "dc09": "sia"}
ACCOUNT = re.compile(r"[0-9A-F]{3,16}|[a-z][a-z0-9]{1,11}:[!-~]{1,87}")


def _account(door: str, text: str) -> str:
    account = rules.account_as_kept(door, text)
    if not ACCOUNT.fullmatch(account) or not rules.is_account_of(door, account):
        if door != Door.SIA:
            raise Wrong(_("At this door an account is written scheme:name, without blanks."))
        raise Wrong(_("The account must have 3 to 16 characters, digits 0-9 or letters A-F. Did Excel drop zeros in"
                      " front? Format the column as text."))  # fmt: skip
    return account


def _new_panel(draft: Draft, cells: Cells, where: KnownSite, account: str, told: dict[str, Any], zones: int) -> None:
    told["name"] = told["name"] or _("Panel")
    made = KnownPanel(draft.new_id(), where.id, told, is_new=True)
    draft.known.panels[account] = made
    draft.known.taken.add(account)
    draft.make(cells.row, f"{account} · {where.name}",
               Item("panel", made.id, {"site_id": where.id, "account": account, **told}))  # fmt: skip
    for number in range(1, zones + 1):
        _add_zone(draft, made, number, {"name": _("Zone %(n)d") % {"n": number}, "use": ZoneUse.INTERIOR.value,
                                        "partition": 1})  # fmt: skip


def _add_zone(draft: Draft, of: KnownPanel, number: int, told: dict[str, Any]) -> None:
    zone_id = draft.new_id()
    draft.empty_zones[zone_id] = len(draft.plan.items)
    of.zones[number] = (zone_id, told)
    values_ = {"panel_id": of.id, "number": number, **told}
    draft.plan.items.append(Item("zone", zone_id, values_, is_direct=not of.is_new))


def _panel_of(draft: Draft, cells: Cells) -> KnownPanel | None:
    account = cells["account"] if ":" in cells["account"] else cells["account"].upper()
    found = draft.known.panels.get(account)
    if not account:
        cells.fault("account", _("Needed."))
    elif found is None:
        cells.fault("account", _("No panel has this account, neither in this file nor at your premises."))
    return found


def zone(draft: Draft, cells: Cells) -> None:
    of = _panel_of(draft, cells)
    number = cells.take("number", lambda text: values.whole(text, 1, 9999), 0)
    told = {
        "name": cells.take("name", lambda text: values.text(text, 120), ""),
        "use": cells.take("use", lambda text: values.choice(text, ZoneUse, {"chay": "fire"}), ZoneUse.INTERIOR.value),
        "partition": cells.take("partition", lambda text: values.whole(text, 1, 99), 1),
    }
    if not (cells.is_ok and of and draft.is_first(cells, of.id, number)):
        return
    title = f"{cells['account']} · {number} {told['name']}"
    if number not in of.zones:
        _add_zone(draft, of, number, told)
        draft.note(cells.row, "new", title)
    elif of.is_new:  # made empty by “number of zones” a moment ago: named now
        zone_id = of.zones[number][0]
        draft.plan.items[draft.empty_zones[zone_id]] = Item(
            "zone", zone_id, {"panel_id": of.id, "number": number, **told}
        )
        draft.note(cells.row, "new", title)
    else:
        zone_id, held = of.zones[number]
        given = {name: value for name, value in told.items() if cells[name]}
        draft.settle(cells.row, title, "zone", zone_id, given, held)


# ── Devices, contacts, hours ─────────────────────────────────────────────


def device(draft: Draft, cells: Cells) -> None:
    where = _site_of(draft, cells)
    kind = cells.take("kind", lambda text: values.choice(text, DeviceKind, DEVICE_ALSO), "")
    name = cells.take("name", lambda text: values.text(text, 120), "")
    model = cells.take("model", lambda text: values.text(text, 120), "")
    at = _zone_of(draft, cells, where)
    if not (cells.is_ok and where and draft.is_first(cells, where.id, kind, name, at)):
        return
    if (kind, name, at) in where.devices:
        draft.note(cells.row, "same", name)
        return
    held = {"site_id": where.id, "kind": kind, "name": name, "model": model, "zone_id": at}
    draft.make(cells.row, f"{name} · {where.name}",
               Item("device", draft.new_id(), held, is_direct=not where.is_new))  # fmt: skip


DEVICE_ALSO = {
    "nut bao cuop": "hold_up_button",
    "nut khan": "hold_up_button",
    "cam bien chuyen dong": "motion",
    "hong ngoai": "motion",
    "cong tac tu": "contact",
    "cong tac tu cua": "contact",
    "vo kinh": "glass_break",
    "cam bien vo kinh": "glass_break",
    "cam bien rung": "seismic",
    "rung": "seismic",
    "cam bien khoi": "smoke",
    "dau bao khoi": "smoke",
    "ban phim": "keypad",
    "coi": "siren",
    "khac": "other",
}


def _zone_of(draft: Draft, cells: Cells, where: KnownSite | None) -> int | None:
    """The zone a device is wired to, when the row says one."""
    if not cells["zone"]:
        return None
    of = _panel_of(draft, cells)
    number = cells.take("zone", lambda text: values.whole(text, 1, 9999), 0)
    if of and where and of.site_id != where.id:
        cells.fault("account", _("This panel stands at other premises."))
    elif of and number and number not in of.zones:
        cells.fault("zone", _("The panel has no zone %(n)d, neither in this file nor on the register.") % {"n": number})
    return of.zones[number][0] if of and cells.is_ok else None


def contact(draft: Draft, cells: Cells) -> None:
    where = _site_of(draft, cells)
    name = cells.take("name", lambda text: values.text(text, 120), "")
    phone = cells.take("phone", values.phone, "")
    order = cells.take("order", lambda text: values.whole(text, 1, 99))
    held = {
        "name": name, "phone": phone, "position": cells.take("position", lambda text: values.text(text, 120), ""),
        "is_keyholder": cells.take("is_keyholder", values.yes_or_no, False),
    }  # fmt: skip
    if not (cells.is_ok and where and draft.is_first(cells, where.id, name, digits(phone))):
        return
    if (name, digits(phone)) in where.contacts:
        draft.note(cells.row, "same", name)
        return
    where.contact_count += 1
    held |= {"site_id": where.id, "order": order or min(where.contact_count, 99)}
    draft.make(cells.row, f"{name} · {where.name}",
               Item("contact", draft.new_id(), held, is_direct=not where.is_new))  # fmt: skip


def hours(draft: Draft, cells: Cells) -> None:
    where = _site_of(draft, cells)
    days: list[Weekday] = cells.take("weekdays", values.weekdays, [])
    opens = cells.take("opens", values.moment)
    closes = cells.take("closes", values.moment)
    is_overnight = cells.take("is_overnight", values.yes_or_no, False)
    if cells.is_ok and opens is not None and closes is not None and (closes <= opens) != is_overnight:
        cells.fault("closes", _("It closes before it opens: look at the times, or write “yes” under Overnight.")
                    if not is_overnight else _("It closes after it opens: leave Overnight empty."))  # fmt: skip
    if cells.is_ok and where and opens is not None and closes is not None:
        for day in days:
            _add_hours(draft, cells, where, int(day), opens, (closes, is_overnight))


def _add_hours(draft: Draft, cells: Cells, where: KnownSite, day: int, opens: time, end: tuple[time, bool]) -> None:
    if not draft.is_first(cells, where.id, day, opens):
        return
    title = f"{where.name} · {Weekday(day).label} {opens:%H:%M}–{end[0]:%H:%M}"
    held = where.hours.get((day, opens))
    if held == end:
        draft.note(cells.row, "same", title)
    elif held:
        cells.fault("closes", _("The register has other hours that begin then; remove those first."))
    else:
        told = {"site_id": where.id, "weekday": day, "opens": f"{opens:%H:%M}", "closes": f"{end[0]:%H:%M}",
                "is_overnight": end[1]}  # fmt: skip
        draft.make(cells.row, title, Item("hours", draft.new_id(), told, is_direct=not where.is_new))


# ── People ───────────────────────────────────────────────────────────────


def person(draft: Draft, cells: Cells) -> None:
    register = draft.known
    if not register.keeper.has(Role.ADMINISTRATOR):
        cells.fault("", _("Only an administrator may add people who sign in."))
        return
    name = cells.take("full_name", lambda text: values.text(text, 120), "")
    username = cells.take("username", _username, "")
    role = cells.take("role", lambda text: values.choice(text, Role), "")
    unit = cells.take("unit", lambda text: _one_place(register.units, text))
    area = cells.take("area", lambda text: _one_place(register.areas, text))
    phone = cells.take("phone", values.phone, "")
    if role and role not in EVERYWHERE and not (unit or area) and cells.is_ok:
        cells.fault("unit", _("Choose the unit or the area this role is for."))
    if role == Role.ADMINISTRATOR and (unit or area):
        cells.fault("unit", _("An administrator is one for everything: leave unit and area empty."))
    if not (cells.is_ok and draft.is_first(cells, username)):
        return
    if username in register.usernames:
        draft.note(cells.row, "same", username)
        return
    user_id = draft.new_id()
    told = {"full_name": name, "username": username, "phone": phone}
    draft.make(cells.row, f"{name} · {username}", Item("person", user_id, told))
    place = {"unit_id": unit.id if unit else None, "area_id": area.id if area else None}
    draft.plan.items.append(Item("role", draft.new_id(), {"user_id": user_id, "role": str(role), **place}))


def _username(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9._-]{2,60}", text.lower()):
        raise Wrong(_("Use 2 to 60 small letters without marks, digits, dots or dashes."))
    return text.lower()


CHECKS: dict[str, Callable[[Draft, Cells], None]] = {
    "site": site, "panel": panel, "zone": zone, "device": device, "contact": contact, "hours": hours, "person": person,
}  # fmt: skip
"""In this order: what others name comes first."""


def plan(rows: list[Row], keeper: Viewer) -> Plan:
    """Check every row against the register and the rows before it, in the order of the sheets."""
    draft = Draft(known(rows, keeper))
    for key, check in CHECKS.items():
        for row in rows:
            if row.sheet.key == key:
                check(draft, Cells(row, draft.plan))
    order = list(CHECKS)
    draft.plan.faults.sort(key=lambda fault: (order.index(fault.sheet), fault.row))
    return draft.plan
