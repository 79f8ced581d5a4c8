"""Every page as each kind of person sees it: nothing serious for axe, no sideways scroll, no script error.

One house, one browser, all pages in a loop; everything found is told at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.house import House, house_in, until
from tests.panel import frame, say
from tests.sites.test_plans import PNG
from tests.web.browser import CHROMIUM, DESKTOP, PHONE, chromium, faults_of, person, scrolls_sideways

pytestmark = [
    pytest.mark.web,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium on this machine"),
]
CUT_OFF = "[...document.querySelectorAll('.rail')].some((e) => e.scrollWidth > e.clientWidth + 1)"
PASSWORD = "canh-giu-cho-pho-1919"

FURNISH = """
import json
from canh.accounts import actions_contacts as contacts
from canh.accounts import queries as people
from canh.alarms import actions, queries as alarms
from canh.sites import queries as sites
everything = people.Viewer(True, frozenset(), frozenset(), frozenset())
operator = people.user_by_name(PERSON)
for address in ("0912345678", "+84987654321"):
    contacts.add_method(operator, "sms", address, actor_id=None)
first, second = alarms.open_alarms(everything)[:2]
actions.acknowledge_alarm(first, operator)
actions.close_alarm(first, operator, "test", "Thử")
actions.add_note(second, operator, "Đã gọi bảo vệ")
site = second.site
from canh.incidents import queries as cases
case = cases.cases(everything)[0]
panel = site.panels.first()
from canh.liaison.actions import hand_over, save_desk
from canh.liaison.models import PoliceDesk
from canh.liaison.sheet import Answers
desk = save_desk(PoliceDesk(name="Cảnh sát 113", kind="emergency", phone="113", email="a@example.vn",
                            joins_drills=True), by=operator)
told, waits = cases.cases(everything)[:2]
answers = Answers(gate="Cổng chính", weapons="yes", held="unknown", is_live="yes", keyholder="", callback="024 1")
referral = hand_over(told, desk, answers, by=operator, reason="Có người báo khẩn.", has_decided=True)
from datetime import time
from canh.monitoring.actions import add_watch, save_desk as save_watchdesk
from canh.monitoring.models import WatchDesk
from canh.occupancy import actions as inside
from canh.occupancy.models import Lockdown
from canh.kit import clock
watchdesk = save_watchdesk(WatchDesk(name="Bàn giám sát", site=site, phone="024 1"), [operator], by=operator)
add_watch(watchdesk, by=operator, weekdays=[1, 2], opens=time(7), closes=time(19), site=site)
member, link = inside.add_member(site, operator, name="Cô Lan", place="Quầy 1", is_leader=True)
inside.sign_in(site, operator, name="Anh Tuấn", company="Sửa máy lạnh", badge="A1", host="Cô Lan")
inside.lend(inside.add_key(site, operator, label="K1", opens="Cửa sau"), operator, holder="Chị Hoa")
inside.add_key(site, operator, label="K2", opens="Kho")
Lockdown.objects.create(site=site, started_at=clock.now(), started_by=operator, is_drill=True)
from canh.sites.actions_plans import add_plan, place_zone
plan = add_plan(site, operator, name="Tầng 1", picture=bytes.fromhex(PICTURE))
for n, zone in enumerate(panel.zones.order_by("number")[:3]):
    place_zone(plan, zone, operator, x=200 + 250 * n, y=500)
things = {"plan": plan, "watchdesk": watchdesk, "waits": waits, "desk": desk, "referral": referral, "alarm": second,
          "closed": first, "site": site, "case": case, "panel": panel, "person": operator}
print(json.dumps({**{name: thing.id for name, thing in things.items()}, "link": link}))
"""
ACCOUNTS = """
import json
from canh.sites import queries
print(json.dumps(sorted(queries.panel_places())[:3]))
"""
GUESTS = """
import json
from canh.accounts import queries
print(json.dumps({a.role: u.username for u in queries.people().filter(is_drill=True) for a in u.assignments.all()}))
"""

OPERATOR = ("/", "/?wall=1", "/alarms/{alarm}/", "/alarms/{closed}/", "/alarms/", "/map/", "/sites/", "/sites/{site}/",
            "/sites/{site}/panels/{panel}/", "/walk/", "/walk/{site}/", "/walk/tests/", "/closing/", "/health/",
            "/routines/?all=1", "/routines/{site}/",
            "/alarms/shelved/", "/handover/", "/figures/", "/figures/alarms/?figure=all",
            "/figures/drills/", "/orders/", "/health/troubles/", "/me/", "/me/contacts/", "/cases/", "/cases/{case}/",
            "/cases/{case}/evidence/",
            "/cases/{waits}/police/", "/police/", "/police/{referral}/", "/police/{referral}/sheet/", "/police/desks/",
            "/here/{link}/", "/here/{link}/?ask=help",
            "/inside/?all=1", "/inside/{site}/", "/inside/{site}/lockdown/", "/monitoring/",
            "/procedures/", "/catalogue/", "/procedures/kind/hold_up/", "/people/", "/nowhere/")  # fmt: skip
KEEPER = ("/sites/add/", "/sites/{site}/change/", "/sites/{site}/panels/add/", "/sites/{site}/panels/{panel}/ready/",
          "/sites/{site}/panels/{panel}/key/", "/sites/{site}/contacts/add/", "/sites/{site}/devices/add/",
          "/sites/{site}/panels/{panel}/replace/", "/sites/{site}/hours/", "/routines/{site}/setup/",
          "/sites/import/", "/sites/keys/", "/reach/", "/duty/", "/duty/?site={site}", "/ladders/", "/ladders/new/",
          "/sites/{site}/plans/", "/sites/{site}/plans/{plan}/",
          "/inside/{site}/setup/", "/monitoring/desks/add/", "/monitoring/desks/{watchdesk}/",
          "/police/desks/add/", "/police/desks/{desk}/", "/sites/{site}/calls/")  # fmt: skip
ADMINISTRATOR = (
    "/people/",
    "/people/add/",
    "/people/{person}/",
    "/people/units/",
    "/setup/channels/",
    "/setup/channels/email/",
    "/audit/",
    "/me/password/",
    "/sites/unknown/",
)
PAGES = {
    "operator": OPERATOR,
    "security_head": (*OPERATOR, *KEEPER),
    "administrator": (*OPERATOR, *KEEPER, *ADMINISTRATOR),
}


@dataclass(frozen=True)
class Look:
    """A screen, a language, a theme."""

    size: dict[str, int]
    locale: str
    theme: str

    @property
    def language(self) -> str:
        return self.locale[:2]


LOOKS = (Look(DESKTOP, "vi-VN", "dark"), Look(PHONE, "en-GB", "light"))


@dataclass
class Inspection:
    """Goes from page to page and notes what is wrong."""

    page: Page
    who: str
    found: list[str] = field(default_factory=list)

    def visit(self, url: str) -> None:
        self.page.goto(url)
        self.look(url)

    def look(self, name: str) -> None:
        self.page.wait_for_timeout(250)  # the stream, the map and htmx have their say
        faults = faults_of(self.page)
        if scrolls_sideways(self.page):
            faults.append("scrolls sideways")
        if self.page.evaluate(CUT_OFF):
            faults.append("the menu is cut off")
        self.found += [f"{self.who} {name}: {fault}" for fault in faults]


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, dict[str, int]]]:
    """The exercise ward with alarms, a closed one and a trouble; its people need no password."""
    with house_in(tmp_path_factory.mktemp("pages")) as house:
        house.canh("migrate")
        (house.data / "installation.json").write_text(json.dumps({"node": 1, "drill": True}))
        house.python("from canh.drill.seed import seed_ward; seed_ward()")
        house.start("engine", "gateway", "web")
        accounts = json.loads(house.python(ACCOUNTS))
        for number, account in enumerate([*accounts, "9F9F"], start=1):
            say(house.dc09_port, frame(account, number, "Nri1/BA1"))
        until(lambda: len(house.rows("alarms", "--open")) >= 3)
        operator = json.loads(house.python(GUESTS))["operator"]
        yield (
            house,
            json.loads(house.python(FURNISH.replace("PERSON", repr(operator)).replace("PICTURE", repr(PNG.hex())))),
        )


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.size['width']}-{look.language}-{look.theme}")
def test_every_page_of_every_role(ward: tuple[House, dict[str, int]], look: Look) -> None:
    house, things = ward
    found: list[str] = []
    with chromium() as browser:
        for place, (role, paths) in enumerate(PAGES.items()):
            with person(browser, look.size, look.locale) as page:
                inspection = Inspection(page, role)
                inspection.visit(f"{house.url}/sign-in/")
                page.locator(".role-card").nth(place).click()
                page.wait_for_url(f"{house.url}/")
                choose(page, house, look)
                for path in paths:
                    inspection.visit(house.url + path.format(**things))
                found += inspection.found
    assert found == []


def choose(page: Page, house: House, look: Look) -> None:
    """Language and theme, as the menu would."""
    for name, value in (("theme", look.theme), ("language", look.language)):
        token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
        form = {name: value, "csrfmiddlewaretoken": token}
        assert page.request.post(f"{house.url}/{name}/", form=form, headers={"Referer": house.url}).ok
    page.goto(house.url)
    assert page.locator("html").get_attribute("lang") == look.language
    assert page.locator("html").get_attribute("data-theme") == look.theme


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.size['width']}-{look.language}")
def test_the_first_run(tmp_path: Path, look: Look) -> None:
    """From the empty house to the page that waits for the panel; each form once with a mistake."""
    with house_in(tmp_path) as house:
        house.canh("migrate")
        house.start("web")
        with chromium() as browser, person(browser, look.size, look.locale) as page:
            inspection = Inspection(page, "first run")
            inspection.visit(house.url)
            _fill(page, {"full_name": "Vũ Hải Én", "username": "en", "password": PASSWORD, "password2": "x"})
            inspection.look("the passwords differ")
            _fill(page, {"password": PASSWORD, "password2": PASSWORD})
            expect(page.locator("[name=unit_name]")).to_be_visible()
            inspection.look("premises")
            page.locator("[name=kind]").select_option("bank_branch")
            _fill(page, {"unit_name": "Ngân hàng Hoa Sen", "name": "PGD Hàng Bông"})
            expect(page.locator("[name=account]")).to_be_visible()
            inspection.look("panel")
            _fill(page, {})
            expect(page.locator("#heard")).to_be_visible()
            inspection.look("panel ready")
            for path in ("/", "/map/", "/sites/", "/alarms/", "/health/", "/health/troubles/", "/audit/"):
                inspection.visit(house.url + path)  # nothing is there yet
            assert page.locator("html").get_attribute("lang") == look.language
    assert inspection.found == []


def _fill(page: Page, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        page.locator(f"main [name={name}]").fill(value)
    page.locator("main form button.button-main").click()
    page.wait_for_load_state()
