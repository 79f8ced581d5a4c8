"""Debian's Chromium, driven by Playwright, with no network but this machine's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"]  # fmt: skip
DESKTOP, PHONE = {"width": 1600, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def person(browser: Browser, size: dict[str, int] = DESKTOP, language: str = "vi-VN") -> Iterator[Page]:
    """A fresh visitor. Ends in failure when a page had a script error or asked another host."""
    context: BrowserContext = browser.new_context(viewport=size, locale=language, timezone_id="Asia/Ho_Chi_Minh")  # type: ignore[arg-type]
    page, troubles = context.new_page(), []
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
    page.on("request", lambda r: troubles.append(f"foreign: {r.url}") if not _is_ours(r.url) else None)
    page.on("console", lambda m: troubles.append(f"csp: {m.text}") if "Content Security" in m.text else None)
    yield page
    context.close()
    assert troubles == []


def _is_ours(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:", "about:"))


def faults_of(page: Page) -> list[str]:
    """What axe finds serious or critical on the page as it is."""
    answer: dict[str, Any] = Axe().run(page).response
    return [
        f"{v['impact']} {v['id']}: {v['nodes'][0]['html'][:120]}"
        for v in answer["violations"]
        if v["impact"] in {"serious", "critical"}
    ]


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
