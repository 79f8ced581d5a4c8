"""`canh site add`, `canh panel add`, `canh user add`: the register without a browser."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from typing import TYPE_CHECKING, Any

from canh.config.cli import setting_up
from canh.config.cli.out import Refused, line, say

if TYPE_CHECKING:
    from canh.sites.models import Site

ALIVE_S = 10


def arguments(verb: str, parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", choices=["add"])
    {"site": _site_words, "panel": _panel_words, "user": _user_words}[verb](parser)
    parser.add_argument("--json", action="store_true", help="một đối tượng một dòng · one object a line")


def _site_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="tên trụ sở · name of the premises")
    parser.add_argument("--kind", default="office", help="bank_branch, treasury, credit_fund, atm, school, office …")
    parser.add_argument("--unit", help="đơn vị (mã số hoặc tên) · unit (id or name); mặc định: đơn vị đầu tiên")
    parser.add_argument("--address", default="")
    parser.add_argument("--lat", type=float)
    parser.add_argument("--lon", type=float)


PROTOCOLS = {
    "sia": "SIA DC-09 TCP/UDP: SIA-DCS, ADM-CID",
    "webhook": "HTTP: /v1/signals, /v1/alertmanager",
}
"""What is to be typed in, by door."""


def _panel_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", help="trụ sở (mã số hoặc tên) · premises (id or name)")
    parser.add_argument("--account", help="mã tủ 3–16 ký tự 0-9 A-F · account; mặc định: số trống đầu tiên")
    parser.add_argument(
        "--door", default="sia", help="cửa nhận: sia, webhook … · door; webhook: --account webhook:NAME"
    )
    parser.add_argument("--key", default="", metavar="HEX", help="khóa AES 32, 48, 64 chữ số hex · AES key")
    parser.add_argument("--name", default="")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE",
                        help="camera: address=192.0.2.4, user=canh …")  # fmt: skip
    parser.add_argument(
        "--password-file", help="tệp chứa mật khẩu thiết bị, - là đầu vào chuẩn · file with the password"
    )
    parser.add_argument("--zones", type=int, default=8, help="số vùng tạo sẵn · zones to make (8)")


def _user_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("username")
    parser.add_argument("--full-name", default="")
    parser.add_argument("--role", required=True, help="administrator, security_head, operator …")
    parser.add_argument("--unit", help="đơn vị (mã số hoặc tên) · unit (id or name)")
    parser.add_argument("--password-file", help="tệp chứa mật khẩu, - là đầu vào chuẩn · file with the password")


def main(words: argparse.Namespace) -> int:
    setting_up.open_data(may_make=True)
    setting_up.settle_kind(is_drill=False)
    from django.core.exceptions import ValidationError

    try:
        made = {"site": _add_site, "panel": _add_panel, "user": _add_user}[words.verb](words)
    except ValidationError as error:
        raise Refused("\n".join(error.messages)) from error
    if words.json:
        line(made)
    else:
        say("\n".join(f"{name:>10}  {value}" for name, value in made.items() if value not in ("", None)))
    return 0


def _find_unit(text: str | None) -> Any:
    from canh.accounts import actions, queries
    from canh.accounts.terms import UnitKind

    units = list(queries.units_now())
    if text is None:
        return units[0] if units else actions.add_unit(actor_id=None, name="Đơn vị", kind=UnitKind.AGENCY)
    return _one_of([u for u in units if _is_called(u, text)], text)


def _is_called(row: Any, text: str) -> bool:
    from canh.kit.text import fold

    return str(row.id) == text or fold(row.name) == fold(text)


def _one_of(found: list[Any], text: str) -> Any:
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(f"không thấy · not found: {text!r}")
    listed = ", ".join(f"{row.id} {row.name}" for row in found[:5])
    raise Refused(f"{text!r}: nhiều hơn một, hãy dùng mã số · more than one, use the id: {listed}")


def one_site(text: str) -> Site:
    """The working premises of this name or id. Raises Refused when there is none, or more than one."""
    from canh.sites import queries

    found: Site = _one_of([site for site in queries.open_sites() if _is_called(site, text)], text)
    return found


def _add_site(words: argparse.Namespace) -> dict[str, Any]:
    from canh.sites import actions

    site = actions.add_site(
        actor_id=None, unit_id=_find_unit(words.unit).id, name=words.name, kind=words.kind,
        address=words.address, lat=words.lat, lon=words.lon,
    )  # fmt: skip
    return {"id": str(site.id), "name": site.name, "kind": site.kind, "unit": site.unit.name}


def _add_panel(words: argparse.Namespace) -> dict[str, Any]:
    from django.conf import settings

    from canh.sites import actions
    from canh.sites.terms import Door, PanelKind

    site = one_site(words.site)
    made = actions.add_panel(
        actor_id=None, site=site, account=words.account or actions.free_account(), key_hex=words.key,
        name=words.name, zones=0 if words.door == Door.ONVIF else words.zones, door=words.door,
        kind={Door.WEBHOOK: PanelKind.SERVICE, Door.ONVIF: PanelKind.CAMERA}.get(words.door, PanelKind.PANEL),
        settings=_settings(words),
    )  # fmt: skip
    if words.door == Door.ONVIF:  # it is called, and need not be told where we are
        return {"id": str(made.panel.id), "site": site.name, "site_id": str(site.id), "account": made.panel.account}
    host, port = _where_panels_call()
    if words.door == Door.WEBHOOK:
        port = settings.CANH_WEBHOOK_PORT
    return {
        "id": str(made.panel.id), "site": site.name, "site_id": str(site.id), "account": made.panel.account,
        "key": made.key_hex, "host": host, "port": port, "protocol": PROTOCOLS.get(words.door, ""),
    }  # fmt: skip


def _settings(words: argparse.Namespace) -> dict[str, str]:
    """How the door reaches it; the password comes from a file, since others can read a command line."""
    pairs = [text.partition("=") for text in words.setting]
    if wrong := [name for name, equals, _value in pairs if not equals or name == "password"]:
        raise Refused(f"--setting {wrong[0]}: NAME=VALUE; mật khẩu · password: --password-file")
    found = {name: value for name, _equals, value in pairs}
    if words.password_file:
        found["password"] = _password(words.password_file)
    return found


def _where_panels_call() -> tuple[str, int]:
    """The public address where one is set; else where the running gateway listens; else the settings."""
    from django.conf import settings

    from canh.kit import beat, net

    last = beat.read("gateway")
    listening = last.facts.get("address") if last and last.age_s() < ALIVE_S else None
    host, port = listening or (settings.CANH_DC09_HOST, settings.CANH_DC09_PORT)
    if host in net.ANY:
        host = net.own_address() or host
    return settings.CANH_DC09_PUBLIC or host, port


def _add_user(words: argparse.Namespace) -> dict[str, Any]:
    from django.db import transaction

    from canh.accounts import actions
    from canh.accounts.terms import Role

    if words.role not in Role.values:
        raise Refused(f"--role: {', '.join(Role.values)}")
    role = Role(words.role)
    unit = None if role in {Role.ADMINISTRATOR, Role.CITY_OFFICE, Role.AUDITOR} else _find_unit(words.unit)
    with transaction.atomic():
        user = actions.add_user(
            actor_id=None, username=words.username, full_name=words.full_name or words.username,
            password=_password(words.password_file),
        )  # fmt: skip
        actions.assign(actor_id=None, user=user, role=role, unit=unit)
    return {
        "id": str(user.id),
        "username": user.username,
        "role": role.value,
        "unit": unit.name if unit else "",
    }


def _password(source: str | None) -> str:
    """From a file or the terminal; never from the command line, where others can read it."""
    if source == "-" or (source is None and not sys.stdin.isatty()):
        return sys.stdin.readline().rstrip("\n")
    if source is not None:
        with open(os.path.expanduser(source), encoding="utf-8") as file:
            return file.readline().rstrip("\n")
    return getpass.getpass("Mật khẩu · password: ")
