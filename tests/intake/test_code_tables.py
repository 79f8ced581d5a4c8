"""The code tables against the standards: how many, what the weighty ones mean, where each restore leads.

`WEIGHTY` was written from what DC-05 and DC-03 say of each code, not from the tables: a code of the
wrong kind is a wrong priority in a robbery.
"""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from canh.alarms.queries import priorities
from canh.gateway.content import cid, dcs
from canh.intake import codes
from canh.intake.terms import NEVER_HELD_BACK, Kind, Turn
from canh.kit.text import fold
from tests.clock import START

DAY = date(2026, 11, 26)
RINGS = {
    Kind.HOLD_UP: 1, Kind.DURESS: 1, Kind.PANIC: 1, Kind.FIRE: 1, Kind.GAS: 1, Kind.MEDICAL: 1,
    Kind.INTRUSION: 2, Kind.TAMPER: 2, Kind.SECURITY: 2,
    Kind.FLOOD: 3, Kind.PATH: 3, Kind.POWER: 3, Kind.FAULT: 3, Kind.UNKNOWN: 3,
}  # fmt: skip
CALM = {Kind.ACCESS, Kind.OPEN_CLOSE, Kind.BYPASS, Kind.TEST, Kind.INFO}

WEIGHTY = {
    Kind.HOLD_UP: "122 123 126 129 HA HH HR HV",
    Kind.DURESS: "121 124 125 ND",
    Kind.PANIC: "120 646 PA PH PR QA",
    Kind.FIRE: "110 111 112 113 114 115 116 117 118 FA FH FR FC FM FG KA KH KR SA SH SR",
    Kind.GAS: "151 162 GA GH GR",
    Kind.MEDICAL: "100 101 102 103 641 MA MH MR",
    Kind.INTRUSION: "130 131 132 133 134 135 136 138 139 140 146 155 423 450 451 453 454 455"
    " BA BH BR BC BM BV BG DF DR DL CI CD OT CT OI OK UA UH UR EA",
    Kind.TAMPER: "137 144 145 316 317 341 383 461 TA TH TR TT TJ ES EJ JA XS CM UZ",
    Kind.SECURITY: "344 345 413 AA XQ XH RD",
    Kind.FLOOD: "154 WA WH WR",
    Kind.PATH: "350 351 352 353 354 355 356 358 551 552 LT LR NT NR YC YK YS XX",
    Kind.POWER: "301 302 309 311 312 314 337 338 342 384 AT AR YT YR YM YP YQ XT XR",
    Kind.FAULT: "300 307 308 321 333 373 375 376 380 381 BT BJ FT FJ HT HJ PT PJ ET ER YA YH",
    Kind.BYPASS: "570 571 572 573 574 576 577 578 579 925 BB BU FB FU HB HU PB PU",
    Kind.TEST: "601 602 603 604 607 611 613 614 615 914 RP RX TS TE TX BX FX FI FK",
    Kind.OPEN_CLOSE: "400 401 403 406 407 408 409 441 442 452 456 458 OP OA OG OQ OR OS CL CA CF CG CP CQ CS CJ",
    Kind.ACCESS: "421 422 424 425 DD DG DK DX",
}
FAMILIES = "B F G H K M P Q S T U W Z"
"""Letters whose H and R end an alarm (A), J a trouble (T), U a bypass (B)."""


def raw(name: str) -> dict[str, Any]:
    text = files("canh.intake").joinpath(f"data/codes/{name}.toml").read_text(encoding="utf-8")
    (table,) = tomllib.loads(text)["table"]
    return table


SIA, CID = raw("sia"), raw("cid")
ALL_SIA = SIA["codes"] | SIA["beyond"]


def protocol(code: str) -> str:
    return "ADM-CID" if code[0].isdigit() else "SIA-DCS"


def meaning(code: str, turn: str = "new") -> codes.Meaning:
    return codes.meaning(protocol(code), code, turn, DAY)


def test_every_code_of_the_standards_is_there_and_no_other_is_called_so() -> None:
    assert (len(CID["codes"]), len(SIA["codes"])) == (322, 305)
    assert all(len(c) == 3 and set(c) <= set("0123456789BCDEF") for c in CID["codes"])
    assert all(len(c) == 2 and c.isalpha() and c.isupper() for c in ALL_SIA)
    assert SIA["codes"].keys() & SIA["beyond"].keys() == set()


@pytest.mark.parametrize("kind", WEIGHTY)
def test_the_weighty_codes_have_the_kind_the_standard_gives_them(kind: Kind) -> None:
    found = {code: meaning(code).kind for code in WEIGHTY[kind].split()}
    assert found == dict.fromkeys(found, kind)
    assert all(meaning(code).is_listed for code in found)


def test_nothing_urgent_is_missing_from_the_table_above() -> None:
    urgent = {c for c in [*CID["codes"], *ALL_SIA] if meaning(c).kind in NEVER_HELD_BACK}
    told = {code for kind in NEVER_HELD_BACK for code in WEIGHTY[kind].split()}
    assert urgent - told == {"QH", "QR"}


@pytest.mark.parametrize("code", [*CID["codes"], *ALL_SIA])
def test_every_code_rings_or_not_as_its_kind_says(code: str) -> None:
    found = meaning(code)
    level = priorities(DAY).kinds.get(found.kind)
    assert level == RINGS.get(found.kind)
    assert (level is None) == (found.kind in CALM)


@pytest.mark.parametrize("code", [code for code, row in ALL_SIA.items() if row[1] == "restore"])
def test_every_restore_meets_an_alarm_of_its_own_kind(code: str) -> None:
    ended = meaning(code)
    begun = [c for c in ALL_SIA if meaning(c).condition == ended.condition and meaning(c).turn == Turn.NEW]
    assert begun, f"{code} ends {ended.condition}, which nothing begins"
    assert {meaning(c).kind for c in begun} == {ended.kind}


def test_a_condition_has_one_kind_so_that_its_alarm_has_one_priority() -> None:
    kinds: dict[str, set[str]] = {}
    for row in ALL_SIA.values():
        kinds.setdefault(row[2], set()).add(row[0])
    assert {condition: found for condition, found in kinds.items() if len(found) > 1} == {}


@pytest.mark.parametrize("letter", FAMILIES.split())
def test_restores_end_what_their_letter_began(letter: str) -> None:
    pairs = {"H": "A", "R": "A", "U": "B"} | ({} if letter == "T" else {"J": "T"})
    for end, begin in pairs.items():
        begun, ended = meaning(letter + begin), meaning(letter + end)
        assert (begun.turn, ended.turn) == (Turn.NEW, Turn.RESTORE), letter + end
        assert begun.condition == ended.condition, letter + end


@pytest.mark.parametrize(
    ("begin", "end"),
    [("AT", "AR"), ("AS", "AN"), ("BD", "BE"), ("EM", "EN"), ("ES", "EJ"), ("ET", "ER"), ("FS", "FV"), ("FW", "FQ"),
     ("FI", "FK"), ("DF", "DR"), ("DL", "DH"), ("IA", "IR"), ("LT", "LR"), ("LF", "LE"), ("NA", "NS"), ("NT", "NR"),
     ("OU", "OV"), ("RC", "RO"), ("TS", "TE"), ("TW", "TZ"), ("TT", "TJ"), ("VO", "VI"), ("VT", "VR"), ("VZ", "VY"),
     ("XQ", "XH"), ("XS", "XJ"), ("XT", "XR"), ("YA", "YH"), ("YC", "YK"), ("YD", "YE"), ("YI", "YJ"), ("YP", "YQ"),
     ("YT", "YR"), ("YX", "YZ"), ("BA", "BC"), ("FA", "FC"), ("UA", "OC"), ("RB", "RS")],
)  # fmt: skip
def test_pairs_that_the_letters_do_not_tell(begin: str, end: str) -> None:
    assert meaning(begin).condition == meaning(end).condition
    assert (meaning(begin).turn, meaning(end).turn) == (Turn.NEW, Turn.RESTORE)


def test_confirmed_events_are_told_apart_from_those_that_one_sensor_raised() -> None:
    assert meaning("BV").condition != meaning("BA").condition
    assert meaning("BM").condition == meaning("BV").condition
    for code in ("129", "139", "HV", "BV"):
        assert "xác nhận" in meaning(code).vietnamese


def test_in_contact_id_the_message_tells_the_turn_and_the_code_is_the_condition() -> None:
    for code in CID["codes"]:
        for turn in Turn:
            assert (meaning(code, turn).turn, meaning(code, turn).condition) == (turn, code)


@pytest.mark.parametrize("table", [SIA, CID], ids=["sia", "cid"])
def test_words_are_short_and_in_both_languages(table: dict[str, Any]) -> None:
    for code, row in (table["codes"] | table.get("beyond", {})).items():
        english, vietnamese = row[-2:]
        assert english != vietnamese, code
        assert max(len(english), len(vietnamese)) <= 45, (code, english, vietnamese)
        assert english[0].isupper() or english[0].isdigit(), code
        assert not english.endswith("."), code


def test_what_must_be_told_apart_at_a_glance_has_words_of_its_own() -> None:
    for table in (SIA["codes"], CID["codes"]):
        urgent = [fold(row[-1]) for row in table.values() if row[0] in NEVER_HELD_BACK and row[1] != "restore"]
        assert len(urgent) == len(set(urgent))


# -- the number behind a code


@pytest.mark.parametrize(
    ("data", "expected"),
    [("NBA5", {"zone": "5"}), ("NHA5", {"zone": "5"}), ("NOP5", {"user": "5"}), ("NCL5", {"user": "5"}),
     ("NBC5", {"user": "5"}), ("NBV5", {"partition": "5"}), ("NCI5", {"partition": "5"}), ("NJA5", {"partition": "5"}),
     ("NDF5", {"extra": {"door": "5"}}), ("NDG5", {"extra": {"door": "5"}}), ("NES5", {"extra": {"module": "5"}}),
     ("NLT5", {"extra": {"module": "5"}}), ("NNT5", {"extra": {"module": "5"}}), ("NXQ5", {"extra": {"module": "5"}}),
     ("NAT5", {"zone": "5"}), ("NQQ5", {"zone": "5"})],
)  # fmt: skip
def test_the_number_of_an_sia_code(data: str, expected: dict[str, Any]) -> None:
    (event,) = dcs.events(data)
    assert event == {"code": data[1:3]} | expected


@pytest.mark.parametrize(
    ("code", "field"),
    [("130", "zone"), ("122", "zone"), ("121", "user"), ("401", "user"), ("406", "user"), ("441", "user"),
     ("454", "user"), ("461", "zone"), ("570", "zone"), ("574", "user"), ("607", "user"), ("914", "user"),
     ("426", "zone"), ("12B", "zone")],
)  # fmt: skip
def test_the_number_of_a_contact_id_code(code: str, field: str) -> None:
    (event,) = cid.events(f"1{code} 01 005")
    assert event == {"code": code, "partition": "01", field: "005"}


def test_a_downloader_is_no_zone() -> None:
    assert cid.events("1901 00 007") == [{"code": "901", "partition": "00", "extra": {"module": "007"}}]


def test_a_number_of_a_code_nobody_listed_is_named() -> None:
    head = '[[table]]\nprotocol="P"\nvalid_from=2000-01-01\ncitation="x"\n'
    with pytest.raises(codes.BadTable, match="P 2: its number"):
        codes.read_tables(f'{head}[table.codes]\n1=["fire","x","y"]\n[table.leading]\n[table.numbers]\nuser="1 2"')


def test_a_protocol_without_a_table_has_no_numbers() -> None:
    assert codes.numbers("NOBODY") == {}


def test_the_tables_hold_since_before_the_first_day_of_the_tests() -> None:
    assert all(table["valid_from"] <= START.date() for table in (SIA, CID))
