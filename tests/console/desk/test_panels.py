"""Other corners of the console put their parts into a case by one line each."""

from __future__ import annotations

from typing import Any

import pytest

from canh.alarms.models import Alarm
from canh.console.desk import panels
from canh.console.desk.panels import CasePanel, Place
from tests.cast import Cast
from tests.console.desk.scenes import browser, raise_alarm


def about(request: Any, alarm: Alarm) -> dict[str, Any] | None:
    """What a part might know; of other alarms than a hold-up nothing."""
    return {"guidance": f"{request.user.username}:{alarm.code}"} if alarm.code == "HA" else None


@pytest.fixture
def one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    part = CasePanel(Place.WORK, "console/desk/case_none.html", about, dialogs="console/desk/counts.html")
    monkeypatch.setattr(panels, "PANELS", [part])


@pytest.mark.usefixtures("one_part")
def test_a_part_stands_in_its_place_with_its_windows(cast: Cast) -> None:
    page = browser(cast.dung).get(f"/alarms/{raise_alarm('1001', 'HA').id}/").content.decode()
    work = page.index('class="case-work"')
    assert page.index("case-none") > work
    assert page.count('id="counts"') == 2  # the figures of the desk, and the window of the part


@pytest.mark.usefixtures("one_part")
def test_who_only_looks_gets_no_windows(cast: Cast) -> None:
    page = browser(cast.en).get(f"/alarms/{raise_alarm('1001', 'HA').id}/").content.decode()
    assert 'class="case-work"' in page
    assert page.count('id="counts"') == 1


@pytest.mark.usefixtures("one_part")
def test_a_part_that_has_nothing_to_say_takes_no_place(cast: Cast) -> None:
    page = browser(cast.dung).get(f"/alarms/{raise_alarm('1001', 'BA', '2').id}/").content.decode()
    assert "case-work" not in page


def test_a_part_is_asked_about_one_alarm_for_one_person(cast: Cast, rf: Any) -> None:
    request = rf.get("/")
    request.user = cast.dung
    alarm = raise_alarm("1001", "HA")
    shown = panels.panels_of(request, alarm, [CasePanel(Place.TOP, "x.html", about)])
    assert [panel.facts for panel in shown["top"]] == [{"guidance": "dung:HA"}]
    assert shown["work"] == shown["side"] == []
