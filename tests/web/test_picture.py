"""The ready ward of `canh up` as a visitor meets it; also draws the picture of the README.

The picture is written only when CANH_PICTURE names a file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.house import House, house_in, until
from tests.web.browser import chromium, person

pytestmark = pytest.mark.web
PICTURE = os.environ.get("CANH_PICTURE", "")
"""Where to write the picture; the drill then plays faster, to have something to show."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as house:
        yield house


def test_within_a_minute_an_alarm_of_the_ready_ward_is_on_the_screen(house: House) -> None:
    begin = time.monotonic()
    house.start("up --pace 12" if PICTURE else "up")
    with chromium() as browser, person(browser) as page:
        page.goto(house.url)
        page.get_by_role("button", name="Trực ban").click()
        expect(page.locator("body")).to_contain_text("Diễn tập")
        until(lambda: page.locator(".row[data-id]").count() >= 1, 60)
        assert time.monotonic() - begin < 60
        expect(page.locator("#case-state[data-state=unacknowledged]")).to_be_visible()  # it opens by itself
        page.keyboard.press("a")
        until(lambda: [a for a in house.rows("alarms") if a["state"] == "acknowledged"])
        assert all(a["drill"] for a in house.rows("alarms"))
        if PICTURE:
            _draw(house, page, Path(PICTURE))


def _draw(house: House, page: object, target: Path) -> None:
    until(lambda: len(house.rows("alarms", "--open")) >= 6, 300, 2)
    page.wait_for_timeout(2000)  # type: ignore[attr-defined]
    page.screenshot(path=target)  # type: ignore[attr-defined]
