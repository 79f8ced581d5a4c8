"""The page of the figures, and the alarms behind each."""

from __future__ import annotations

import pytest
from django.urls import reverse

from canh.alarms import actions
from tests.cast import Cast
from tests.console.desk.scenes import browser, raise_alarm

pytestmark = pytest.mark.django_db


def test_without_alarms_nothing_is_praised(cast: Cast) -> None:
    page = browser(cast.chi).get(reverse("kpi")).content.decode()
    assert "chưa có gì để xét" in page
    assert "Không có báo động nào trong thời gian này." in page


def test_each_figure_leads_to_its_alarms(cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(raise_alarm("1002", "BA"), cast.chi)
    desk = browser(cast.chi)
    page = desk.get(reverse("kpi"), {"days": "7"}).content.decode()
    assert "Nguyễn Thị Chi" in page
    assert "Cổng chính" in page
    for figure, is_there in (("all", True), ("late", False), ("chatter", False), ("stale", False)):
        listed = desk.get(reverse("kpi-alarms"), {"figure": figure, "days": "7"}).content.decode()
        assert (reverse("alarm", args=[alarm.id]) in listed) is is_there
    listed = desk.get(reverse("kpi-alarms"), {"source": alarm.key}).content.decode()
    assert reverse("alarm", args=[alarm.id]) in listed


@pytest.mark.parametrize("figure", ["", "x", "window-", "window-x", "window-9999999999"])
def test_a_figure_that_is_not_is_not_there(cast: Cast, figure: str) -> None:
    assert browser(cast.chi).get(reverse("kpi-alarms"), {"figure": figure}).status_code == 404


def test_a_senseless_span_is_the_usual_one(cast: Cast) -> None:
    for days in ("", "x", "-1", "8", "99999"):
        assert browser(cast.chi).get(reverse("kpi"), {"days": days}).context["days"] == 30


def test_the_desk_of_the_banks_learns_nothing_of_the_school(cast: Cast) -> None:
    alarm = raise_alarm("1002", "BA")
    for query in ({"figure": "all"}, {"source": alarm.key}):
        assert str(alarm.id) not in browser(cast.dung).get(reverse("kpi-alarms"), query).content.decode()
