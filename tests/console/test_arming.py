"""Arming in the console: what a person reads, does and is refused; the board of openings and closings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from canh.accounts.models import User
from canh.accounts.terms import Role
from canh.alarms import actions_arming, queries_arming
from canh.alarms.models import Alarm
from canh.alarms.models_arming import Bypass
from canh.kit import clock
from canh.sites import actions as sites
from canh.sites.models import HoursRule, OpeningException
from tests.alarms.barehouse import DOOR, WINDOW, bare, office_hours, opens, states
from tests.cast import Cast, make_cast
from tests.clock import stopped
from tests.senders import entry
from tests.watch import Night, data_folder

Enter = Callable[[User], Client]
DAWN = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)  # a Monday, 07:30 in Hanoi


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Night]:
    data_folder(monkeypatch, tmp_path)
    with stopped(DAWN) as hands:
        yield Night(hands)


@pytest.fixture
def cast(night: Night) -> Cast:
    return make_cast()


def page(client: Client, name: str, *ids: int, **asked: str) -> str:
    return client.get(reverse(name, args=ids), asked).content.decode()


def later(night: Night, seconds: float) -> None:
    night.hands.forward(seconds)
    night.engine()


def test_the_site_says_how_it_stands_since_when_by_whom_and_why(night: Night, cast: Cast, enter: Enter) -> None:
    night.arrives(entry("1002", "OP", user="7"))
    later(night, 10.5 * 3600)
    night.arrives(entry("1002", "CL", user="7"), entry("1002", "BB", "2"))
    text = page(enter(cast.chi), "site", cast.school.id)
    for words in ("Đã bật bảo vệ", "từ 18:00", "người dùng 7", "Phòng máy", "Đóng cửa, bật bảo vệ"):
        assert words in text
    assert "Bật bảo vệ</button>" not in text, "what a panel guards is armed at the panel"


def test_the_case_of_an_alarm_says_it_too(night: Night, cast: Cast, enter: Enter) -> None:
    night.arrives(entry("1001", "CL", user="3"), entry("1001", "HA", "1"))
    text = page(enter(cast.dung), "alarm", Alarm.objects.get().id)
    assert "Đã bật bảo vệ" in text
    assert "người dùng 3" in text


def test_a_lapse_has_its_own_words_and_guidance(night: Night, cast: Cast, enter: Enter) -> None:
    office_hours(cast, cast.bank)
    later(night, 3600)
    night.arrives(entry("1001", "OP"))
    later(night, 9 * 3600)
    text = page(enter(cast.dung), "alarm", Alarm.objects.get().id)
    assert "Quá giờ chưa bật bảo vệ" in text
    assert "Lẽ ra giờ này đã đóng cửa" in text


def test_a_person_arms_and_disarms_sensors_without_a_panel(night: Night, cast: Cast, enter: Enter) -> None:
    bare(cast)
    client = enter(cast.dung)
    assert "reo ngay" in page(client, "site", cast.fund.id)
    client.post(reverse("arming-disarm", args=[cast.fund.id]), {"note": "Lắp đặt"})
    assert states(cast.fund) == {"": "disarmed"}
    client.post(reverse("arming-arm", args=[cast.fund.id]), {"mode": "armed_away"})
    later(night, 61)
    text = page(client, "site", cast.fund.id)
    assert states(cast.fund) == {"": "armed_away"}
    assert "Đỗ Tiến Dũng" in text
    assert "Lắp đặt" in text


def test_what_stands_open_is_named_and_nothing_is_armed(night: Night, cast: Cast, enter: Enter) -> None:
    bare(cast)
    actions_arming.disarm(cast.fund.id, cast.dung)
    night.arrives(opens(WINDOW))
    client = enter(cast.dung)
    answer = client.post(reverse("arming-arm", args=[cast.fund.id]), {"mode": "armed_away"}, follow=True)
    assert "Chưa bật được" in answer.content.decode()
    assert "Cửa sổ" in answer.content.decode()
    assert states(cast.fund) == {"": "disarmed"}


def test_a_sensor_is_left_out_and_guarded_again(night: Night, cast: Cast, enter: Enter) -> None:
    panels, client = bare(cast), enter(cast.dung)
    told = {"place": f"{panels[DOOR].id}:", "hours": "4", "reason": "Sửa khóa"}
    client.post(reverse("arming-leave-out", args=[cast.fund.id]), told)
    made = Bypass.objects.get()
    assert (made.until_at, made.begun_by, made.name) == (clock.now() + timedelta(hours=4), cast.dung, "Cửa chính")
    actions_arming.disarm(cast.fund.id, cast.dung)
    assert "Sửa khóa" in page(client, "site", cast.fund.id)
    client.post(reverse("arming-guard", args=[cast.fund.id, made.id]))
    assert not queries_arming.bypasses(cast.fund.id).exists()


@pytest.mark.parametrize("told", [{}, {"place": "x", "hours": "4"}, {"place": "7:", "hours": "x"},
                                  {"place": "9" * 30, "hours": "4"}, {"place": "7:", "hours": "9999999"}])  # fmt: skip
def test_nonsense_leaves_nothing_out(cast: Cast, enter: Enter, told: dict[str, str]) -> None:
    bare(cast)
    answer = enter(cast.dung).post(reverse("arming-leave-out", args=[cast.fund.id]), {"reason": "x", **told})
    assert (answer.status_code, Bypass.objects.count()) == (302, 0)


def test_who_only_looks_has_no_buttons(cast: Cast, enter: Enter) -> None:
    bare(cast)
    assert 'data-opens="arm"' in page(enter(cast.dung), "site", cast.fund.id)
    assert 'data-opens="arm"' not in page(enter(cast.en), "site", cast.fund.id)
    neighbour = cast.person(Role.OPERATOR, cast.schools)
    assert enter(neighbour).post(reverse("arming-disarm", args=[cast.fund.id])).status_code == 404


def test_the_board_lists_who_has_not_closed(night: Night, cast: Cast, enter: Enter) -> None:
    for site in (cast.bank, cast.school):
        office_hours(cast, site)
    night.arrives(entry("1001", "OP", user="3"), entry("1002", "OP", user="7"))
    later(night, 10 * 3600)
    later(night, 1800)
    night.arrives(entry("1001", "CL", user="3"))
    later(night, 2)
    text = page(enter(cast.chi), "closing")
    assert cast.school.name in text
    assert cast.bank.name not in text
    assert "người dùng 7" in text
    assert cast.bank.name in page(enter(cast.chi), "closing", show="closed")
    assert cast.school.name not in page(enter(cast.dung), "closing"), "a school is none of the banks' business"
    assert "Không nơi nào đóng muộn" in page(enter(cast.dung), "closing")
    rows = enter(cast.chi).get(reverse("closing"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in rows
    assert cast.school.name in rows


def test_the_board_costs_the_same_queries_whatever_its_length(
    night: Night, cast: Cast, enter: Enter, django_assert_max_num_queries: object
) -> None:
    for n in range(40):
        site = sites.add_site(actor_id=None, unit_id=cast.schools.id, name=f"Trường {n}", kind="school")
        sites.add_panel(actor_id=None, site=site, account=f"{0x7000 + n:X}")
    night.arrives(*[entry(f"{0x7000 + n:X}", "OP") for n in range(40)])
    later(night, 2)
    client = enter(cast.chi)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        assert page(client, "closing", show="open").count("board-row") == 40


# ── The page of the hours ────────────────────────────────────────────────


def test_exceptions_and_grace_are_edited_on_the_page_of_the_hours(cast: Cast, enter: Enter) -> None:
    office_hours(cast, cast.school)
    client = enter(cast.chi)
    told = {"first": "2026-06-01", "last": "2026-08-31", "reason": "Nghỉ hè"}
    assert client.post(reverse("hours-exception", args=[cast.school.id]), told).status_code == 302
    made = OpeningException.objects.get()
    assert (made.first, made.last, made.opens) == (date(2026, 6, 1), date(2026, 8, 31), None)
    rule = {"late_min": "45", "early_min": "30", "late_opening_min": "", "keeps_holidays": "on"}
    assert client.post(reverse("hours-rule", args=[cast.school.id]), rule).status_code == 302
    kept = HoursRule.objects.get()
    assert (kept.late_min, kept.early_min, kept.late_opening_min, kept.keeps_holidays) == (45, 30, None, True)
    text = page(client, "hours", cast.school.id)
    assert "Nghỉ hè" in text
    assert "Theo giờ này, hiện đang đóng cửa" in text
    assert "Thời gian trễ khi ra" not in text, "there are no sensors that Canh arms"
    client.post(reverse("hours-exception-remove", args=[cast.school.id, made.id]))
    assert not OpeningException.objects.exists()


def test_what_is_refused_keeps_what_was_typed(cast: Cast, enter: Enter) -> None:
    client = enter(cast.chi)
    told = {"first": "2026-06-10", "last": "2026-06-01", "reason": "Nghỉ hè"}
    text = client.post(reverse("hours-exception", args=[cast.school.id]), told).content.decode()
    assert "Nghỉ hè" in text
    assert "Ngày cuối đứng trước ngày đầu" in text
    text = client.post(reverse("hours-rule", args=[cast.school.id]), {"late_min": "9999"}).content.decode()
    assert "9999" in text
    assert not HoursRule.objects.exists()


def test_where_canh_arms_its_delays_are_set_there_too(cast: Cast, enter: Enter) -> None:
    bare(cast)
    client = enter(cast.chi)
    assert "Thời gian trễ khi ra" in page(client, "hours", cast.fund.id)
    told = {"late_min": "30", "early_min": "30", "exit_s": "90", "entry_s": "40", "on_open": "bypass",
            "by_schedule": "both"}  # fmt: skip
    client.post(reverse("hours-rule", args=[cast.fund.id]), told)
    kept = HoursRule.objects.get()
    assert (kept.exit_s, kept.entry_s, kept.on_open, kept.by_schedule, kept.keeps_holidays) == (
        90, 40, "bypass", "both", False)  # fmt: skip


def test_holidays_that_are_not_confirmed_are_marked(night: Night, cast: Cast, enter: Enter) -> None:
    night.hands.forward((datetime(2026, 8, 1, tzinfo=UTC) - DAWN).total_seconds())
    text = page(enter(cast.chi), "hours", cast.school.id)
    assert "Nghỉ hoán đổi" in text
    assert "chưa xác nhận" in text
