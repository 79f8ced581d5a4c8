"""One number a site: within which time a desk learns of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canh.alarms import rules
from canh.alarms.models import Alarm
from canh.alarms.queries_reporting import reporting
from canh.intake.actions import note_heard
from canh.intake.journal import Heard
from canh.kit import clock
from canh.sites import actions as sites
from canh.sites.queries import panel_places
from tests.cast import Cast
from tests.console.desk.scenes import browser, raise_alarm
from tests.watch import give_class


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], None), ([3.0], 3.0), ([float(n) for n in range(1, 101)], 95.0), ([float(n) for n in range(1, 21)], 19.0)],
)
def test_nearest_rank(values: list[float], expected: float | None) -> None:
    assert rules.percentile(values, 0.95) == expected


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine is no fault
@given(st.lists(st.floats(0, 1000), min_size=1), st.floats(0.01, 1))
def test_so_large_a_share_is_not_above_it(values: list[float], share: float) -> None:
    cut = rules.percentile(values, share)
    assert cut is not None
    assert sum(v <= cut for v in values) >= share * len(values) - 1e-9


@pytest.mark.parametrize(
    ("class_s", "delivery", "expected"), [(None, 1.0, None), (90, None, 99.0), (90, 1.5, 100.5), (1800, 0.5, 1980.5)]
)
def test_silence_and_a_tenth_and_the_way_to_the_desk(
    class_s: int | None, delivery: float | None, expected: float | None
) -> None:
    assert rules.reporting_s(class_s, delivery) == pytest.approx(expected) if expected else expected is None


def test_a_site_is_as_good_as_its_weakest_panel(cast: Cast) -> None:
    second = sites.add_panel(actor_id=None, site=cast.bank, account="1009", name="Tủ ATM").panel
    give_class(cast.bank_panel, 90)
    give_class(second, 1800)
    alarm = raise_alarm("1001", "BA", "2")
    Alarm.objects.filter(id=alarm.id).update(shown_at=alarm.received_at + timedelta(seconds=4))
    found = reporting(cast.bank.id, clock.now())
    assert found.weakest is not None
    assert (found.weakest.panel, found.number_s) == (second, pytest.approx(1980))
    first = found.panels[0]
    assert (first.samples, first.delivery_s, first.number_s) == (1, 4.0, pytest.approx(103))


def test_one_panel_without_a_class_leaves_no_number(cast: Cast) -> None:
    second = sites.add_panel(actor_id=None, site=cast.bank, account="1009").panel
    give_class(cast.bank_panel, 90)
    found = reporting(cast.bank.id, clock.now())
    assert (found.number_s, found.unsupervised) == (None, [second])


def test_what_canh_says_itself_and_what_is_old_is_no_measure(cast: Cast) -> None:
    alarm = raise_alarm("1001", "BA", "2")
    Alarm.objects.filter(id=alarm.id).update(received_at=clock.now() - timedelta(days=31))
    own = raise_alarm("1001", "YC", "5")
    Alarm.objects.filter(id=own.id).update(protocol="CANH")
    assert reporting(cast.bank.id, clock.now()).panels[0].samples == 0


def test_it_costs_the_same_queries_whatever_the_number(cast: Cast, django_assert_max_num_queries: object) -> None:
    for n in range(20):
        sites.add_panel(actor_id=None, site=cast.bank, account=f"{0x9000 + n:X}")
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        reporting(cast.bank.id, clock.now())


def test_the_page_of_the_site_tells_it_in_words(cast: Cast) -> None:
    page = browser(cast.chi).get(f"/sites/{cast.bank.id}/").content.decode()
    assert "chưa tính được" in page
    give_class(cast.bank_panel, 90)
    note_heard([Heard("sia", "1001", "L0", "10.0.0.9:1", clock.now_us(), -95_000)], panel_places(), "gw1")
    page = browser(cast.chi).get(f"/sites/{cast.bank.id}/").content.decode()
    assert "trong vòng 99 s" in page or "trong vòng 2 phút" in page
    assert "chỉ biết nhiều nhất một đường truyền" in page
    assert "nghe thấy đúng hạn" in page
    cast.bank_panel.paths.update(lost_at=clock.now(), due_at=None)
    assert "mất từ" in browser(cast.chi).get(f"/sites/{cast.bank.id}/").content.decode()
