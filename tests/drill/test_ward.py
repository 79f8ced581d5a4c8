"""The ward as shipped: whole, plausible, and enough for every scene."""

import re
import tomllib
import unicodedata
from collections import Counter
from importlib.resources import files

import pytest

from canh.accounts.terms import Role, UnitKind
from canh.drill import scenes, ward
from canh.drill.dc09 import Speech
from canh.drill.ward import SitePlan
from canh.kit.geo import distance_km
from canh.sites.terms import DeviceKind, SiteKind, ZoneUse
from tests.drill.stage import actor_of

WARD = ward.load()
AREAS = {
    row["code"]: row
    for row in tomllib.loads(files("canh.accounts").joinpath("data/hanoi_areas.toml").read_text("utf-8"))["areas"][
        "rows"
    ]
}
TEXT = files("canh.drill").joinpath("data/ward.toml").read_text("utf-8")
BRANDS = re.compile(
    r"\b(vietcombank|bidv|vietinbank|agribank|techcombank|sacombank|mbbank|vpbank|tpbank|acb|shb|hdbank|"
    r"seabank|vib|msb|ocb|eximbank|lpbank|pvcombank|bắc á|nam á|an bình|kiên long|ncb|scb|đông á|quân đội)\b"
)

for_each_site = pytest.mark.parametrize("site", WARD.sites, ids=lambda site: site.account)


def test_the_mix_of_premises() -> None:
    kinds = Counter(site.kind for site in WARD.sites)
    assert 38 <= len(WARD.sites) <= 45
    assert kinds[SiteKind.BANK_BRANCH] >= 12
    assert kinds[SiteKind.TREASURY] in {1, 2}
    assert kinds[SiteKind.CREDIT_FUND] >= 5
    assert kinds[SiteKind.SCHOOL] >= 8
    assert kinds[SiteKind.OFFICE] + kinds[SiteKind.ENTERPRISE] >= 6


def test_the_mix_of_panels() -> None:
    keys = Counter(site.key_bits for site in WARD.sites)
    assert set(keys) == {0, 128, 192, 256}
    assert 0.4 <= keys[128] / len(WARD.sites) <= 0.6
    assert {len(site.account) for site in WARD.sites} == {4, 6}
    assert {site.speaks for site in WARD.sites} == set(Speech)


def test_accounts_and_names_are_unique() -> None:
    assert len({site.account for site in WARD.sites}) == len(WARD.sites)
    assert len({site.name for site in WARD.sites}) == len(WARD.sites)
    contacts = [contact for site in WARD.sites for contact in site.contacts]
    assert len({contact.name for contact in contacts}) == len(contacts)
    assert len({contact.phone for contact in contacts}) == len(contacts)


@for_each_site
def test_a_site_lies_near_the_centre_of_its_ward(site: SitePlan) -> None:
    area = AREAS[site.ward]
    assert distance_km((site.lat, site.lon), (area["lat"], area["lon"])) <= 0.6


def test_sites_of_one_ward_do_not_lie_on_each_other() -> None:
    assert len({(site.lat, site.lon) for site in WARD.sites}) == len(WARD.sites)


@for_each_site
def test_words_are_those_of_the_register(site: SitePlan) -> None:
    SiteKind(site.kind)
    for zone in site.zones:
        ZoneUse(zone.use)
        assert [DeviceKind(kind) for kind in zone.devices]
    assert [DeviceKind(kind) for kind, _name in site.loose]
    assert re.fullmatch(r"[0-9A-F]{3,16}", site.account)


@for_each_site
def test_a_site_has_a_zone_of_each_needed_use(site: SitePlan) -> None:
    uses = Counter(zone.use for zone in site.zones)
    needed = {ZoneUse.HOLD_UP, ZoneUse.ENTRY, ZoneUse.PERIMETER, ZoneUse.INTERIOR, ZoneUse.FIRE, ZoneUse.TECHNICAL}
    if site.kind in {SiteKind.BANK_BRANCH, SiteKind.TREASURY, SiteKind.CREDIT_FUND}:
        needed |= {ZoneUse.VAULT}
    assert needed <= set(uses)


@for_each_site
def test_every_scene_of_its_kind_can_be_played_there(site: SitePlan) -> None:
    for scene in scenes.load().scenes:
        if site.kind in scene.kinds:
            assert scenes.fits(scene, actor_of(site)), scene.id


@for_each_site
def test_people_to_call(site: SitePlan) -> None:
    assert [contact.order for contact in site.contacts] == list(range(1, len(site.contacts) + 1))
    assert any(contact.is_keyholder for contact in site.contacts)
    for contact in site.contacts:
        assert re.fullmatch(r"024 0000 0\d{3}|0900 000 \d{3}", contact.phone)  # nobody's number
        assert len(contact.name.split()) >= 3


def test_units_form_a_tree_and_hold_every_site() -> None:
    seen = {""}
    for unit in WARD.units:
        assert unit.above in seen
        seen.add(unit.key)
        UnitKind(unit.kind)
        assert not unit.each or UnitKind(unit.each)
    assert {site.unit for site in WARD.sites} <= seen
    assert WARD.units[0].kind == UnitKind.CITY
    assert any(unit.kind == UnitKind.MONITORING for unit in WARD.units)


def test_the_three_people() -> None:
    roles = {person.username: (person.role, person.unit) for person in WARD.people}
    assert roles == {
        "quantri": (Role.ADMINISTRATOR, ""),
        "chihuy": (Role.SECURITY_HEAD, "thanh_pho"),
        "trucban": (Role.OPERATOR, "thanh_pho"),
    }


def test_the_text_is_composed_and_names_no_real_bank() -> None:
    for name in ("data/ward.toml", "data/scenes.toml"):
        assert unicodedata.is_normalized("NFC", files("canh.drill").joinpath(name).read_text("utf-8"))
    assert not BRANDS.search(TEXT.casefold())


def test_no_key_stands_in_the_file() -> None:
    assert not re.search(r"[0-9A-Fa-f]{24,}", TEXT)
