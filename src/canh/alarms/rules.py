"""What a signal does to the alarms, and which moves an alarm allows. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from canh.alarms.terms import Load, Priority, State
from canh.intake.terms import NEVER_HELD_BACK, HeldBack, Kind, Turn, Verdict

ATTACKS = frozenset({Verdict.WRONG_KEY, Verdict.REPLAY, Verdict.DOWNGRADE})
NO_MEANING = frozenset({Verdict.BAD_CRC, Verdict.BAD_LENGTH, Verdict.GARBAGE})


@dataclass(frozen=True, slots=True)
class Reading:
    """A signal as far as alarms go."""

    panel_id: int | None
    kind: Kind
    condition: str
    turn: Turn
    verdict: Verdict
    partition: str
    zone_number: str
    zone_use: str
    is_repeat: bool
    user_number: str = ""
    part: str = ""
    """What else the number behind the code counted: `door 5`, `module 2`; not numbered as zones are."""
    is_own: bool = False
    """Canh itself says it."""
    ranks_as: str = ""
    """A condition whose priority this one has: the loss of an only path is worth a cut-off."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the open alarm of a condition stands."""

    is_acknowledged: bool = False
    has_returned: bool = False


class Act(StrEnum):
    RAISE = "raise"
    """A new alarm."""
    AGAIN = "again"
    """The open alarm is reported once more; it counts as active again."""
    REACTIVATE = "reactivate"
    """The open alarm was acknowledged and is active anew: it asks for a person again."""
    REPEAT = "repeat"
    """The same delivery again: noted in the open alarm's timeline only."""
    RETURN = "return"
    """The condition of the open alarm ended."""
    NONE = "none"
    """Kept as a signal; no alarm is concerned."""


@dataclass(frozen=True, slots=True)
class PriorityTable:
    kinds: Mapping[str, int]
    zone_uses: Mapping[str, int]
    conditions: Mapping[str, int] = field(default_factory=dict)
    """Conditions that rank otherwise than their kind."""

    def of(self, reading: Reading) -> Priority | None:
        """None: this kind raises no alarm."""
        base = self.conditions.get(reading.ranks_as or reading.condition, self.kinds.get(reading.kind))
        if base is None:
            return None
        if reading.kind == Kind.INTRUSION:
            base = min(base, self.zone_uses.get(reading.zone_use, base))
        return Priority(base)


def open_key(reading: Reading) -> str:
    """Names the condition: while an alarm with this key is open, no second one is raised.

    A panel counts its zones through all its partitions, so a zone is place enough, and so is a door or a
    module: line 1 back must not end that line 2 is lost. Without one, two
    people in distress are two conditions: then partition and user tell them apart.
    """
    place = reading.zone_number.lstrip("0") or reading.part
    if not place and reading.kind in NEVER_HELD_BACK:
        place = f"p{reading.partition.lstrip('0')}u{reading.user_number.lstrip('0')}"
    return f"{reading.panel_id}:{reading.condition}:{place or '-'}"


def decide(reading: Reading, standing: Standing | None, priority: Priority | None) -> Act:
    """What a signal does, given how the open alarm of its key stands (None: there is none).

    1. Without known premises nobody could be shown the alarm: the signal waits among the unknown.
    2. A verdict that gave no meaning raises nothing by itself. A message of a known panel that nobody understood
       does, as an unknown code: its panel was told that it arrived, and it may have been a hold-up.
    3. A restore ends the open alarm and never raises one.
    4. A repeat is noted. Where nothing may be held back it raises an alarm when none is open, and counts as a new
       event when the open one had returned to normal: a panel that always sends the same bytes was pressed again.
    5. Else: raise, or report the open one again; one that somebody had acknowledged asks for a
       person again if it had returned to normal since, or may never be held back (ISA-18.2).
    """
    if reading.panel_id is None or priority is None:
        return Act.NONE
    if reading.verdict in NO_MEANING:
        return Act.NONE
    if reading.turn == Turn.RESTORE:
        return Act.RETURN if standing and _is_trusted(reading) else Act.NONE
    if reading.is_repeat:
        return _repeat(reading, standing)
    return _again(reading, standing) if standing else Act.RAISE


def _again(reading: Reading, standing: Standing) -> Act:
    is_new = reading.turn == Turn.NEW and (standing.has_returned or reading.kind in NEVER_HELD_BACK)
    return Act.REACTIVATE if standing.is_acknowledged and is_new else Act.AGAIN


def _is_trusted(reading: Reading) -> bool:
    """Calm needs more proof than danger: a replayed or forged restore must not quieten an alarm."""
    return reading.verdict == Verdict.ACCEPTED and not reading.is_repeat


def _repeat(reading: Reading, standing: Standing | None) -> Act:
    if reading.kind not in NEVER_HELD_BACK:
        return Act.REPEAT if standing else Act.NONE
    if standing is None:
        return Act.RAISE
    return _again(reading, standing) if standing.has_returned else Act.REPEAT


MOVES: Mapping[tuple[State, str], State] = {
    (State.UNACKNOWLEDGED, "acknowledge"): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, "take_over"): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, "release"): State.UNACKNOWLEDGED,
    (State.ACKNOWLEDGED, "close"): State.CLOSED,
    (State.CLOSED, "reopen"): State.ACKNOWLEDGED,
    (State.UNACKNOWLEDGED, "shelve"): State.SHELVED,
    (State.ACKNOWLEDGED, "shelve"): State.SHELVED,
    (State.SHELVED, "unshelve"): State.UNACKNOWLEDGED,
}
"""Every legal move of an alarm: by a person, by the end of its time on the shelf, or because its owner is no longer
there (ISA-18.2 figure 2)."""


class IllegalMove(ValueError):
    """The alarm is not in a state from which this move is allowed."""


def moved(state: State, move: str) -> State:
    """The state after a move. Raises IllegalMove."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise IllegalMove(f"an alarm that is {state} cannot {move}") from None


# ── Owners ───────────────────────────────────────────────────────────────

LOST_AFTER = timedelta(seconds=20)
"""A desk gives a sign of life each few seconds; after so long without one nobody sits there. With the engine's
rhythm an alarm is back in the queue within 30 s."""
BEFORE_TAKING = timedelta(seconds=10)
"""The sign of life that proves that an alarm was taken at a desk may be so much older than the taking."""


def lost_if_taken_by(seen_at: datetime, now: datetime) -> datetime | None:
    """The owner of an alarm, last seen at a desk then, has left it if the alarm was taken at this moment or before;
    None: they are here. Who took it later took it elsewhere (by a script), and was never there to leave."""
    return seen_at + BEFORE_TAKING if now - seen_at >= LOST_AFTER else None


@dataclass(frozen=True, slots=True)
class LoadTable:
    """How many alarms within the window mean what."""

    window: timedelta
    target: int
    manageable: int
    flood: int


def load_of(taken: int, table: LoadTable) -> Load:
    """`taken`: alarms one person took within the window."""
    if taken > table.flood:
        return Load.FLOOD
    if taken > table.manageable:
        return Load.OVER
    return Load.BUSY if taken > table.target else Load.CALM


# ── The shelf ────────────────────────────────────────────────────────────


class NotForTheShelf(ValueError):
    """Alarms of this kind are never shelved, by nobody, for no time."""


class TooLong(ValueError):
    """Asked to wait longer than an alarm of its priority may. `longest`: how long it may."""

    def __init__(self, longest: timedelta) -> None:
        super().__init__(f"at most {longest}")
        self.longest = longest


def may_be_shelved(kind: Kind, fold: str) -> bool:
    """Hold-up, duress, panic and fire: never. What stands in another entry has no row to take away."""
    return kind not in NEVER_HELD_BACK and not fold


def shelf_span(kind: Kind, priority: Priority, wanted: timedelta, longest: Mapping[int, timedelta]) -> timedelta:
    """For how long an alarm is shelved. Raises NotForTheShelf, TooLong; ValueError when it is no time at all."""
    if kind in NEVER_HELD_BACK:
        raise NotForTheShelf(f"{kind} is never shelved")
    if wanted <= timedelta(0):
        raise ValueError("a shelf needs an end that is still to come")
    if wanted > longest[priority]:
        raise TooLong(longest[priority])
    return wanted


# ── Held back, and never held back ───────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FloodTable:
    """What counts as too many."""

    runaway_signals: int
    runaway_gap: timedelta
    storm_panels: int
    storm_window: timedelta
    storm_pause: timedelta
    storm_kinds: frozenset[Kind]
    storm_alone_sites: frozenset[str]
    """Kinds of premises whose cut-off is no part of a storm."""


@dataclass(frozen=True, slots=True)
class Run:
    """The signals of one panel that follow each other closely."""

    count: int = 0
    last_at: datetime | None = None
    is_runaway: bool = False


def is_counted(reading: Reading, priority: Priority | None) -> bool:
    """Whether a signal brings its panel nearer to a runaway: one that asks for a person.

    Not what ends something, nor the same delivery again: neither rings. Not hold-up, duress, panic and fire: who
    presses a button many times must not silence the detectors. Not what Canh says itself. Only what proved its
    sender: else thirty forged messages would silence the detectors of a bank.
    """
    rings = priority is not None and reading.panel_id is not None and reading.verdict == Verdict.ACCEPTED
    is_news = reading.turn != Turn.RESTORE and not reading.is_repeat
    return rings and is_news and not reading.is_own and reading.kind not in NEVER_HELD_BACK


def run_after(run: Run, at: datetime, table: FloodTable) -> Run:
    """The run after one more counted signal."""
    goes_on = run.last_at is not None and abs(at - run.last_at) < table.runaway_gap
    count = run.count + 1 if goes_on else 1
    last_at = max(at, run.last_at) if goes_on and run.last_at else at
    return Run(count, last_at, (run.is_runaway and goes_on) or count > table.runaway_signals)


def is_over(run: Run, now: datetime, table: FloodTable) -> bool:
    """A runaway clears itself after a gap without a counted signal."""
    return run.last_at is None or now - run.last_at >= table.runaway_gap


def held_back(reading: Reading, priority: Priority | None, *, is_on_test: bool, is_runaway: bool) -> HeldBack | None:
    """Why a signal raises nothing although its kind does.

    Hold-up, duress, panic and fire: never, for no reason. What Canh says itself is not part of somebody's work.
    In a runaway nothing urgent is held back either, nor an attack on the transmission, which is no fault of the
    panel; on test both are: a vault's detector and a key are tested like others.
    """
    if priority is None or reading.kind in NEVER_HELD_BACK or reading.is_own or reading.turn == Turn.RESTORE:
        return None
    if is_on_test:
        return HeldBack.ON_TEST
    passes = priority == Priority.URGENT or (reading.kind == Kind.SECURITY and reading.verdict in ATTACKS)
    return HeldBack.RUNAWAY if is_runaway and not passes else None


def needs_human_key(*, is_on_test: bool, is_drill: bool) -> bool:
    """Whether automatic dispatch of the police must wait for one human key.

    From premises on test or in a drill a hold-up rings like any other, first and loud, for it may be real. But it
    most probably is not, and cars that race to an exercise are missing elsewhere: so a person looks first.
    """
    return is_on_test or is_drill


# ── From panel to operator ───────────────────────────────────────────────


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that is not below so large a share of all (nearest rank); None of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def notice_s(class_s: int | None) -> float | None:
    """Within which time silence is at the desk: the class and a tenth of it."""
    return None if class_s is None else class_s * 1.1


def reporting_s(class_s: int | None, delivery_s: float | None) -> float | None:
    """Within which time a desk learns of a panel that something is wrong: either its message comes, or its silence
    is noticed and the word of that comes as fast as other words do. None: without a class, perhaps never."""
    noticed = notice_s(class_s)
    return None if noticed is None else noticed + (delivery_s or 0.0)
