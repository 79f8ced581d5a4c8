"""From an empty house to a panel of one's own that rings, is heard, answered and closed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.dialler import dial
from tests.house import House, house_in, until
from tests.web.browser import PHONE, chromium, faults_of, person, scrolls_sideways

pytestmark = pytest.mark.web
PASSWORD = "canh-giu-cho-pho-1919"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as house:
        house.start("up --no-drill")
        yield house


def test_the_first_administrator_protects_the_first_premises(house: House) -> None:
    with chromium() as browser, person(browser) as page:
        page.goto(house.url)
        _become_administrator(page)
        _name_the_premises(page)
        account, key = _add_the_panel(page, house)
        assert dial(house.dc09_port, account, key, "SIA-DCS", code="HA", zone=1)
        expect(page.locator("#heard.is-heard")).to_be_visible()
        _answer_by_keyboard(page, house)
        with person(browser, PHONE, "en-GB") as phone:
            phone.goto(house.url)
            expect(phone.locator("main")).to_contain_text("Sign in")
            _sign_in(phone, house)
            expect(phone.locator("main")).to_contain_text("Yên tĩnh")  # her own language
            assert faults_of(phone) == []
            assert not scrolls_sideways(phone)


def _become_administrator(page: Page) -> None:
    expect(page).to_have_url(re.compile("/setup/"))
    assert faults_of(page) == []
    page.get_by_label("Họ và tên", exact=False).first.fill("Vũ Hải Én")
    page.locator("[name=username]").fill("en")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.locator("main form button.button-main").click()


def _name_the_premises(page: Page) -> None:
    page.locator("[name=unit_name]").fill("Ngân hàng Hoa Sen")
    page.locator("[name=name]").fill("PGD Hàng Bông")
    page.locator("[name=kind]").select_option("bank_branch")
    assert faults_of(page) == []
    page.locator("main form button.button-main").click()


def _add_the_panel(page: Page, house: House) -> tuple[str, str]:
    account = page.locator("[name=account]").input_value()
    assert faults_of(page) == []
    page.locator("main form button.button-main").click()
    shown = page.locator("main")
    expect(shown).to_contain_text(str(house.dc09_port))
    expect(shown).to_contain_text(account)
    key = re.search(r"(?:[0-9A-F]{4}[\s-]*){8,16}", shown.inner_text())
    assert key, "the key is not shown"
    assert faults_of(page) == []
    return account, re.sub(r"[^0-9A-F]", "", key[0])


def _answer_by_keyboard(page: Page, house: House) -> None:
    page.goto(house.url)
    row = page.locator(".row[data-id]").first
    expect(page.locator("body")).to_contain_text("Báo cướp")
    expect(row).to_be_visible()
    assert faults_of(page) == []
    expect(page.locator("#case-state[data-state=unacknowledged]")).to_be_visible()
    page.keyboard.press("a")
    until(lambda: [a for a in house.rows("alarms", "--open") if a["state"] == "acknowledged"])
    page.keyboard.press("x")
    page.locator("dialog[open] input[value=test]").check()
    page.locator("dialog[open] .button-main").click()
    until(lambda: house.rows("alarms", "--open") == [])
    assert house.rows("alarms")[0]["closed_by"] == "en"


def _sign_in(page: Page, house: House) -> None:
    page.goto(house.url)
    page.locator("[name=username]").fill("en")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form:has([name=password]) button").first.click()
