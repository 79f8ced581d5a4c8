"""Whatever reports at a door is registered the same way: account, kind, and how the door reaches it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from canh.audit.models import Line
from canh.sites import actions, queries, rules
from canh.sites.models import Panel
from canh.sites.rules import SettingFault
from canh.sites.terms import Door, PanelKind
from tests.cast import Cast

SETTINGS = {"address": "192.0.2.4:8080", "user": "canh", "password": "Mật-khẩu 9"}


def add_camera(cast: Cast, **changes: object) -> Panel:
    words = {
        "actor_id": cast.chi.id, "site": cast.bank, "account": "onvif:SN-0042", "kind": PanelKind.CAMERA,
        "door": Door.ONVIF, "settings": SETTINGS,
    }  # fmt: skip
    return actions.add_panel(**{**words, **changes}).panel


def test_a_camera_is_registered_with_what_its_door_needs(cast: Cast) -> None:
    before = queries.directory_revision()
    panel = add_camera(cast)
    entry = queries.panel_directory()["onvif:SN-0042"]
    assert (entry.door, entry.settings, panel.kind) == ("onvif", SETTINGS, "camera")
    assert queries.directory_revision() > before
    assert panel.name == "Camera"


def test_settings_are_sealed_and_never_stand_in_the_audit(cast: Cast) -> None:
    panel = add_camera(cast)
    actions.change_settings(panel, {**SETTINGS, "password": "Bí-mật 10"}, actor_id=cast.chi.id)
    kept = bytes(Panel.objects.get(id=panel.id).settings_sealed)
    assert b"192.0.2.4" not in kept
    lines = Line.objects.filter(subject=f"panel:{panel.id}").order_by("id")
    assert [line.action for line in lines] == ["panel.add", "panel.settings"]
    assert not any("khẩu" in str(line.detail) or "Bí" in str(line.detail) for line in lines)


def test_changed_settings_reach_the_gateway(cast: Cast) -> None:
    panel = add_camera(cast)
    before = queries.directory_revision()
    actions.change_settings(panel, {"address": "192.0.2.5", "user": " "}, actor_id=cast.chi.id)
    assert queries.panel_directory()[panel.account].settings == {"address": "192.0.2.5"}
    assert queries.directory_revision() > before


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({}, "address"),
        ({"address": "ftp://192.0.2.4"}, "address"),
        ({"address": "user:secret@192.0.2.4"}, "address"),
        ({"address": "192.0.2.4:99999"}, "address"),
        ({**SETTINGS, "pasword": "x"}, "pasword"),
        ({**SETTINGS, "user": "x" * 501}, "user"),
    ],
)
def test_settings_the_door_cannot_use_are_refused_by_name(cast: Cast, settings: dict[str, str], name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        add_camera(cast, settings=settings)
    assert list(refused.value.message_dict) == [name]
    assert not Panel.objects.filter(door=Door.ONVIF).exists()


@pytest.mark.parametrize(
    ("door", "account"),
    [
        (Door.ONVIF, "1234"),
        (Door.ONVIF, "frigate:front"),
        (Door.ONVIF, "onvif:"),
        (Door.ONVIF, "onvif:a b"),
        (Door.MQTT, "onvif:SN-0042"),
        (Door.SIA, "sms:+84901234567"),
        (Door.SMS, "+84901234567"),
    ],
)
def test_an_account_of_another_door_is_refused(cast: Cast, door: Door, account: str) -> None:
    with pytest.raises(ValidationError) as refused:
        add_camera(cast, door=door, account=account, settings=SETTINGS if door == Door.ONVIF else {})
    assert list(refused.value.message_dict) == ["account"]


def test_names_at_other_doors_keep_their_letters(cast: Cast) -> None:
    made = add_camera(cast, door=Door.MQTT, account=" frigate:Front-door ", settings={"topic": "a/b"})
    assert made.account == "frigate:Front-door"


@pytest.mark.parametrize(
    "address",
    ["192.0.2.4", "192.0.2.4:8080", "cam-1.bank.example", "[2001:db8::4]:80", "https://192.0.2.4/onvif/device_service"],
)
def test_addresses_as_people_write_them(address: str) -> None:
    assert rules.wrong_settings("onvif", {"address": address}) == {}


@pytest.mark.parametrize("address", ["", " ", "http://", "a b", "[::1", "192.0.2.4:x", "file:///etc"])
def test_what_is_no_address(address: str) -> None:
    assert rules.wrong_settings("onvif", {"address": address}) == {"address": SettingFault.NO_ADDRESS}


def test_a_program_at_the_webhook_always_gets_a_secret(cast):
    made = actions.add_panel(actor_id=None, site=cast.bank, account="webhook:doors", door=Door.WEBHOOK)
    assert len(made.key_hex) == 64
    own = actions.add_panel(
        actor_id=None, site=cast.bank, account="webhook:other", door=Door.WEBHOOK, key_hex="ab" * 17
    )
    assert own.key_hex == "AB" * 17
    with pytest.raises(ValidationError):
        actions.replace_key(own.panel, "ab" * 15, actor_id=cast.en.id)


def test_a_receiver_stands_beside_the_panels_it_speaks_for(cast):
    account = "receiver:recv.example"
    made = actions.add_panel(actor_id=None, site=cast.bank, account=account, kind=PanelKind.SERVICE)
    assert (made.panel.account, made.panel.door, made.key_hex) == (account, Door.SIA, "")
    with pytest.raises(ValidationError):
        actions.add_panel(actor_id=None, site=cast.bank, account="other:recv", kind=PanelKind.SERVICE)
