"""The pages of shared monitoring: gaps first, who sits where, what I watch instead of others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from canh.accounts.models import User
from canh.accounts.terms import Role
from canh.alarms.actions_owners import stamp_watchers
from canh.console.monitoring import wording
from canh.kit import clock
from canh.monitoring import actions, queries
from canh.monitoring.models import Takeover, Watch, WatchDesk
from canh.monitoring.rules import Hole
from tests.cast import Cast
from tests.console.desk.scenes import raise_alarm

Enter = Callable[[User], Client]
ALWAYS = {"weekdays": range(1, 8), "opens": time(0), "closes": time(0)}


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


@pytest.fixture
def desk(cast: Cast) -> WatchDesk:
    return actions.save_desk(WatchDesk(name="Bàn ngân hàng", site=cast.bank, phone="024 1"), [cast.dung], by=cast.chi)


def test_a_desk_is_set_up_and_its_gap_goes_away(cast: Cast, enter: Enter) -> None:
    head = enter(cast.chi)
    assert "không bàn nào trông lúc nào" in text(head.get(reverse("monitoring")))
    typed = {"name": "Bàn thành phố", "site": cast.school.id, "people": [cast.dung.id]}
    page = head.post(reverse("watchdesk-add"), typed, follow=True)
    desk = WatchDesk.objects.get()
    assert "Bàn này chưa trông trụ sở nào." in text(page)
    watch = {"unit": cast.city.id, "weekdays": range(1, 8), "opens": "00:00", "closes": "00:00"}
    page = text(head.post(reverse("watch-add", args=[desk.id]), watch, follow=True))
    assert "mỗi ngày, ngày và đêm" in page or "mỗi ngày" in page
    assert "Đỗ Tiến Dũng" in page  # whose role does not reach the schools
    assert "hãy giao vai trò" in page
    assert "không bàn nào trông" not in text(head.get(reverse("monitoring")))
    head.post(reverse("watch-remove", args=[Watch.objects.get().id]))
    assert "không bàn nào trông" in text(head.get(reverse("monitoring")))


def test_what_is_wrong_is_said_and_kept(cast: Cast, enter: Enter, desk: WatchDesk) -> None:
    head = enter(cast.chi)
    answer = head.post(reverse("watchdesk-add"), {"name": "Bàn ngân hàng", "site": cast.bank.id})
    assert answer.status_code == 422
    assert 'value="Bàn ngân hàng"' in text(answer)
    answer = head.post(reverse("watch-add", args=[desk.id]), {"weekdays": [1], "opens": "07:00", "closes": "19:00"})
    assert "Hãy chọn một đơn vị hoặc một trụ sở." in text(answer)
    assert 'value="07:00"' in text(answer)
    answer = head.post(reverse("watchdesk-add"), {"name": "Bàn ngân hàng", "site": cast.bank.id,
                                                  "people": [cast.dung.id]})  # fmt: skip
    assert answer.status_code == 422  # a second one of this name


def test_who_sits_there_and_who_took_over(cast: Cast, enter: Enter, desk: WatchDesk) -> None:
    watch = actions.add_watch(desk, by=cast.chi, unit=cast.banking, **ALWAYS)  # type: ignore[arg-type]
    assert "không có người trực" in text(enter(cast.chi).get(reverse("monitoring")))
    stamp_watchers({cast.dung.id}, clock.now())
    assert "Đỗ Tiến Dũng" in text(enter(cast.chi).get(reverse("monitoring")))
    other = actions.save_desk(WatchDesk(name="Bàn thành phố", site=cast.school), [cast.chi], by=cast.chi)
    took = Takeover.objects.create(watch=watch, to=other, began_at=clock.now())
    assert "Bàn thành phố trông thay Bàn ngân hàng" in text(enter(cast.chi).get(reverse("monitoring")))
    assert "Bàn thành phố trông thay" in text(enter(cast.chi).get(reverse("monitoring-mine")))
    assert "trông thay" not in text(enter(cast.dung).get(reverse("monitoring-mine")))
    alarm = raise_alarm("1001", "HA")
    assert "thay Bàn ngân hàng từ" in text(enter(cast.dung).get(reverse("alarm", args=[alarm.id])))
    Takeover.objects.filter(id=took.id).update(to=None)
    assert "Không ai: Bàn ngân hàng trống" in text(enter(cast.dung).get(reverse("alarm", args=[alarm.id])))


def test_the_live_stream_knows_the_desks_of_who_looks(cast: Cast, desk: WatchDesk) -> None:
    assert queries.desk_ids_of(cast.dung) == {desk.id}
    actions.retire_desk(desk, by=cast.chi)
    assert queries.desk_ids_of(cast.dung) == set()


def test_a_keeper_changes_desks_at_premises_they_keep_alone(cast: Cast, enter: Enter, desk: WatchDesk) -> None:
    teacher = enter(cast.person(Role.SECURITY_HEAD, cast.schools))
    assert teacher.get(reverse("watchdesk", args=[desk.id])).status_code == 404
    assert teacher.post(reverse("watchdesk-retire", args=[desk.id])).status_code == 404
    assert enter(cast.chi).post(reverse("watchdesk-retire", args=[desk.id])).status_code == 302


def test_hours_in_words() -> None:
    night = Watch(weekdays="12345", opens=time(19), closes=time(7))
    assert wording.hours(night).endswith("19:00–07:00")
    assert wording.hours(Watch(weekdays="1234567", opens=time(7), closes=time(7))).endswith("từ 07:00 suốt 24 giờ")
    holes = [Hole(1, time(0), time(7)), Hole(1, time(19), time(0)), Hole(2, time(0), time(7))]
    assert [line.split()[-1] for line in wording.holes(holes)] == ["00:00–07:00", "19:00–24:00"]


def test_many_desks_cost_no_more_questions(
    cast: Cast, enter: Enter, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    head = enter(cast.chi)
    for n in range(12):
        desk = actions.save_desk(WatchDesk(name=f"Bàn {n}", site=cast.bank), [cast.dung, cast.chi], by=cast.chi)
        actions.add_watch(desk, by=cast.chi, unit=cast.city, **ALWAYS)  # type: ignore[arg-type]
    with django_assert_max_num_queries(18):
        head.get(reverse("monitoring"))
