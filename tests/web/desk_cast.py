"""Run inside a house: makes the cast, lets its people in, prints their session keys."""

from __future__ import annotations

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canh.config.settings")


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from canh.accounts import actions as accounts
    from canh.accounts.terms import Role
    from canh.sites import actions as sites
    from tests.cast import make_cast

    call_command("migrate", verbosity=0)
    cast = make_cast()
    sites.add_contact(
        actor_id=None, site=cast.school, name="Đỗ Thu Hà", phone="0900000001", position="Hiệu phó", is_keyholder=True
    )
    for number in range(10, 30):
        sites.add_zone(actor_id=None, panel=cast.fund_panel, number=number, name=f"Phòng {number}", use="interior")
    # For stories that need any alarm: a panel that sends more than thirty is taken for a runaway.
    second = sites.add_panel(actor_id=None, site=cast.school, account="1004", name="Tủ nhà B").panel
    sites.add_zone(actor_id=None, panel=second, number=1, name="Cửa nhà B", use="entry")
    keys = {}
    hoa = accounts.add_user(actor_id=None, username="hoa", full_name="Phạm Thị Hoa", password=None)
    accounts.assign(actor_id=None, user=hoa, role=Role.OPERATOR, unit=cast.city, area=None)
    for user in (cast.chi, cast.dung, cast.en, hoa):
        client = Client()
        client.force_login(user)
        keys[user.username] = client.cookies["canh_session"].value
    print(json.dumps(keys))


if __name__ == "__main__":
    main()
