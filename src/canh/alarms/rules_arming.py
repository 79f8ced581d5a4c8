"""Whether a bare sensor rings, and what reports of panels and delays do to the state of a partition. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from canh.alarms.terms_arming import ARMED, GUARDED, PEOPLE_INSIDE, ArmState
from canh.intake.terms import COUNTS_AS_SENT, HeldBack, Turn, Verdict
from canh.sites.terms import Door, PanelKind, ZoneUse

BARE_DOORS = frozenset({Door.MQTT, Door.ONVIF})
BARE_KINDS = frozenset({PanelKind.SENSOR, PanelKind.CAMERA})
"""What reports through such a door and is of such a kind knows no arming: Canh decides whether it rings."""
ALWAYS_ON = frozenset({ZoneUse.HOLD_UP, ZoneUse.FIRE, ZoneUse.VAULT, ZoneUse.TECHNICAL})
"""Uses of zones that are guarded whether somebody armed or not."""
SAME_OPENING = timedelta(minutes=2)
"""A report on a second path, of the same opening."""
FAILED, LATE = "failed", "late"
BY_TURN = {
    "by_turn": (ArmState.DISARMED, ArmState.AWAY),
    "by_turn_stay": (ArmState.DISARMED, ArmState.STAY),
    "by_turn_night": (ArmState.DISARMED, ArmState.NIGHT),
    "by_turn_reversed": (ArmState.AWAY, ArmState.DISARMED),
}
Code = tuple[str, str]
"""Protocol and code."""


@dataclass(frozen=True, slots=True)
class ArmingTable:
    """What codes say about arming."""

    words: Mapping[Code, str] = field(default_factory=dict)
    """Code -> a word of data/arming.toml."""
    states: Mapping[Code, ArmState] = field(default_factory=dict)
    """(protocol, what it calls the state) -> state: in which way it is armed."""
    contacts: frozenset[Code] = frozenset()
    """Doors and windows: what stays open, other than what moves."""
    lost: frozenset[Code] = frozenset()
    """The sensor does not answer: neither open nor closed."""
    decided: frozenset[Code] = frozenset()
    """A panel behind a bare door decided that it rings."""
    until_opening: frozenset[Code] = frozenset()

    def says(self, code: Code, turn: str, state: str = "") -> str:
        """How the partition stands after a signal: a state, FAILED, LATE; "" where it says nothing."""
        word = self.words.get(code, "")
        if word in {FAILED, LATE}:
            return word if turn == Turn.NEW else ""
        if word not in BY_TURN:
            return word
        begun, ended = BY_TURN[word]
        said = ended if turn == Turn.RESTORE else begun
        return self.states.get((code[0], state), said) if said in ARMED else said


def is_believed(state: str, verdict: str, *, is_repeat: bool) -> bool:
    """Calm needs more proof than danger: an old or forged closing must not make open premises look closed."""
    if is_repeat or verdict not in COUNTS_AS_SENT:
        return False
    return verdict == Verdict.ACCEPTED or state not in {*GUARDED, ArmState.ARMING}


def is_news(before: str, since: datetime, state: str, at: datetime) -> bool:
    """Whether a report changes anything. Opened anew while it counts as open: its closing was not heard."""
    if before != state:
        return True
    return state == ArmState.DISARMED and at - since > SAME_OPENING


class Ruling(StrEnum):
    """What becomes of an intrusion signal of a bare sensor."""

    RING = "ring"
    DELAY = "delay"
    """The entry delay begins."""
    HOLD_DISARMED = HeldBack.DISARMED.value
    HOLD_EXIT = HeldBack.EXIT.value
    HOLD_ENTRY = HeldBack.ENTRY.value
    HOLD_BYPASSED = HeldBack.BYPASSED.value


@dataclass(frozen=True, slots=True)
class Guard:
    """How the bare sensors of premises stand at a moment."""

    state: str
    mode: str = ""
    """In which way it is or will be armed, while a delay runs."""
    is_tripped: bool = False
    """It rang since it was armed: nobody is given a delay any more."""
    until: datetime | None = None
    """When the delay is over."""


def ruling(guard: Guard, use: str, at: datetime, *, has_delay: bool, is_bypassed: bool) -> Ruling:
    """Whether an intrusion signal of a zone rings.

    1. What a person left out does not ring; what is always on does.
    2. Premises that nobody ever armed or disarmed here ring, as if nothing could be armed at all.
    3. Disarmed, and while people leave: nothing.
    4. With people inside the interior is left out.
    5. Armed, the entry route begins the delay, once; while it runs the way inwards waits for its end, a window not.
    """
    if is_bypassed:
        return Ruling.HOLD_BYPASSED
    if use in ALWAYS_ON or guard.state == ArmState.UNKNOWN or guard.is_tripped:
        return Ruling.RING
    if guard.state in {ArmState.DISARMED, ArmState.ARMING}:
        return Ruling.HOLD_DISARMED if guard.state == ArmState.DISARMED else Ruling.HOLD_EXIT
    mode = guard.mode or guard.state
    if use == ZoneUse.INTERIOR and mode in PEOPLE_INSIDE:
        return Ruling.HOLD_DISARMED
    if guard.state == ArmState.PENDING:
        waits = use in {ZoneUse.ENTRY, ZoneUse.INTERIOR} and (guard.until is None or at < guard.until)
        return Ruling.HOLD_ENTRY if waits else Ruling.RING
    is_way_in = use == ZoneUse.ENTRY and has_delay and mode != ArmState.NIGHT
    return Ruling.DELAY if is_way_in else Ruling.RING


@dataclass(frozen=True, slots=True)
class Moved:
    """A change of state as history tells it."""

    at: datetime
    before: str
    after: str


def guard_at(changes: Iterable[Moved], at: datetime, now: Guard) -> Guard:
    """How it stood when a signal came that is looked at late: `changes` in order, `now` as it stands after them."""
    before: Moved | None = None
    after: Moved | None = None
    for change in changes:
        if change.at <= at:
            before = change
        elif after is None:
            after = change
    if after is None:
        return now
    return Guard(state=before.after if before else after.before)


def disarmed_within(changes: Iterable[Moved], at: datetime, delay: timedelta) -> bool:
    """Whether somebody disarmed soon enough after the entry route was opened."""
    return any(c.after == ArmState.DISARMED and at < c.at <= at + delay for c in changes)


def state_of_site(states: Collection[str]) -> str:
    """How premises stand as a whole: open while one of their partitions is."""
    known = [state for state in states if state != ArmState.UNKNOWN]
    for one in (ArmState.PENDING, ArmState.DISARMED, ArmState.ARMING, ArmState.STAY, ArmState.NIGHT, ArmState.AWAY):
        if one in known:
            return one
    return ArmState.UNKNOWN


def partition(text: str) -> str:
    """As it is kept: `01` and `1` are one; nothing and zero mean the panel as a whole."""
    return text.strip().lstrip("0")
