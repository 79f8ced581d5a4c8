"""What messages say: DC-03, DC-05, extended data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysiaalarm import SIAAccount
from pysiaalarm.event import SIAEvent

from canh.gateway.content import cid, dcs
from canh.gateway.sia import content, stamp
from canh.gateway.sia.frame import Frame, parse
from canh.intake.observation import Observation, from_json, to_json
from canh.kit import clock
from tests.gateway.panel import plain


def frame_of(name: str, data: str, **words: object) -> Frame:
    found = parse(plain(name, data, **words)[:-1])  # type: ignore[arg-type]
    assert isinstance(found, Frame)
    return found


def read(name: str, data: str, **words: object) -> list[Observation]:
    found = frame_of(name, data, **words)
    return content.read(found, found.body).observations


def brief(name: str, data: str) -> list[dict[str, object]]:
    """Only what differs from an empty observation, less what all of them have."""
    empty = Observation(protocol=name, account="1234", number="0001", path="L0")
    return [
        {k: getattr(o, k) for k in Observation.__slots__ if k != "digest" and getattr(o, k) != getattr(empty, k)}
        for o in read(name, data)
    ]


DCS = [
    ("#1234|NBA03", [{"code": "BA", "zone": "03"}]),
    ("#1234|Nri1BA03", [{"code": "BA", "partition": "1", "zone": "03"}]),
    ("#1234|Nri1/BA03", [{"code": "BA", "partition": "1", "zone": "03"}]),
    ("#1234|Nti10:23/ri02/id007/BR4", [
        {"code": "BR", "partition": "02", "user": "007", "zone": "4", "extra": {"ti": "10:23"}}]),
    ("#1234|Nda11-23-26ti10:23:59ri1HA9", [
        {"code": "HA", "partition": "1", "zone": "9", "extra": {"da": "11-23-26", "ti": "10:23:59"}}]),
    ("#1234|Npi010ph5va-12.5lv3pt2rt1TA7", [
        {"code": "TA", "zone": "7",
         "extra": {"pi": "010", "ph": "5", "va": "-12.5", "lv": "3", "pt": "2", "rt": "1"}}]),
    # user codes: the number is who did it; area codes: where
    ("#1234|Nri1OP012", [{"code": "OP", "partition": "1", "user": "012"}]),
    ("#1234|Nri1CL3^Chị Lan^", [{"code": "CL", "partition": "1", "user": "3", "text": "Chị Lan"}]),
    ("#1234|NCA2", [{"code": "CA", "partition": "2"}]),
    ("#1234|NCG5", [{"code": "CG", "partition": "5"}]),
    ("#1234|NDF4", [{"code": "DF", "extra": {"door": "4"}}]),
    ("#1234|NET2", [{"code": "ET", "extra": {"module": "2"}}]),
    ("#1234|NRP", [{"code": "RP"}]),
    ("#1234|Nri0/RP0000", [{"code": "RP", "partition": "0", "zone": "0000"}]),
    # several events, modifiers hold on
    ("#1234|Nri1/BA1/BA2/ri2/BA3", [
        {"code": "BA", "partition": "1", "zone": "1"},
        {"code": "BA", "partition": "1", "zone": "2"},
        {"code": "BA", "partition": "2", "zone": "3"}]),
    ("#1234|NFA1|NBA2", [{"code": "FA", "zone": "1"}, {"code": "BA", "zone": "2"}]),
    # names and text
    ("#1234|Nri1^Tầng 1^BA3^Cửa sau^", [
        {"code": "BA", "partition": "1", "zone": "3", "text": "Cửa sau", "extra": {"ri name": "Tầng 1"}}]),
    ("#1234|NBA3^a/b^/BA4", [{"code": "BA", "zone": "3", "text": "a/b"}, {"code": "BA", "zone": "4"}]),
    ("#1234|NBA3^not ended|X9", [{"code": "BA", "zone": "3", "extra": {"rest": "^not ended|X9"}}]),
    ("#1234|NBA3|AKính vỡ", [{"code": "BA", "zone": "3", "text": "Kính vỡ"}]),
    ("#1234|NBA3^Kho^|Avỡ|Alớn", [{"code": "BA", "zone": "3", "text": "Kho vỡ lớn"}]),
    ('#1234|NBA3*"Kính vỡ"NM', [{"code": "BA", "zone": "3", "text": "Kính vỡ"}]),
    ("#1234|NBA3*'Kho'NM", [{"code": "BA", "zone": "3", "text": "Kho"}]),
    ("#1234|AStart of dialler", [{"text": "Start of dialler"}]),
    ("#1234|OBA3", [{"code": "BA", "zone": "3", "extra": {"block": "O"}}]),
    # unknown codes are events as well
    ("#1234|NQQ77", [{"code": "QQ", "zone": "77"}]),
    # the account inside may be another, or stand without its mark
    ("#5678|NBA1", [{"code": "BA", "zone": "1", "extra": {"account": "5678"}}]),
    ("1234|Nri1HA1", [{"code": "HA", "partition": "1", "zone": "1", "dialect": "no_hash"}]),
    ("NBA1", [{"code": "BA", "zone": "1"}]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), DCS)
def test_sia_dcs(data: str, expected: list[dict[str, object]]) -> None:
    assert brief("SIA-DCS", data) == expected


CID = [
    ("#1234|1130 01 003", [{"code": "130", "partition": "01", "zone": "003"}]),
    ("#1234|3130 01 003", [{"code": "130", "partition": "01", "zone": "003", "turn": "restore"}]),
    ("#1234|6130 01 003", [{"code": "130", "partition": "01", "zone": "003", "turn": "still"}]),
    ("#1234|1121 01 005", [{"code": "121", "partition": "01", "user": "005"}]),
    ("#1234|3401 02 012", [{"code": "401", "partition": "02", "user": "012", "turn": "restore"}]),
    ("#1234|1602 00 000", [{"code": "602", "partition": "00", "zone": "000"}]),
    ("#1234|18 1130 01 003", [{"code": "130", "partition": "01", "zone": "003"}]),
    ("#1234|98 1130 01 003", [{"code": "130", "partition": "01", "zone": "003"}]),
    ("#1234|114a 01 00b", [{"code": "14A", "partition": "01", "zone": "00b"}]),
    ("#9999|1900 00 001", [{"code": "900", "partition": "00", "extra": {"module": "001", "account": "9999"}}]),
    ("1130 01 003", [{"code": "130", "partition": "01", "zone": "003"}]),
    ("#1234|112001003", [{"code": "120", "partition": "01", "zone": "003"}]),
    ("#1234|1120  01  003", [{"code": "120", "partition": "01", "zone": "003"}]),
    ("#1234|1120 1 3", [{"code": "120", "partition": "1", "zone": "3"}]),
    ("#1234|1120 01", [{"code": "120", "partition": "01"}]),
    ("#1234|1120", [{"code": "120"}]),
]


@pytest.mark.parametrize(("data", "expected"), CID)
def test_adm_cid(data: str, expected: list[dict[str, object]]) -> None:
    assert brief("ADM-CID", data) == expected


@pytest.mark.parametrize(
    ("name", "data"),
    [("SIA-DCS", "#1234|"), ("SIA-DCS", "hello"), ("ADM-CID", "#1234|2130 01 003"), ("ADM-CID", "#1234|NBA1"),
     ("SIA-PUL", "#1234|whatever")],
)  # fmt: skip
def test_not_understood_is_still_an_observation(name: str, data: str) -> None:
    found = frame_of(name, data)
    message = content.read(found, found.body)
    assert not message.is_understood
    [bare] = message.observations
    assert (bare.account, bare.number, bare.code) == ("1234", "0001", "")
    assert len(bare.digest) == 32


def test_extended_data_by_letter() -> None:
    [seen] = read(
        "SIA-DCS",
        "#1234|NBA3][M001122AABBCC][ITrụ sở chính][H10:00:00,11-23-2026][Vhttps://cam/1][Vhttps://cam/2",
        tail="_10:00:05,11-23-2026",
    )
    assert seen.extra == {
        "M": "001122AABBCC", "I": "Trụ sở chính", "H": "10:00:00,11-23-2026", "V": "https://cam/1\nhttps://cam/2",
    }  # fmt: skip
    assert seen.text == "Trụ sở chính"
    assert seen.occurred_at == clock.to_us(datetime(2026, 11, 23, 10, tzinfo=UTC))
    assert seen.sent_at == seen.occurred_at + 5_000_000  # type: ignore[operator]


def test_name_of_the_event_goes_before_alarm_text() -> None:
    [seen] = read("SIA-DCS", "#1234|NBA3^Kho^][Itext")
    assert (seen.text, seen.extra["I"]) == ("Kho", "text")


def test_json_in_extended_data() -> None:
    [seen] = read("SIA-DCS", '#1234|NBA3][J{"a":[1,[2]]}')
    assert seen.extra["J"] == '{"a":[1,[2]]}'


def test_path_names_receiver_line_and_number_of_the_path() -> None:
    assert [read("SIA-DCS", "#1234|NBA3", head=head)[0].path for head in ("R1L2", "L0", "")] == ["R1L2", "L0", ""]
    assert read("SIA-DCS", "#1234|NBA3][G2", head="R1L2")[0].path == "R1L2G2"


def test_windows_1252_of_older_panels() -> None:
    found = frame_of("SIA-DCS", "#1234|NBA3")
    message = content.read(found, "#1234|NBA3^Büro^]".encode("cp1252"))
    assert message.observations[0].text == "Büro"


def test_account_missing_in_the_header_is_taken_from_the_data() -> None:
    found = parse(b'\n9F0D001A"SIA-DCS"0001L[#9999|NBA2]')
    assert isinstance(found, Frame)
    assert content.account_of(found) == "9999"
    [seen] = content.read(found, found.body).observations
    assert (seen.account, seen.extra) == ("9999", {})


@pytest.mark.parametrize(
    ("tail", "sent"),
    [("_10:00:00,11-23-2026", datetime(2026, 11, 23, 10, tzinfo=UTC)), ("", None),
     ("_17:53:48,00-31-2019", None), ("_24:00:00,11-23-2026", None), ("_10:00:00,02-29-2027", None)],
)  # fmt: skip
def test_time_stamp(tail: str, sent: datetime | None) -> None:
    [seen] = read("SIA-DCS", "#1234|NBA3", tail=tail)
    assert seen.sent_at == (clock.to_us(sent) if sent else None)
    assert seen.code == "BA"


def test_stamp_there_and_back() -> None:
    moment = clock.to_us(datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC))
    with clock.use(lambda: moment * 1000):
        assert stamp.now() == "_04:05:06,02-03-2026"
        assert stamp.to_us(stamp.now()[1:]) == moment


def test_poll_says_nothing_but_who_and_when() -> None:
    found = frame_of("NULL", "", number=0, head="R1L0", tail="_10:00:00,11-23-2026")
    message = content.read(found, found.body)
    [bare] = message.observations
    assert (bare.code, bare.protocol, message.is_understood, message.path) == ("", "NULL", True, "R1L0")
    assert message.sent_at is not None


def test_digest_tells_deliveries_from_messages() -> None:
    base = frame_of("SIA-DCS", "#1234|NBA3", tail="_10:00:00,11-23-2026")

    def digest(frame: Frame, body: bytes = base.body) -> str:
        return content.read(frame, body).observations[0].digest

    same = digest(base)
    assert digest(base._replace(raw=b"sealed anew", is_encrypted=True)) == same
    others = [
        digest(base._replace(account="4321")),
        digest(base._replace(receiver="R1")),
        digest(base._replace(line="L1")),
        digest(base._replace(name="SIA-DCT")),
        digest(base._replace(number="0002")),
        digest(base, base.body.replace(b"BA3", b"BA4")),
        digest(base, base.body.replace(b"10:00:00", b"10:00:01")),
    ]
    assert len({same, *others}) == 8


def test_events_of_one_message_have_digests_of_their_own() -> None:
    first, again = ([o.digest for o in read("SIA-DCS", "#1234|NBA1/BA1/BA1")] for _ in range(2))
    assert first == again
    assert len(set(first)) == 3


@pytest.mark.parametrize(
    ("name", "data"),
    [("SIA-DCS", "#1234|Nri1/BA03"), ("SIA-DCS", "#1234|Nri2/OP7"), ("ADM-CID", "#1234|1130 01 003"),
     ("ADM-CID", "#1234|3401 02 012")],
)  # fmt: skip
def test_our_test_encoder_is_read_by_an_independent_receiver(name: str, data: str) -> None:
    raw = plain(name, data, tail="_10:00:00,11-23-2026")
    event = SIAEvent.from_line(raw.decode().strip(), {"1234": SIAAccount("1234")})
    assert event.valid_message
    assert event.sequence == "0001"
    mine = read(name, data)[0]
    if name == "ADM-CID":  # the peer calls the group "partition" and zone or user "ri"
        assert (event.event_type, event.partition, event.ri) == (mine.code, mine.partition, mine.zone or mine.user)
    else:  # and here area "ri" and zone or user "message"
        assert (event.code, event.ri, event.message) == (mine.code, mine.partition, mine.zone or mine.user)


@given(st.sampled_from(["SIA-DCS", "ADM-CID", "NULL", "XYZ"]), st.binary(max_size=200))
def test_nothing_makes_it_fail(name: str, body: bytes) -> None:
    found = frame_of("SIA-DCS", "#1234|NBA3")._replace(name=name, body=body)
    message = content.read(found, body)
    content.account_of(found)
    assert from_json(to_json(message.observations)) == message.observations
    assert message.observations[0].path == message.path


@given(st.text())
def test_blocks_never_fail(data: str) -> None:
    assert isinstance(dcs.events(data), list)
    assert len(cid.events(data)) <= 1
