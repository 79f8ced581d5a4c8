"""What a signal does, as a table; what an alarm allows, as properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from canh.alarms import rules
from canh.alarms.queries import priorities, shelf_limits
from canh.alarms.queries_owners import load_table
from canh.alarms.rules import Act, IllegalMove, Reading, Standing
from canh.alarms.terms import Load, Priority, State
from canh.intake.terms import NEVER_HELD_BACK, Kind, Turn, Verdict
from tests.clock import START

BASE = Reading(
    panel_id=1, kind=Kind.INTRUSION, condition="burglary", turn=Turn.NEW, verdict=Verdict.ACCEPTED, partition="1",
    zone_number="5", zone_use="interior", is_repeat=False,
)  # fmt: skip
TABLE = priorities(START.date())


@pytest.mark.parametrize(
    ("change", "is_open", "expected"),
    [
        ({}, False, Act.RAISE),
        ({}, True, Act.AGAIN),
        ({"is_repeat": True}, True, Act.REPEAT),
        ({"is_repeat": True}, False, Act.NONE),
        ({"is_repeat": True, "kind": Kind.HOLD_UP}, False, Act.RAISE),
        ({"is_repeat": True, "kind": Kind.HOLD_UP}, True, Act.REPEAT),
        ({"turn": Turn.RESTORE}, True, Act.RETURN),
        ({"turn": Turn.RESTORE}, False, Act.NONE),
        ({"turn": Turn.RESTORE, "is_repeat": True}, True, Act.NONE),
        ({"turn": Turn.RESTORE, "verdict": Verdict.BAD_TIME}, True, Act.NONE),
        ({"turn": Turn.RESTORE, "verdict": Verdict.DOWNGRADE}, True, Act.NONE),
        ({"panel_id": None}, False, Act.NONE),
        ({"verdict": Verdict.BAD_TIME}, False, Act.RAISE),
        ({"verdict": Verdict.BAD_CRC}, False, Act.NONE),
        ({"verdict": Verdict.NOT_UNDERSTOOD, "kind": Kind.UNKNOWN}, False, Act.RAISE),
        ({"verdict": Verdict.NOT_UNDERSTOOD, "kind": Kind.UNKNOWN, "panel_id": None}, False, Act.NONE),
        ({"verdict": Verdict.WRONG_KEY, "kind": Kind.SECURITY}, False, Act.RAISE),
        ({"kind": Kind.OPEN_CLOSE}, False, Act.NONE),
        ({"kind": Kind.TEST}, True, Act.NONE),
        ({"turn": Turn.STILL}, False, Act.RAISE),
    ],
)
def test_what_a_signal_does(change: dict[str, object], is_open: bool, expected: Act) -> None:
    reading = replace(BASE, **change)  # type: ignore[arg-type]
    assert rules.decide(reading, Standing() if is_open else None, TABLE.of(reading)) == expected


@pytest.mark.parametrize(
    ("change", "standing", "expected"),
    [
        ({}, Standing(is_acknowledged=True), Act.AGAIN),
        ({"is_repeat": True, "kind": Kind.HOLD_UP}, Standing(is_acknowledged=True), Act.REPEAT),
        ({"is_repeat": True, "kind": Kind.HOLD_UP}, Standing(True, has_returned=True), Act.REACTIVATE),
        ({"is_repeat": True}, Standing(True, has_returned=True), Act.REPEAT),
        ({}, Standing(is_acknowledged=True, has_returned=True), Act.REACTIVATE),
        ({}, Standing(has_returned=True), Act.AGAIN),
        ({"turn": Turn.STILL}, Standing(is_acknowledged=True, has_returned=True), Act.AGAIN),
        ({"kind": Kind.HOLD_UP}, Standing(is_acknowledged=True), Act.REACTIVATE),
        ({"kind": Kind.HOLD_UP, "turn": Turn.STILL}, Standing(is_acknowledged=True), Act.AGAIN),
        ({"kind": Kind.HOLD_UP, "is_repeat": True}, Standing(is_acknowledged=True), Act.REPEAT),
    ],
)
def test_what_happens_anew_asks_for_a_person_again(
    change: dict[str, object], standing: Standing, expected: Act
) -> None:
    reading = replace(BASE, **change)  # type: ignore[arg-type]
    assert rules.decide(reading, standing, TABLE.of(reading)) == expected


def test_two_people_in_distress_are_two_conditions() -> None:
    panic = replace(BASE, kind=Kind.PANIC, condition="panic", zone_number="", partition="1")
    assert rules.open_key(panic) != rules.open_key(replace(panic, partition="2"))
    assert rules.open_key(panic) != rules.open_key(replace(panic, user_number="7"))
    mains = replace(panic, kind=Kind.POWER, condition="mains")
    assert rules.open_key(mains) == rules.open_key(replace(mains, partition="2"))


READINGS = st.builds(
    Reading, panel_id=st.just(1), kind=st.sampled_from(Kind), condition=st.text(max_size=5),
    turn=st.sampled_from([Turn.NEW, Turn.STILL]),
    verdict=st.sampled_from([Verdict.ACCEPTED, Verdict.BAD_TIME, Verdict.DOWNGRADE]),
    partition=st.text(max_size=2), zone_number=st.text(max_size=3),
    zone_use=st.sampled_from(["", "vault", "interior"]), is_repeat=st.booleans(),
)  # fmt: skip


@given(READINGS, st.booleans())
def test_hold_up_duress_panic_and_fire_always_ring(reading: Reading, is_open: bool) -> None:
    if reading.kind in NEVER_HELD_BACK:
        assert TABLE.of(reading) == Priority.URGENT
        standing = Standing(is_acknowledged=True) if is_open else None
        expected = {Act.AGAIN, Act.REACTIVATE, Act.REPEAT} if is_open else {Act.RAISE}
        assert rules.decide(reading, standing, TABLE.of(reading)) in expected


@pytest.mark.parametrize("use", ["vault", "hold_up", "fire"])
def test_a_burglary_in_the_vault_or_at_a_button_is_urgent(use: str) -> None:
    assert TABLE.of(replace(BASE, zone_use=use)) == Priority.URGENT


def test_one_line_back_does_not_end_that_the_other_is_lost() -> None:
    line = replace(BASE, kind=Kind.PATH, condition="line", zone_number="", part="module 1")
    assert rules.open_key(line) == rules.open_key(replace(line, turn=Turn.RESTORE))
    assert rules.open_key(line) != rules.open_key(replace(line, part="module 2"))
    assert rules.open_key(line) != rules.open_key(replace(line, part=""))


def test_zone_5_and_zone_005_are_one_condition() -> None:
    assert rules.open_key(BASE) == rules.open_key(replace(BASE, zone_number="005"))
    assert rules.open_key(BASE) != rules.open_key(replace(BASE, zone_number="6"))


MOVES = ["acknowledge", "take_over", "release", "close", "reopen", "shelve", "unshelve"]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", MOVES)
def test_only_the_moves_of_the_table_are_legal(state: State, move: str) -> None:
    legal = {
        ("unacknowledged", "acknowledge"), ("acknowledged", "close"), ("closed", "reopen"),
        ("unacknowledged", "shelve"), ("acknowledged", "shelve"), ("shelved", "unshelve"),
        ("acknowledged", "take_over"), ("acknowledged", "release"),
    }  # fmt: skip
    if (state.value, move) in legal:
        assert rules.moved(state, move) != state or move == "take_over"
    else:
        with pytest.raises(IllegalMove):
            rules.moved(state, move)


class Life(RuleBasedStateMachine):
    """However people press, an alarm is never closed without having been acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.was_acknowledged = State.UNACKNOWLEDGED, False

    @rule(move=st.sampled_from(MOVES))
    def press(self, move: str) -> None:
        try:
            self.state = rules.moved(self.state, move)
        except IllegalMove:
            return
        self.was_acknowledged |= move == "acknowledge"

    @precondition(lambda self: self.state == State.SHELVED)
    @rule()
    def nothing_leaves_the_shelf_but_into_the_queue(self) -> None:
        assert {move for move in MOVES if (self.state, move) in rules.MOVES} == {"unshelve"}
        assert rules.moved(self.state, "unshelve") == State.UNACKNOWLEDGED

    @precondition(lambda self: self.state == State.CLOSED)
    @rule()
    def closed_means_acknowledged(self) -> None:
        assert self.was_acknowledged


TestLife = Life.TestCase


LIMITS = shelf_limits(START.date())


@given(st.sampled_from(Kind), st.sampled_from(Priority), st.timedeltas())
def test_a_cry_for_help_is_never_shelved_and_nothing_for_longer_than_it_may(
    kind: Kind, priority: Priority, wanted: timedelta
) -> None:
    try:
        span = rules.shelf_span(kind, priority, wanted, LIMITS)
    except ValueError:
        assert kind in NEVER_HELD_BACK or not timedelta(0) < wanted <= LIMITS[priority]
        return
    assert kind not in NEVER_HELD_BACK
    assert span == wanted


@pytest.mark.parametrize("kind", sorted(NEVER_HELD_BACK))
def test_hold_up_duress_panic_and_fire_have_no_place_on_the_shelf(kind: Kind) -> None:
    assert not rules.may_be_shelved(kind, "")


def test_the_more_urgent_the_shorter_on_the_shelf() -> None:
    assert LIMITS[1] < LIMITS[2] < LIMITS[3]
    assert not rules.may_be_shelved(Kind.POWER, "storm")


def test_the_table_in_the_documents_has_every_move_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs/design/alarm-states.md").read_text(encoding="utf-8")
    rows = [[cell.strip(" `") for cell in line.split("|")[2:6]] for line in page.splitlines() if line.startswith("| ")]
    told = {(row[0], row[2].split(",")[0], row[3]) for row in map(_padded, rows) if row[0] in State.values}
    assert told == {(state.value, move, after.value) for (state, move), after in rules.MOVES.items()}


def _padded(row: list[str]) -> list[str]:
    return [*row, "", "", "", ""][:4]


NOW = START
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("taken", "seen", "lost"),
    [
        (60, 1, False), (60, 19.9, False), (60, 20, True), (60, 60, True),
        (60, 70, True),  # the desk closed right after the key
        (60, 70.1, False),  # taken elsewhere than at that desk
        (5, 2, False),
    ],
)  # fmt: skip
def test_an_owner_is_lost_when_their_desk_gives_no_sign_of_life(taken: float, seen: float, lost: bool) -> None:
    taken_by = rules.lost_if_taken_by(NOW - seen * SECOND, NOW)
    assert (taken_by is not None and NOW - taken * SECOND <= taken_by) is lost


@pytest.mark.parametrize(
    ("taken", "load"),
    [
        (0, Load.CALM),
        (1, Load.CALM),
        (2, Load.BUSY),
        (3, Load.OVER),
        (10, Load.OVER),
        (11, Load.FLOOD),
        (300, Load.FLOOD),
    ],
)
def test_how_much_is_too_much(taken: int, load: Load) -> None:
    assert rules.load_of(taken, load_table(START.date())) == load
