"""The pure parts of the SMS door: what words mean, whose number it is, which parts belong together."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.gateway.sms import message, texts
from canh.gateway.sms.door import problem_of
from canh.gateway.sms.texts import Said, read_own, understand
from canh.intake import codes
from canh.intake.terms import NEVER_HELD_BACK

DAY = date(2026, 11, 25)

SAYS = [
    ("Zone 03 alarm", [Said("alarm", zone="3")]),
    ("ZONE03ALARM", [Said("alarm", zone="3")]),
    ("Bao dong vung 3", [Said("alarm", zone="3")]),
    ("Báo động vùng 3!", [Said("alarm", zone="3")]),
    ("ĐỘT NHẬP VÙNG 7", [Said("alarm", zone="7")]),
    ("Alarm! Zone: 05, Door", [Said("alarm", zone="5")]),
    ("Wireless zone 12 alarm 25/11 06:03", [Said("alarm", zone="12")]),
    ("Alarm: kho quy", [Said("alarm")]),
    ("SOS", [Said("panic")]),
    ("SOS alarm", [Said("panic")]),
    ("Nút khẩn cấp", [Said("panic")]),
    ("Báo cướp vùng 1", [Said("hold_up", zone="1")]),
    ("Mã khống chế", [Said("duress")]),
    ("Bao chay vung 5", [Said("fire", zone="5")]),
    ("Fire alarm restored", [Said("fire", "restore")]),
    ("Rò rỉ gas", [Said("gas")]),
    ("AC power lost", [Said("mains")]),
    ("AC Power Goes off", [Said("mains")]),
    ("Mất điện", [Said("mains")]),
    ("Da co dien lai", [Said("mains", "restore")]),
    ("AC power restored", [Said("mains", "restore")]),
    ("Low battery", [Said("battery")]),
    ("Zone 2 low battery", [Said("sensor_battery", zone="2")]),
    ("Vùng 2 pin yếu", [Said("sensor_battery", zone="2")]),
    ("Tamper", [Said("tamper")]),
    ("Mở nắp tủ", [Said("tamper")]),
    ("Disarm by user 2", [Said("open", user="2")]),
    ("Arm by user 2", [Said("open", "restore", user="2")]),
    ("Người dùng 4 tắt báo động", [Said("open", user="4")]),
    ("Armed by 0901234567", [Said("open", "restore")]),
    ("System armed", [Said("open", "restore")]),
    ("Test report", [Said("test")]),
    ("Zone 3 alarm restored", [Said("alarm", "restore", zone="3")]),
    ("Vùng 3 phục hồi", [Said("alarm", "restore", zone="3")]),
    ("Alarm system: zone 3 alarm", [Said("alarm", zone="3")]),
    ("Mat dien, bao dong vung 3", [Said("mains"), Said("alarm", zone="3")]),
    ("Vung 3 bao dong; vung 4 bao dong", [Said("alarm", zone="3"), Said("alarm", zone="4")]),
    ("vung 3 bao dong, vung 4 bao dong", [Said("alarm", zone="3"), Said("alarm", zone="4")]),
    ("Alarm zone 1\nZone 2 restored", [Said("alarm", zone="1"), Said("alarm", "restore", zone="2")]),
    ("PGD Hàng Bông: đã bật bảo vệ", [Said("open", "restore")]),
    ("Zone 03 Smoke Detector Alarm", [Said("fire", zone="3")]),
    ("Alarm duress zone 1", [Said("duress", zone="1")]),
    ("Zone 2 Emergency Button Alarm", [Said("panic", zone="2")]),
    ("Vùng 3 cướp báo động", [Said("hold_up", zone="3")]),
    ("Báo động khói vùng 3", [Said("fire", zone="3")]),
    ("Báo động nút khẩn cấp vùng 3", [Said("panic", zone="3")]),
    ("Zone 4 kitchen alarm", [Said("alarm", zone="4")]),
    ("Hệ thống báo động", [Said("text")]),
    ("xin chao", [Said("text")]),
    ("", [Said("text")]),
]


@pytest.mark.parametrize(("text", "said"), SAYS)
def test_what_a_text_says(text: str, said: list[Said]) -> None:
    assert understand(text, DAY) == said


@given(st.text(max_size=400))
def test_no_text_makes_it_fail_and_none_says_nothing(text: str) -> None:
    assert understand(text, DAY)


@given(
    st.sampled_from(["Hàng Bông", "luc 06:03", "tai quay 2", "xin", "25/11"]),
    st.sampled_from(["SOS", "Báo cháy", "Báo cướp"]),
)
def test_words_around_hide_no_urgent_word(around: str, urgent: str) -> None:
    kinds = {
        codes.meaning("SMS", said.code, said.turn, DAY).kind for said in understand(f"{around} {urgent} {around}", DAY)
    }
    assert kinds & NEVER_HELD_BACK


def test_every_code_of_a_phrase_is_in_the_table_of_codes() -> None:
    listed = {row["code"] for row in codes.listing() if row["protocol"] == "SMS"}
    assert texts.codes() - {texts.NOTHING} == listed


def test_every_table_is_dated_and_cited_and_no_phrase_means_two_things() -> None:
    seen: dict[str, tuple[str, str]] = {}
    for file in files("canh.gateway.sms").joinpath("data").iterdir():
        for table in tomllib.loads(file.read_text(encoding="utf-8"))["maker"]:
            assert table["citation"]
            assert isinstance(table["valid_from"], date)
            assert table["confirmed"] in {True, False}
            for rule in table["rule"]:
                for turn in ("begins", "ends"):
                    for phrase in rule.get(turn, []):
                        assert seen.setdefault(phrase, (rule["code"], turn)) == (rule["code"], turn), phrase
    assert len(texts.shipped(DAY)) > 400


class TestOwnPhrases:
    def test_they_come_before_all_others(self) -> None:
        own = "bao dong vung {zone} -> test\nCửa kho mở -> hold_up zone=9\nhet viec -> hold_up restore"
        assert understand("Báo động vùng 3", DAY, own) == [Said("test", zone="3")]
        assert understand("cua kho mo", DAY, own) == [Said("hold_up", zone="9")]
        assert understand("Hết việc", DAY, own) == [Said("hold_up", "restore")]

    def test_what_is_no_phrase_is_told_and_the_others_hold(self, caplog: pytest.LogCaptureFixture) -> None:
        own = "x -> castle\n{zone} -> test\nno arrow\ny -> test loud\n{zone} a {zone} -> test\nok -> test"
        phrases, faults = read_own(own)
        assert (len(phrases), len(faults)) == (1, 5)
        assert understand("ok", DAY, own) == [Said("test")]
        assert "castle" in caplog.text

    def test_words_that_mean_nothing_can_be_named(self) -> None:
        assert understand("SOS Children's Village: alarm zone 2", DAY, "sos children's village -> nothing") == [
            Said("alarm", zone="2")
        ]


@pytest.mark.parametrize(
    ("number", "account"),
    [
        ("+84901234567", "sms:+84901234567"), ("0901234567", "sms:+84901234567"), ("84901234567", "sms:+84901234567"),
        ("0084901234567", "sms:+84901234567"), ("+84 (90) 123-45.67", "sms:+84901234567"),
        ("02438253536", "sms:+842438253536"), ("+8613912345678", "sms:+8613912345678"), ("191", "sms:191"),
        ("8049", "sms:8049"), ("VIETTEL", "sms:VIETTEL"), ("Ngan hang", "sms:Ngan_hang"), ("", "sms:?"),
    ],
)  # fmt: skip
def test_whose_number_it_is(number: str, account: str) -> None:
    assert message.account_of(number) == account


def part(place: int, number: int, of: int, text: str, *, sender: str = "191", at: str | None = None) -> dict[str, Any]:
    return {
        "place": place, "mark": f"m{place}", "number": sender, "center": "", "coding": "", "sent_at": at, "text": text,
        "bytes": "", "id": 7 if of > 1 else 0, "part": number, "parts": of, "type": "Deliver",
    }  # fmt: skip


def test_parts_are_joined_by_sender_and_number() -> None:
    told = [part(1, 2, 2, "b"), part(2, 1, 2, "x", sender="192"), part(3, 1, 2, "a"), part(4, -1, 0, "alone")]
    whole = {(m.number, m.text, m.is_whole) for m in message.read(told)}
    assert whole == {("191", "ab", True), ("192", "x", False), ("191", "alone", True)}


def test_a_number_of_a_long_message_used_twice_gives_two_messages() -> None:
    told = [part(1, 1, 2, "a"), part(2, 2, 2, "b"), part(3, 1, 2, "c"), part(4, 2, 2, "d")]
    assert [m.text for m in message.read(told)] == ["ab", "cd"]


def test_the_key_is_equal_for_two_readings_and_for_nothing_else() -> None:
    def key(place: int, text: str = "SOS", at: str | None = "2026-11-25T06:03:10+07:00", sender: str = "191") -> str:
        (only,) = message.read([part(place, -1, 0, text, at=at, sender=sender)])
        return only.key

    assert key(1) == key(2)
    others = {key(1), key(1, "sos"), key(1, at="2026-11-25T06:03:11+07:00"), key(1, sender="192"), key(1, at=None)}
    assert len(others) == 5
    assert key(1, at=None) != key(2, at=None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""), ({"network": ""}, ""), ({"network": "RoamingNetwork"}, ""), ({"signal": -1}, ""),
        ({"network": "NoNetwork"}, "on no network"), ({"network": "RequestingNetwork"}, "looking for"),
        ({"network": "RegistrationDenied"}, "refuses"), ({"pin": "PIN"}, "PIN"), ({"used": 20}, "full"),
    ],
)  # fmt: skip
def test_why_nothing_can_arrive(change: dict[str, Any], words: str) -> None:
    state = {"pin": "", "network": "HomeNetwork", "signal": 60, "used": 1, "size": 20, "unreadable": 0, **change}
    problem = problem_of(state)
    assert (problem is None) == (words == "")
    assert words in str(problem or "")
