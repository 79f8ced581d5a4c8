"""When a figure is fine, wants attention or is bad. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    ATTENTION = "attention"
    BAD = "bad"


ORDER = (State.OK, State.ATTENTION, State.BAD)


def worst(states: list[State]) -> State:
    return max(states, key=ORDER.index, default=State.OK)


def by_limits(value: float, attention: float, bad: float) -> State:
    """The larger, the worse."""
    if value >= bad:
        return State.BAD
    return State.ATTENTION if value >= attention else State.OK


def worker(age_s: float | None) -> State:
    """Workers stamp every two seconds; five missed are suspicious, the supervisor kills at sixty."""
    return State.BAD if age_s is None else by_limits(age_s, 10, 30)


def doors(shut: set[str]) -> State:
    """The panels' own door is what the installation is for."""
    return State.BAD if "sia" in shut else State.ATTENTION if shut else State.OK


def queue(length: int, oldest_s: float) -> State:
    """A long queue may be a flood that is being worked off; an old one stands still."""
    return worst([by_limits(oldest_s, 5, 60), by_limits(length, 5_000, 100_000)])


def problems(count: int, *, has_urgent: bool) -> State:
    """Each of them raised nothing, whatever it said."""
    if has_urgent:
        return State.BAD
    return State.ATTENTION if count else State.OK


def unknown(count: int) -> State:
    """Strangers knock at every open port: worth a look, no fault of the installation."""
    return State.ATTENTION if count else State.OK


def lag(entries: int) -> State:
    """Below zero: the journal ends before our copy, so it is another file than the one we copied."""
    return State.BAD if entries < 0 else by_limits(entries, 2_000, 50_000)


def step(in_a_row: int) -> State:
    """A step that failed is tried again; three failures in a row are no accident."""
    return by_limits(in_a_row, 1, 3)


def seal(oldest_unsealed_s: float) -> State:
    """The engine seals within a second."""
    return by_limits(oldest_unsealed_s, 10, 300)


def disk(free: int, total: int) -> State:
    """Bytes. The journal must never meet a full disk: below 1 GB or 3 % is bad."""
    if free < 1e9 or free < total * 0.03:
        return State.BAD
    return State.ATTENTION if free < 5e9 or free < total * 0.10 else State.OK


def head(signed_at: datetime | None, sent_at: datetime | None, leaves: bool, now: datetime) -> State:
    """Heads are signed daily; one that stays on the machine proves nothing to others."""
    if signed_at is None or now - signed_at > timedelta(hours=50):
        return State.ATTENTION
    if leaves and (sent_at is None or now - sent_at > timedelta(hours=50)):
        return State.BAD
    return State.OK if leaves else State.ATTENTION


def backup(at: datetime | None, now: datetime) -> State:
    if at is None:
        return State.ATTENTION
    return by_limits((now - at).days, 8, 31)
