"""Closed alarms: found again, and taken along."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from canh.alarms import actions
from canh.alarms.models import Alarm
from canh.console.cells import plain
from canh.console.desk import history
from canh.kit import clock
from tests.cast import Cast
from tests.clock import stopped
from tests.console.desk.scenes import browser, raise_alarm


def closed(cast: Cast, account: str, code: str, reason: str = "test") -> Alarm:
    alarm = actions.acknowledge_alarm(raise_alarm(account, code), cast.chi)
    return actions.close_alarm(alarm, cast.chi, reason)


def found(client: object, query: str = "") -> int:
    return client.get(f"/alarms/{query}").content.decode().count('<td data-label="Lý do"')  # type: ignore[attr-defined]


def test_the_list_narrows_by_site_kind_reason_and_day(cast: Cast) -> None:
    start = clock.now()
    with stopped(start) as hands:
        closed(cast, "1001", "HA", "user_error")
        hands.forward(3 * 86400)
        day = timezone.localdate(start) + timedelta(days=1)
        closed(cast, "1002", "BA")
        client = browser(cast.chi)
        assert found(client) == 2
        assert found(client, "?q=hang+bong") == 1
        assert found(client, "?kind=intrusion") == 1
        assert found(client, "?reason=user_error") == 1
        assert found(client, f"?site={cast.school.id}") == 1
        assert found(client, f"?since={day}") == 1
        assert found(client, f"?until={day}") == 1
        assert found(client, "?since=nonsense&kind=nonsense") == 2
        assert found(client, "?q=zzz") == 0


def test_open_alarms_and_those_of_others_are_not_in_it(cast: Cast) -> None:
    raise_alarm("1001", "HA")
    closed(cast, "1002", "BA")
    assert found(browser(cast.dung)) == 0
    assert found(browser(cast.chi)) == 1


def test_pages(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PER_PAGE", 2)
    for code in ("BA", "TA", "AT"):
        closed(cast, "1002", code)
    client = browser(cast.chi)
    assert (found(client), found(client, "?page=2"), found(client, "?page=99")) == (2, 1, 1)


def test_the_export_can_be_read_by_a_spreadsheet(cast: Cast) -> None:
    closed(cast, "1001", "HA", "user_error")
    answer = browser(cast.chi).get("/alarms/export.csv")
    text = answer.content.decode("utf-8-sig")
    head, row = list(csv.reader(io.StringIO(text)))
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert len(head) == len(row) == 16
    assert row[2] == "Báo cướp — Nút khẩn quầy 2"
    assert row[14] == "Báo giả: người dùng nhầm lẫn"


def test_the_export_cannot_run_a_formula(cast: Cast) -> None:
    cast.bank.name = "=HYPERLINK(1)"
    cast.bank.save()
    closed(cast, "1001", "HA")
    text = browser(cast.chi).get("/alarms/export.csv").content.decode("utf-8-sig")
    assert ",=HYPERLINK" not in text
    assert "'=HYPERLINK" in text


def test_the_export_is_bound_to_what_one_may_see(cast: Cast) -> None:
    closed(cast, "1002", "BA")
    assert browser(cast.dung).get("/alarms/export.csv").content.decode().count("\n") == 1


def test_an_empty_cell_stays_empty_and_a_formula_stays_text() -> None:
    assert [plain(text) for text in ("", "Hoa", "=1+1", "-2", "@x", "\t=1")] == [
        "",
        "Hoa",
        "'=1+1",
        "'-2",
        "'@x",
        "'\t=1",
    ]
