"""Floor plans: set up by hand, shown beside the alarm with what tripped."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from canh.accounts.models import User
from canh.accounts.terms import Role
from canh.alarms.models import Alarm
from canh.kit import paths
from canh.sites import actions_plans as actions
from canh.sites.models import FloorPlan, PlanMark, Zone
from tests.cast import Cast
from tests.console.desk.scenes import raise_alarm
from tests.sites.test_plans import PNG
from tests.watch import data_folder

Enter = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_folder(monkeypatch, tmp_path)


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


def picture(content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile("plan.png", content, content_type="image/png")


@pytest.fixture
def plan(cast: Cast) -> FloorPlan:
    made = actions.add_plan(cast.school, cast.chi, name="Tầng 1", picture=PNG)
    for zone, x in zip(Zone.objects.filter(panel=cast.school_panel).order_by("number"), (250, 750), strict=True):
        actions.place_zone(made, zone, cast.chi, x=x, y=500)
    return made


def test_a_plan_is_added_and_zones_are_put_on_it(cast: Cast, enter: Enter) -> None:
    head, address = enter(cast.chi), reverse("plans", args=[cast.bank.id])
    assert "Chưa có mặt bằng" in text(head.get(address))
    refused = head.post(address, {"name": "Tầng 1", "picture": picture(b"<svg>")})
    assert refused.status_code == 422
    assert "Chỉ hiển thị được PNG và JPEG." in text(refused)
    head.post(address, {"name": "Tầng 1", "picture": picture()})
    made, zone = FloorPlan.objects.get(), Zone.objects.get(panel=cast.bank_panel, number=2)
    place = reverse("plan-mark", args=[cast.bank.id, made.id])
    assert head.post(place, {"zone": zone.id, "x": 1001, "y": 1}).status_code == 422
    assert "M400 300h.01" in text(head.post(place, {"zone": zone.id, "x": 400, "y": 300}, follow=True))
    head.post(reverse("plan-unmark", args=[cast.bank.id, made.id, PlanMark.objects.get().id]))
    assert PlanMark.objects.count() == 0
    head.post(reverse("plan-remove", args=[cast.bank.id, made.id]))
    assert FloorPlan.objects.count() == 0


def test_the_picture_is_for_who_sees_the_premises_alone(cast: Cast, enter: Enter, plan: FloorPlan) -> None:
    address = reverse("plan-picture", args=[cast.school.id, plan.id])
    answer = enter(cast.chi).get(address)
    assert (answer.content, answer["Content-Type"], answer["Cache-Control"]) == (PNG, "image/png", "no-store")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert enter(cast.dung).get(address).status_code == 404
    for file in paths.folder("plans").iterdir():
        file.unlink()
    assert enter(cast.chi).get(address).status_code == 404


def test_the_case_shows_where_it_tripped_and_what_else_rings(cast: Cast, enter: Enter, plan: FloorPlan) -> None:
    head = enter(cast.chi)
    first = raise_alarm("1002", "BA", "1")
    page = text(head.get(reverse("alarm", args=[first.id])))
    assert page.count('class="plan-point is-tripped p-2" d="M250 500h.01"') == 2  # beside the case, and larger
    assert page.count('class="plan-point" d="M750 500h.01"') == 2
    raise_alarm("1002", "BA", "2")
    page = text(head.get(reverse("alarm", args=[first.id])))
    assert 'class="plan-point is-tripped p-2" d="M750 500h.01"' in page
    assert "Phòng máy" in page


def test_an_alarm_without_a_place_says_so(cast: Cast, enter: Enter, plan: FloorPlan) -> None:
    alarm = raise_alarm("1002", "YC", "")
    assert "Báo động này chưa có chỗ trên mặt bằng." in text(enter(cast.chi).get(reverse("alarm", args=[alarm.id])))
    other = raise_alarm("1003", "HA", "1")
    assert "plan-title" not in text(enter(cast.dung).get(reverse("alarm", args=[other.id])))


def test_an_exercise_shows_where_the_real_zone_is(cast: Cast, enter: Enter, plan: FloorPlan) -> None:
    alarm = raise_alarm("1002", "BA", "1")
    of_the_drill = Zone.objects.create(panel=cast.fund_panel, number=77, name=alarm.zone_name)
    Alarm.objects.filter(id=alarm.id).update(is_drill=True, zone=of_the_drill)
    page = text(enter(cast.chi).get(reverse("alarm", args=[alarm.id])))
    assert 'class="plan-point is-tripped p-2" d="M250 500h.01"' in page


def test_another_head_keeps_other_plans(cast: Cast, enter: Enter, plan: FloorPlan) -> None:
    other = enter(cast.person(Role.SECURITY_HEAD, cast.banking))
    assert other.get(reverse("plan", args=[cast.school.id, plan.id])).status_code == 404
    assert other.post(reverse("plan-remove", args=[cast.school.id, plan.id])).status_code == 404
    assert enter(cast.chi).get(reverse("plan", args=[cast.bank.id, plan.id])).status_code == 404
