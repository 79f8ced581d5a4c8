"""Text messages: what fits, the spool, and the whole way to a modem on a pseudo-terminal through the real libgammu."""

from __future__ import annotations

import string
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.channels import actions
from canh.channels.actions import deliver
from canh.channels.actions_setup import set_up
from canh.channels.message import Outcome
from canh.channels.sms import send as sms
from canh.channels.sms.text import BASIC, EXTENDED, fit, plain
from canh.channels.terms import ChannelKind, OutcomeState
from canh.gateway.directory import fixed
from canh.gateway.doors import DoorSettings
from canh.gateway.limits import Limits
from canh.gateway.sms.outbox import Outbox
from canh.kit.spool import Spool
from tests.channels.conftest import MESSAGE
from tests.gateway.conftest import Running
from tests.gateway.modem import Modem
from tests.gateway.pdus import pdus
from tests.house import until

S = OutcomeState
TO = "0912345678"


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANH_DATA", str(tmp_path / "data"))


# -- what fits


@pytest.mark.parametrize(
    ("style", "text", "is_unicode", "fitted"),
    [
        ("plain", "Báo cướp · Đống Đa", False, "Bao cuop - Dong Da"),
        ("unicode", "Báo cướp · Đống Đa", True, "Báo cướp · Đống Đa"),
        ("unicode", "Bao cuop", False, "Bao cuop"),  # needs no marks: 160 signs fit
        ("unicode", "a" * 200, False, "a" * 157 + "..."),
        ("unicode", "ế" * 71, True, "ế" * 69 + "…"),
        ("unicode", "ế" * 70, True, "ế" * 70),
        ("unicode", "ế" * 68 + "🔥🔥", True, "ế" * 68 + "…"),  # a sign of two units is not torn
        ("plain", "[" * 80, False, "[" * 80),  # of the extension table: two places each
        ("plain", "[" * 81, False, "[" * 78 + "..."),
        ("plain", "a" * 160, False, "a" * 160),
        ("plain", "火 fire", False, "? fire"),
    ],
)  # fmt: skip
def test_what_fits(style: str, text: str, is_unicode: bool, fitted: str) -> None:
    made = fit(text, style)
    assert (made.is_unicode, made.text) == (is_unicode, fitted)


@given(st.text(max_size=300), st.sampled_from(["plain", "unicode"]))
def test_whatever_is_said_fits_one_message(text: str, style: str) -> None:
    made = fit(text, style)
    if made.is_unicode:
        assert len(made.text.encode("utf-16-be", "surrogatepass")) <= 140
    else:
        assert sum(2 if c in EXTENDED else 1 for c in made.text) <= 160
        assert set(made.text) <= BASIC | EXTENDED


def test_the_alphabet_is_that_of_the_standard() -> None:
    """TS 23.038: 128 places, of which one leads to the extension table; ours leaves that and nothing else out."""
    assert len(BASIC) == 127
    assert set(string.ascii_letters + string.digits) <= BASIC
    assert len(EXTENDED) == 10


def test_every_vietnamese_letter_has_a_likeness() -> None:
    letters = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
    assert "?" not in plain(letters + letters.upper())


# -- the spool


def test_an_order_is_taken_once_and_answered() -> None:
    spool = Spool("t")
    spool.put("a", {"n": 1})
    assert (spool.waiting(), spool.take("a"), spool.take("a")) == (["a"], {"n": 1}, None)
    spool.put("a", {"n": 2})  # it is being worked on
    assert spool.waiting() == []
    assert not spool.withdraw("a")
    spool.answer("a", {"ok": True})
    assert (spool.taken(), spool.answer_of("a")) == ([], {"ok": True})
    spool.forget_older(3600)
    assert spool.answer_of("a") == {"ok": True}
    spool.forget_older(-1)
    assert spool.answer_of("a") is None


def test_what_is_withdrawn_is_not_taken() -> None:
    spool = Spool("t")
    spool.put("a", {})
    assert spool.withdraw("a")
    assert spool.take("a") is None


def test_a_reader_that_is_lost_is_told_and_the_next_text_waits() -> None:
    told: list[object] = []
    spool, box = Spool("sms-out"), Outbox(told.append)
    text = {"number": "+84912345678", "text": "a", "is_unicode": False, "until_us": 10**18}
    for name in "ab":
        spool.put(name, text)
    box.look()
    assert told == []  # no modem yet
    box.is_open = True
    box.look()
    box.look()
    assert len(told) == 1  # one at a time
    box.lose()
    (gone,) = [name for name in "ab" if spool.answer_of(name)]
    assert spool.answer_of(gone) == {"is_sent": False, "why": "the modem was lost meanwhile"}
    assert len(spool.waiting()) == 1


def test_what_a_gateway_left_behind_is_answered_by_the_next() -> None:
    spool = Spool("sms-out")
    spool.put("a", {})
    spool.take("a")
    Outbox(lambda _told: None).begin()
    assert spool.answer_of("a") == {"is_sent": False, "why": "the gateway ended meanwhile"}


# -- the whole way


@pytest.fixture
def modem(tmp_path: Path) -> Iterator[Modem]:
    made = Modem(tmp_path)
    yield made
    made.close()


@pytest.fixture
def gateway(modem: Modem, tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path / "gw1.db", fixed({}), Limits(), DoorSettings(sms=str(modem.device)))
    until(lambda: (d := running.call(lambda: running.gateway.desk.doors.get("sms"))) and d.problem == "", 60)
    yield running
    running.stop()


def ready(style: str = "plain") -> None:
    set_up(ChannelKind.SMS, is_on=True, facts={"style": style}, secret=None)


def submitted(pdu: str) -> tuple[str, str]:
    """Number and text of an SMS-SUBMIT (3GPP TS 23.040, 9.2.2.2), read by hand."""
    octets = bytes.fromhex(pdu)
    octets = octets[1 + octets[0] :]
    assert octets[0] & 3 == 1, "no SMS-SUBMIT"
    has_time = 7 if octets[0] & 0x18 == 0x18 else 1 if octets[0] & 0x18 == 0x10 else 0
    digits, kind = octets[2], octets[3]
    size = (digits + 1) // 2
    number = "".join(f"{o & 15:x}{o >> 4:x}" for o in octets[4 : 4 + size])[:digits]
    coding = octets[4 + size + 1]
    length, data = octets[4 + size + 2 + has_time], octets[4 + size + 3 + has_time :]
    if coding & 0x0C == 8:
        text = data[:length].decode("utf-16-be")
    else:
        bits = int.from_bytes(data, "little")
        text = "".join(chr(bits >> 7 * n & 127) for n in range(length))  # letters and digits are as in ASCII
    return ("+" if kind & 0x70 == 0x10 else "") + number, text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("style", "text"),
    [("plain", "Bao cuop tai Chi nhanh Hoan Kiem, 08:15"), ("unicode", "Báo cướp tại Chi nhánh Hoàn Kiếm, 08:15")],
)
def test_a_text_goes_into_the_network_once(gateway: Running, modem: Modem, style: str, text: str) -> None:
    ready(style)
    assert deliver("sms", TO, MESSAGE).state == S.SENT
    assert deliver("sms", "+84912345678", MESSAGE).state == S.SENT  # a repeat: the network has it
    assert [submitted(pdu) for pdu in modem.sent] == [("+84912345678", text)]
    assert deliver("sms", TO, replace(MESSAGE, key="another")).state == S.SENT
    assert len(modem.sent) == 2


@pytest.mark.django_db
def test_the_door_goes_on_reading(gateway: Running, modem: Modem) -> None:
    ready()
    modem.receive(*pdus("zone"))
    deliver("sms", TO, MESSAGE)
    until(lambda: not modem.sim and len(gateway.kept()) == 1, 60)
    assert len(modem.sent) == 1


@pytest.mark.faults
@pytest.mark.django_db
def test_a_network_that_refuses_is_asked_again(gateway: Running, modem: Modem) -> None:
    ready()
    modem.refusal = "+CMS ERROR: 38"
    assert deliver("sms", TO, MESSAGE).state == S.RETRY
    modem.refusal = ""
    assert deliver("sms", TO, MESSAGE).state == S.SENT
    assert len(modem.sent) == 1


@pytest.mark.faults
@pytest.mark.django_db
def test_a_slow_modem_sends_once(gateway: Running, modem: Modem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "LIMIT_S", 3.0)
    ready()
    modem.sending_s = 4.0
    began = time.monotonic()
    assert deliver("sms", TO, MESSAGE).state == S.RETRY
    assert time.monotonic() - began < 3.5
    until(lambda: deliver("sms", TO, MESSAGE).state == S.SENT, 20)
    assert len(modem.sent) == 1


@pytest.mark.django_db
def test_without_a_modem_nothing_is_sent_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "LIMIT_S", 1.5)
    ready()
    outcome = deliver("sms", TO, MESSAGE)
    assert outcome.state == S.RETRY
    assert Spool("sms-out").waiting() == Spool("sms-out").taken() == []


@pytest.mark.faults
@pytest.mark.django_db
def test_two_who_send_the_same_at_once_send_once(gateway: Running, modem: Modem) -> None:
    """As after a sender was killed and another one took its row."""
    from canh.channels.limit import within
    from canh.channels.queries import Setup

    setup, found = Setup({"style": "plain"}), list[Outcome]()

    def one() -> None:
        found.append(within(9, lambda limit: sms.send(setup, TO, MESSAGE, limit)))

    threads = [threading.Thread(target=one) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [o.state for o in found] == [S.SENT, S.SENT]
    assert len(modem.sent) == 1
