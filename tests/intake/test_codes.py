"""Codes mean what the standards say, and an unknown one is never dropped."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canh.intake import codes
from canh.intake.terms import Kind, Turn

DAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("protocol", "code", "qualifier", "kind", "turn"),
    [
        ("SIA-DCS", "HA", "new", Kind.HOLD_UP, Turn.NEW),
        ("SIA-DCS", "BA", "new", Kind.INTRUSION, Turn.NEW),
        ("SIA-DCS", "BR", "new", Kind.INTRUSION, Turn.RESTORE),
        ("SIA-DCS", "OP", "new", Kind.OPEN_CLOSE, Turn.NEW),
        ("ADM-CID", "122", "new", Kind.HOLD_UP, Turn.NEW),
        ("ADM-CID", "121", "new", Kind.DURESS, Turn.NEW),
        ("ADM-CID", "130", "restore", Kind.INTRUSION, Turn.RESTORE),
        ("ADM-CID", "401", "restore", Kind.OPEN_CLOSE, Turn.RESTORE),
    ],
)
def test_listed_codes(protocol: str, code: str, qualifier: str, kind: Kind, turn: Turn) -> None:
    meaning = codes.meaning(protocol, code, qualifier, DAY)
    assert (meaning.kind, meaning.turn, meaning.is_listed) == (kind, turn, True)


def test_a_restore_names_the_condition_its_alarm_named() -> None:
    for alarm, restore in [("HA", "HR"), ("BA", "BR"), ("FA", "FR"), ("TA", "TR"), ("AT", "AR"), ("YT", "YR")]:
        begun = codes.meaning("SIA-DCS", alarm, "new", DAY)
        ended = codes.meaning("SIA-DCS", restore, "new", DAY)
        assert begun.condition == ended.condition
        assert (begun.turn, ended.turn) == (Turn.NEW, Turn.RESTORE)


def test_mains_and_battery_are_two_conditions_of_one_kind() -> None:
    assert codes.meaning("SIA-DCS", "AT", "new", DAY).condition != codes.meaning("SIA-DCS", "YT", "new", DAY).condition


@pytest.mark.parametrize(
    ("protocol", "code", "kind"),
    [
        ("SIA-DCS", "HZ", Kind.HOLD_UP),
        ("SIA-DCS", "BQ", Kind.INTRUSION),
        ("SIA-DCS", "FD", Kind.FIRE),
        ("SIA-DCS", "@!", Kind.UNKNOWN),
        ("ADM-CID", "119", Kind.FIRE),
        ("ADM-CID", "128", Kind.PANIC),
        ("ADM-CID", "13B", Kind.INTRUSION),
        ("ADM-CID", "2F9", Kind.FAULT),
        ("ADM-CID", "999", Kind.UNKNOWN),
        ("NEW-PROTOCOL", "X", Kind.UNKNOWN),
    ],
)
def test_unlisted_codes_are_classed_by_how_they_begin(protocol: str, code: str, kind: Kind) -> None:
    meaning = codes.meaning(protocol, code, "new", DAY)
    assert meaning.kind == kind
    assert not meaning.is_listed


@given(st.sampled_from(["SIA-DCS", "ADM-CID"]), st.text(max_size=8), st.sampled_from(Turn.values))
def test_every_code_has_a_meaning(protocol: str, code: str, qualifier: str) -> None:
    assert codes.meaning(protocol, code, qualifier, DAY).kind in Kind


@pytest.mark.parametrize(
    ("row", "message"),
    [('["burglary", "new", "b", "x", "y"]', "unknown kind"), ('["fire", "soon", "b", "x", "y"]', "unknown turn"),
     ('["fire", "new"]', "expected 5")],
)  # fmt: skip
def test_a_wrong_table_is_named(row: str, message: str) -> None:
    head = '[[table]]\nprotocol="SIA-DCS"\ntells_turn=true\nvalid_from=2000-01-01\ncitation="x"\n'
    text = f"{head}[table.codes]\nBA = {row}\n[table.leading]\n"
    with pytest.raises(codes.BadTable, match=message):
        codes.read_tables(text)


def test_a_poll_kept_for_its_odd_clock_is_no_unknown_code() -> None:
    assert codes.meaning("NULL", "", "new", DAY).kind == Kind.TEST


def test_a_day_before_the_table_knows_no_code() -> None:
    assert codes.meaning("SIA-DCS", "BA", "new", date(1999, 1, 1)).kind == Kind.UNKNOWN
