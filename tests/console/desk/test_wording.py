"""Titles and timelines, word for word, in both languages."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import translation

from canh.alarms import actions, queries
from canh.alarms.models import Alarm
from canh.alarms.steps import RaiseAlarms
from canh.console.desk import wording
from canh.intake.models import Signal
from canh.kit import clock
from tests.cast import Cast
from tests.clock import Hands, stopped
from tests.console.desk.scenes import raise_alarm
from tests.senders import copy, entry


def told(alarm: Alarm, language: str, reader_id: int | None = None) -> list[tuple[str, str]]:
    alarm.refresh_from_db()
    with translation.override(language):
        lines = wording.story(queries.timeline(alarm), alarm, reader_id)
    return [(line.clock, line.text) for line in lines]


def lived(cast: Cast, hands: Hands) -> Alarm:
    """A hold-up, shown after 0.2 s, acknowledged 2.9 s later, restored, noted, closed."""
    alarm = raise_alarm("1001", "HA", "1", number="0007")
    hands.forward(0.2)
    actions.mark_shown([alarm.id], at(hands))
    hands.forward(2.9)
    alarm = actions.acknowledge_alarm(alarm, cast.dung)
    hands.forward(10)
    copy(entry("1001", "HR", "1"))
    RaiseAlarms()()
    actions.add_note(alarm, cast.dung, "Đã gọi bảo vệ")
    return actions.close_alarm(alarm, cast.dung, "user_error")


def at(hands: Hands) -> datetime:
    return clock.from_us(hands.ns // 1000)


def test_the_story_in_vietnamese(cast: Cast) -> None:
    with stopped() as hands:
        alarm = lived(cast, hands)
    assert told(alarm, "vi") == [
        ("09:14:05.000", "Tủ báo động gửi SIA HA, vùng 1 — nhật ký #1"),
        ("09:14:05.000", "Đã ghi bền, rồi trả ACK"),
        ("09:14:05.000", "Phát báo động: P1, Khẩn cấp"),
        ("09:14:05.200", "Hiện trên bàn trực"),
        ("09:14:08.100", "Đỗ Tiến Dũng tiếp nhận (2,9 giây sau khi hiện)"),
        ("09:14:18.100", "Trở lại bình thường: SIA HR, vùng 1 — nhật ký #2"),
        ("09:14:18.100", "Đỗ Tiến Dũng ghi chú:"),
        ("09:14:18.100", "Đỗ Tiến Dũng kết thúc: Báo giả: người dùng nhầm lẫn"),
    ]


def test_the_story_in_english(cast: Cast) -> None:
    with stopped() as hands:
        alarm = lived(cast, hands)
    texts = [text for _clock, text in told(alarm, "en", cast.dung.id)]
    assert texts[0] == "The panel sends SIA HA, zone 1 — journal #1"
    assert texts[4] == "You acknowledged (2.9 s after it was shown)"
    assert texts[-1] == "You closed: False: mistake of a user"


def test_an_alarm_that_comes_back_tells_its_second_taking_plainly(cast: Cast) -> None:
    with stopped() as hands:
        alarm = raise_alarm("1001", "HA", "1", number="0007")
        actions.mark_shown([alarm.id], at(hands))
        actions.acknowledge_alarm(alarm, cast.dung)
        hands.forward(60)
        raise_alarm("1001", "HA", "1", number="0008")
        hands.forward(5)
        actions.acknowledge_alarm(alarm, cast.chi)
    assert told(alarm, "vi")[-3:] == [
        ("09:14:05.000", "Đỗ Tiến Dũng tiếp nhận (0,0 giây sau khi hiện)"),
        ("09:15:05.000", "Tái diễn sau khi tiếp nhận: SIA HA, vùng 1 — nhật ký #2"),
        ("09:15:10.000", "Nguyễn Thị Chi tiếp nhận"),
    ]


def test_who_took_it_before_it_came_back_was_not_first(cast: Cast) -> None:
    alarm = actions.acknowledge_alarm(raise_alarm("1001", "HA", "1"), cast.dung)
    raise_alarm("1001", "HA", "1")
    alarm.refresh_from_db()
    with translation.override("en"):
        assert wording.too_late(alarm, clock.now()).startswith("This alarm was changed before you")


def test_a_namesake_is_not_you(cast: Cast) -> None:
    alarm = raise_alarm("1001", "HA", "1")
    actions.acknowledge_alarm(alarm, cast.chi)
    cast.dung.full_name = cast.chi.full_name
    assert "Bạn" not in str(told(alarm, "vi", cast.dung.id))


@pytest.mark.parametrize(
    ("language", "title"), [("vi", "Báo cướp — Nút khẩn quầy 2"), ("en", "Hold-up alarm — Nút khẩn quầy 2")]
)
def test_a_title_says_what_and_where(cast: Cast, language: str, title: str) -> None:
    alarm = raise_alarm("1001", "HA", "1")
    with translation.override(language):
        assert wording.alarm_title(alarm) == title


def test_titles_of_what_is_not_in_the_tables(cast: Cast) -> None:
    with translation.override("en"):
        assert wording.alarm_title(raise_alarm("1002", "BA", "077")) == "Burglary alarm — zone 077"
        assert wording.alarm_title(raise_alarm("1002", "AT", "000")) == "Mains power lost"
        assert wording.alarm_title(raise_alarm("1002", "BQ", "")) == "Intrusion (Code BQ)"
        attack = raise_alarm("1001", "BA", "1", verdict="downgrade")
        assert wording.alarm_title(Alarm.objects.get(kind="security")) == "Plain message although a key is set"
        assert attack.kind in {"security", "intrusion"}


def test_who_was_first(cast: Cast) -> None:
    with stopped() as hands, translation.override("vi"):
        alarm = raise_alarm("1002")
        actions.acknowledge_alarm(alarm, cast.chi)
        alarm.refresh_from_db()
        hands.forward(2.5)
        now = at(hands)
        assert wording.too_late(alarm, now) == "Nguyễn Thị Chi đã tiếp nhận báo động này trước bạn, cách đây 2,5 giây."
        alarm = actions.close_alarm(alarm, cast.chi, "test")
        hands.forward(120)
        now = at(hands)
        assert wording.too_late(alarm, now) == "Nguyễn Thị Chi đã kết thúc báo động này trước bạn, cách đây 2 phút."


@pytest.mark.parametrize(
    ("seconds", "vietnamese", "english"),
    [
        (0.21, "0,2 giây", "0.2 s"),
        (42.4, "42 giây", "42 s"),
        (61, "1 phút", "1 minute"),
        (7300, "2 giờ", "2 hours"),
        (-5, "0,0 giây", "0.0 s"),
        (3 * 86400 + 5, "3 ngày", "3 days"),
    ],
)
def test_durations(seconds: float, vietnamese: str, english: str) -> None:
    span = timedelta(seconds=seconds)
    with translation.override("vi"):
        assert wording.duration(span) == vietnamese
    with translation.override("en"):
        assert wording.duration(span) == english


def test_the_clock_of_the_panel() -> None:
    with translation.override("en"):
        assert wording.skew_text(300) == "right (0.3 s)"
        assert wording.skew_text(-90_000) == "1 minute slow"
        assert wording.skew_text(12_000) == "12 s fast"


def test_journal_numbers_are_grouped() -> None:
    assert wording.journal_number(184223) == "#184\u202f223"


@pytest.mark.parametrize(
    ("protocol", "code", "turn", "vietnamese", "english"),
    [
        ("ADM-CID", "301", "new", "Mất điện lưới", "Mains power lost"),
        ("ADM-CID", "301", "restore", "Mất điện lưới (kết thúc)", "Mains power lost (ended)"),
        ("ADM-CID", "401", "new", "Người dùng mở hoặc đóng (mở)", "Opened or closed by user (opened)"),
        ("ADM-CID", "401", "restore", "Người dùng mở hoặc đóng (đóng)", "Opened or closed by user (closed)"),
        ("ADM-CID", "441", "restore", "Đóng, có người ở trong", "Closed, people inside"),
        ("ZIGBEE2MQTT", "contact", "restore", "Cửa bị mở (kết thúc)", "Opened (ended)"),
        ("SIA-DCS", "BA", "new", "Đột nhập", "Burglary alarm"),
        ("SIA-DCS", "BR", "restore", "Hết đột nhập", "Burglary restored"),
    ],
)
def test_a_signal_says_whether_it_began_or_ended(
    protocol: str, code: str, turn: str, vietnamese: str, english: str
) -> None:
    signal = Signal(protocol=protocol, code=code, turn=turn, verdict="accepted", received_at=clock.now())
    for language, words in (("vi", vietnamese), ("en", english)):
        with translation.override(language):
            assert wording.signal_title(signal) == words
