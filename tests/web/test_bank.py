"""Setting up a bank in a real browser: a stranger adopted in two clicks, premises walked with a phone in hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cast import BANK_KEY
from tests.dialler import dial
from tests.house import House, until
from tests.panel import frame, is_ack, say
from tests.web.browser import CHROMIUM, DESKTOP, PHONE, chromium, faults_of, scrolls_sideways

pytestmark = [
    pytest.mark.web,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium on this machine"),
]
ROOT = Path(__file__).resolve().parents[2]
INSTALLER = """
from django.test import Client
from canh.accounts import actions
from canh.accounts.models import Unit
from canh.accounts.terms import Role
khoa = actions.add_user(actor_id=None, username="khoa", full_name="Trần Văn Khoa", password=None)
actions.assign(actor_id=None, user=khoa, role=Role.INSTALLER, unit=Unit.objects.get(name="Ngân hàng Hoa Sen"))
client = Client()
client.force_login(khoa)
print(client.cookies["canh_session"].value)
"""


class Bank:
    """A house with the cast in it; people come in by their session."""

    def __init__(self, house: House, browser: Browser, keys: dict[str, str]) -> None:
        self.house, self.browser, self.keys = house, browser, keys

    @contextmanager
    def person(self, who: str, size: dict[str, int]) -> Iterator[Page]:
        context = self.browser.new_context(viewport=size, locale="vi-VN", reduced_motion="reduce")  # type: ignore[arg-type]
        cookie = {"name": "canh_session", "value": self.keys[who], "url": self.house.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page, troubles = context.new_page(), []
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on("console", lambda m: troubles.append(m.text) if "Content Security" in m.text else None)
        yield page
        context.close()
        assert troubles == []


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with House(tmp_path_factory.mktemp("bank") / "data") as house:
        environment = {**house.environment, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        made = subprocess.run(
            [sys.executable, "-m", "tests.web.desk_cast"], env=environment, cwd=ROOT, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        keys = {**json.loads(made.stdout.splitlines()[-1]), "khoa": house.python(INSTALLER).strip()}
        house.start("gateway", "engine", "web")
        with chromium() as browser:
            yield Bank(house, browser, keys)


def look(page: Page) -> None:
    assert faults_of(page) == []
    assert not scrolls_sideways(page)


def test_an_installer_walks_the_bank_with_a_real_dialler(bank: Bank) -> None:
    with bank.person("khoa", PHONE) as page:
        page.goto(bank.house.url + "/walk/")
        look(page)
        page.locator("#walk-q").fill("hang bong")
        page.locator("#rows .site-pick", has_text="PGD Hàng Bông").click()
        expect(page.get_by_role("heading", name="Đưa vào kiểm tra rồi đi từng vùng")).to_be_visible()
        look(page)
        page.get_by_role("button", name="Bắt đầu").click()
        expect(page.locator("#walk-live")).to_contain_text("Còn 2 vùng")
        assert dial(bank.house.dc09_port, "1001", BANK_KEY, "SIA-DCS", code="BA", zone=2)
        expect(page.locator(".is-ticked[data-zone='2']")).to_be_visible()
        look(page)
        where = page.url
    with bank.person("khoa", PHONE) as page:  # the browser was closed meanwhile
        page.goto(where)
        expect(page.locator(".is-ticked[data-zone='2']")).to_be_visible()
        assert dial(bank.house.dc09_port, "1001", BANK_KEY, "ADM-CID", code="120", area=1, zone=1)
        expect(page.locator("#walk-live")).to_contain_text("Mọi vùng đã có tín hiệu")
        page.get_by_role("link", name="Lập biên bản nghiệm thu").click()
        look(page)
        page.get_by_label("Người ký").fill("Trần Văn Khoa")
        page.get_by_role("button", name="Ký", exact=True).click()
        expect(page.locator(".paper")).to_contain_text("BIÊN BẢN NGHIỆM THU")
        expect(page.locator(".paper")).to_contain_text("2 vùng đã có tín hiệu")
        look(page)
    with bank.person("chi", DESKTOP) as page:
        page.goto(bank.house.url + "/walk/tests/")
        expect(page.locator("main")).to_contain_text("Không nơi nào đang kiểm tra")


def test_a_stranger_is_adopted_in_two_clicks(bank: Bank) -> None:
    port = bank.house.dc09_port
    assert is_ack(say(port, frame("7001", 1, "Nri1/BA2")), 1)
    until(lambda: "7001" in bank.house.canh("signals", "--all"))
    with bank.person("en", DESKTOP) as page:
        page.goto(bank.house.url + "/sites/unknown/")
        expect(page.locator(".strangers")).to_contain_text("Đột nhập — vùng 2")
        look(page)
        page.get_by_role("link", name="Chọn trụ sở").click()
        look(page)
        page.locator("#pick-sites .site-pick", has_text="Ngô Sĩ Liên").click()
        expect(page.get_by_role("heading", name="Tín hiệu đã gửi")).to_be_visible()
        expect(page.locator("#zones tbody tr")).to_have_count(1)
        look(page)
        until(lambda: is_ack(say(port, frame("7001", 2, "Nri1/BA2")), 2))
        until(lambda: [a for a in bank.house.rows("alarms") if "Ngô Sĩ Liên" in str(a["site"])])
        page.reload()
        expect(page.locator("main")).to_contain_text("Báo động đang mở")
