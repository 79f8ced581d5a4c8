"""Seeding: whole or absent, once, visible to the right people."""

import time
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import TestCase

from canh.accounts import actions as accounts
from canh.accounts import queries as people
from canh.accounts.actions import add_user
from canh.accounts.models import Area, Assignment, Unit, User
from canh.audit.models import Line
from canh.drill import play, seed, ward
from canh.drill.scenes import fits, load
from canh.sites import actions as sites
from canh.sites import queries as premises
from canh.sites.models import Contact, Device, Panel, Revision, Site, Zone

TABLES = (Area, Unit, User, Assignment, Site, Panel, Zone, Device, Contact, Line, Revision)
PLANS = ward.load().sites
db = pytest.mark.django_db


def counts() -> dict[str, int]:
    return {table.__name__: table.objects.count() for table in TABLES}


def real_site() -> Site:
    unit = Unit(name="Ngân hàng thật", kind="bank", valid_from="2020-01-01")
    unit.save()
    return sites.add_site(actor_id=None, unit_id=unit.id, name="Trụ sở thật", kind="bank_branch")


class Seeded(TestCase):
    """What is there afterwards; seeded once for all these tests."""

    made: seed.SeedSummary
    told: list[tuple[str, int, int]]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.told = []
        cls.made = seed.seed_ward(lambda *step: cls.told.append(step))

    def test_the_whole_ward_is_made(self) -> None:
        made = self.made
        assert made.is_new
        assert (made.areas, made.people, made.sites) == (127, 3, len(PLANS))
        assert made.units == Unit.objects.count()
        assert Site.objects.filter(is_drill=True).count() == Panel.objects.count() == len(PLANS)
        assert made.zones == Zone.objects.count() == sum(len(plan.zones) for plan in PLANS)
        assert made.devices == Device.objects.count() > made.zones
        assert made.contacts == Contact.objects.count()

    def test_progress_is_told_to_the_end(self) -> None:
        last = {step: (done, of) for step, done, of in self.told}
        assert list(last) == ["areas", "units", "people", "sites"]
        assert all(done == of for done, of in last.values())

    def test_a_second_time_changes_nothing(self) -> None:
        before = counts(), premises.directory_revision()
        assert not seed.seed_ward().is_new
        assert (counts(), premises.directory_revision()) == before

    def test_gateway_and_engine_are_told(self) -> None:
        assert premises.directory_revision() > 0

    def test_the_audit_has_a_line_for_the_whole(self) -> None:
        made = self.made
        assert Line.objects.get(action="drill.seed").detail == {
            "sites": made.sites, "zones": made.zones, "devices": made.devices, "contacts": made.contacts
        }  # fmt: skip

    def test_keys_are_made_here_and_differ(self) -> None:
        directory = premises.panel_directory()
        sizes = {plan.account: plan.key_bits for plan in PLANS}
        assert {account: 8 * len(entry.key or b"") for account, entry in directory.items()} == sizes
        keys = [entry.key for entry in directory.values() if entry.key]
        assert len(set(keys)) == len(keys)

    def test_the_rows_that_went_in_together_pass_the_checks_of_the_register(self) -> None:
        for table in (Zone, Device, Contact):
            for row in table.objects.all():
                row.full_clean()

    def test_each_site_is_in_its_ward_with_its_address(self) -> None:
        for plan in PLANS:
            site = Site.objects.select_related("area").get(name=plan.name)
            assert site.area
            assert site.area.code == plan.ward
            assert site.address == f"{plan.address}, p{site.area.name[1:]}, Hà Nội"

    def test_operator_and_head_see_all_of_the_drill_and_nothing_real(self) -> None:
        real = real_site()
        for username in ("trucban", "chihuy"):
            seen = premises.visible_to(people.viewer(User.objects.get(username=username)))
            assert seen.count() == self.made.sites
            assert real not in seen

    def test_the_drill_people_have_no_password(self) -> None:
        users = User.objects.filter(is_drill=True)
        assert {user.username for user in users} == {"quantri", "chihuy", "trucban"}
        assert not any(user.has_usable_password() for user in users)

    def test_the_cast_is_read_back_with_zones_and_language(self) -> None:
        plans = {plan.account: plan for plan in PLANS}
        cast = play.load_cast()
        assert {actor.account for actor in cast} == set(plans)
        for actor in cast:
            plan = plans[actor.account]
            assert (actor.speaks, actor.kind) == (plan.speaks, plan.kind)
            assert 8 * len(actor.key or b"") == plan.key_bits
            assert all(fits(scene, actor) for scene in load().scenes if actor.kind in scene.kinds)

    def test_retired_panels_closed_and_real_sites_do_not_play(self) -> None:
        panel = Panel.objects.get(account="2001")
        sites.retire_panel(panel, actor_id=1)
        Site.objects.filter(panels__account="2002").update(closed_at=panel.retired_at)
        Site.objects.filter(panels__account="2003").update(is_drill=False)
        accounts = {actor.account for actor in play.load_cast()}
        assert {plan.account for plan in PLANS} - accounts == {"2001", "2002", "2003"}


@db
@pytest.mark.parametrize("at", [0, 40])
def test_after_a_failure_nothing_is_there(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    before = counts()
    made: list[int] = []
    add_panel = sites.add_panel

    def fails_in_the_middle(**more):
        made.append(1)
        if len(made) > at:
            raise OSError("the disk is full")
        return add_panel(**more)

    monkeypatch.setattr(sites, "add_panel", fails_in_the_middle)
    with pytest.raises(OSError, match="disk is full"):
        seed.seed_ward()
    assert counts() == before


@db
def test_a_plan_the_register_refuses_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ward.load()
    bad = ward.Ward(whole.units, whole.people, (*whole.sites[:3], whole.sites[0]))
    monkeypatch.setattr(ward, "load", lambda: bad)
    before = counts()
    with pytest.raises(ValidationError):
        seed.seed_ward()
    assert counts() == before


@db
def test_real_people_panels_and_areas_are_left_alone(record_testsuite_property: Callable[[str, object], None]) -> None:
    areas = {area.pk for area in accounts.add_areas_of_hanoi().values()}
    person = add_user(actor_id=None, username="trucban", full_name="Lê Thị Thật", password="khong-de-doan-7")
    panel = sites.add_panel(actor_id=None, site=real_site(), account="2001").panel
    began = time.perf_counter()
    made = seed.seed_ward()
    record_testsuite_property("seed_seconds_without_areas", round(time.perf_counter() - began, 3))
    assert (made.areas, made.sites) == (0, len(PLANS))
    assert {area.pk for area in Area.objects.all()} == areas
    assert User.objects.get(pk=person.pk).is_drill is False
    assert User.objects.get(username="trucban.dientap").is_drill
    assert Panel.objects.get(account="2001") == panel
    assert Panel.objects.filter(site__is_drill=True).count() == len(PLANS)


@db
def test_the_areas_alone_in_no_time(record_testsuite_property: Callable[[str, object], None]) -> None:
    began = time.perf_counter()
    assert len(accounts.add_areas_of_hanoi()) == 127
    record_testsuite_property("areas_seconds", round(time.perf_counter() - began, 3))
    assert len(accounts.add_areas_of_hanoi()) == 127
    assert Area.objects.count() == 127
