"""What the register remembers of accepted messages, and what a replay does to alarms."""

from __future__ import annotations

import pytest
from django.utils import translation

from canh.accounts.models import User
from canh.alarms.models import Alarm
from canh.alarms.steps import RaiseAlarms
from canh.intake.actions import note_heard
from canh.intake.journal import Entry, Heard
from canh.intake.models import Path, Signal
from canh.intake.observation import Observation, to_json
from canh.intake.queries import first_retold
from canh.intake.queries_doors import accepted_before, last_dialects
from canh.kit import clock
from canh.sites.queries import panel_places
from tests.cast import Cast
from tests.console.desk.scenes import browser
from tests.senders import copy, entry

TAIL = b"0123456789ABCDEF0123456789ABCDEF"


def sealed(account: str, body: bytes, verdict: str = "accepted") -> Entry:
    now = clock.now_us()
    seen = Observation(protocol="SIA-DCS", account=account, code="HA", zone="1", number="0001", sent_at=now, path="L0")
    raw = b'\n00000000"*SIA-DCS"0001L0#' + account.encode() + b"[" + body
    return Entry(now, "sia", "192.0.2.1:4000", verdict, raw, to_json([seen]))


def test_an_accepted_message_is_found_by_its_end(cast: Cast) -> None:
    copy(entry("1001", "BA", "2"), sealed("1001", b"AAAA" + TAIL.lower()), sealed("1001", b"BBBB" + TAIL))
    found = accepted_before(cast.bank_panel.id, TAIL, clock.now_us())
    assert found is not None
    assert (found.peer, found.raw[-36:]) == ("192.0.2.1:4000", b"AAAA" + TAIL.lower())
    assert found.received_at == clock.to_us(Signal.objects.order_by("id")[1].received_at)


def test_only_what_came_about_its_time_is_looked_through(cast: Cast) -> None:
    copy(sealed("1001", TAIL))
    for days in (-3, 3):
        assert accepted_before(cast.bank_panel.id, TAIL, clock.now_us() + days * 24 * 3600 * 1_000_000) is None


@pytest.mark.parametrize(("account", "verdict"), [("1002", "accepted"), ("1001", "bad_time"), ("1001", "wrong_key")])
def test_of_another_panel_or_never_accepted_it_is_not(cast: Cast, account: str, verdict: str) -> None:
    copy(sealed(account, TAIL, verdict))
    assert accepted_before(cast.bank_panel.id, TAIL, clock.now_us()) is None


def test_a_replay_raises_an_alarm_of_its_own_and_not_its_event(cast: Cast) -> None:
    copy(sealed("1001", TAIL, "replay"))
    RaiseAlarms()()
    [alarm] = Alarm.objects.all()
    assert (alarm.kind, alarm.key, alarm.zone_number) == ("security", f"{cast.bank_panel.id}:replay:-", "")
    copy(sealed("1001", TAIL, "replay"), entry("1001", "HA", "2", verdict="replay"))
    RaiseAlarms()()
    [alarm] = Alarm.objects.all()
    assert alarm.count == 3


def test_a_replayed_restore_calms_nothing(cast: Cast) -> None:
    copy(entry("1001", "BA", "2"))
    copy(entry("1001", "BR", "2", verdict="replay", turn="restore"))
    RaiseAlarms()()
    assert Alarm.objects.get(kind="intrusion").returned_at is None
    assert Alarm.objects.filter(kind="security").count() == 1


def test_the_story_of_a_replay_stays_true(cast: Cast) -> None:
    copy(sealed("1001", TAIL, "replay"))
    signal = Signal.objects.get()
    assert (signal.kind, signal.condition, signal.code) == ("security", "replay", "HA")
    assert first_retold("gw1", signal.journal_id) is None


@pytest.mark.parametrize("verdict", ["replay", "downgrade", "wrong_key"])
@pytest.mark.parametrize(("language", "heading"), [("vi", "Cần làm gì"), ("en", "What to do")])
def test_the_desk_says_what_to_do_about_an_attack(cast: Cast, verdict: str, language: str, heading: str) -> None:
    copy(entry("1001", "BA", "2", verdict=verdict))
    RaiseAlarms()()
    alarm = Alarm.objects.get(kind="security")
    User.objects.filter(id=cast.dung.id).update(language=language)
    desk = browser(cast.dung)
    with translation.override("vi"):  # the page speaks the person's language; afterwards this thread does not
        text = desk.get(f"/alarms/{alarm.id}/").content.decode()
    assert heading in text
    assert text.count("<li>", text.index(heading), text.index("</ol>", text.index(heading))) >= 3
    copy(entry("1003", "BA", "1"))
    RaiseAlarms()()
    plain = Alarm.objects.get(site=cast.fund)
    with translation.override("vi"):
        assert heading not in desk.get(f"/alarms/{plain.id}/").content.decode()


# -- clocks


def test_the_clock_of_a_refused_message_reaches_its_path(cast: Cast) -> None:
    now = clock.now_us()
    note_heard([Heard("sia", "1001", "L0", "192.0.2.1:1", now, 500)], panel_places())
    seen = Observation(
        protocol="SIA-DCS", account="1001", code="BA", zone="2", path="L0", sent_at=now + 25_200_000_000,
        dialect="local_time",
    )  # fmt: skip
    copy(Entry(now, "sia", "192.0.2.1:1", "bad_time", b"x", to_json([seen])))
    path = Path.objects.get()
    assert (path.skew_ms, path.dialect) == (25_200_000, "local_time")
    assert clock.to_us(path.heard_at) == now
    assert last_dialects(cast.bank_panel.id, cast.bank.id) == ["local_time"]


def test_a_clock_of_another_century_fits_its_column(cast: Cast) -> None:
    note_heard([Heard("sia", "1001", "L0", "192.0.2.1:1", clock.now_us(), -(10**12))], panel_places())
    assert Path.objects.get().skew_ms == -(2**31)


def test_words_beyond_the_column_are_left_out_whole(cast: Cast) -> None:
    words = ",".join(
        ["crc_no_time", "long_account", "local_time", "day_first", "lower_crc", "binary_crc", "odd_pad"] * 2
    )
    note_heard([Heard("sia", "1001", "L0", "192.0.2.1:1", clock.now_us(), 0, words)], panel_places())
    kept = Path.objects.get().dialect
    assert len(kept) <= 80
    assert set(kept.split(",")) <= set(words.split(","))
