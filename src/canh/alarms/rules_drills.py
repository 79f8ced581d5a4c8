"""How an exercise is scored. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from canh.alarms.terms_drills import Mark


@dataclass(frozen=True, slots=True)
class DrillTable:
    """Within how many seconds each should be."""

    received_s: float
    raised_s: float
    shown_s: float
    taken_urgent_s: float
    taken_s: float
    dispatch_s: float
    police_s: float
    confirmed_s: float


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of an exercise that needs a person."""

    sent_at: datetime
    answered_at: datetime | None = None
    """When the receiver's acknowledgement was there. Empty: it never came."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What became of one alarm of an exercise. Empty: it has not happened."""

    is_urgent: bool
    """A call for help or fire."""
    received_at: datetime
    raised_at: datetime
    shown_at: datetime | None = None
    taken_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """One figure of an exercise: the slowest of its alarms."""

    mark: Mark
    seconds: float | None
    """None: it did not happen for every alarm."""
    wanted_s: float | None
    """None: no time is set."""

    @property
    def is_kept(self) -> bool:
        if self.seconds is None:
            return False
        return self.wanted_s is None or self.seconds <= self.wanted_s


def score(sent: Sequence[Sent], alarms: Sequence[Happened], table: DrillTable) -> list[Scored]:
    """The figures of an exercise: each the slowest of its messages or alarms. How fast alarms were taken is asked of
    the calls for help where there are some. Of which nothing arrived, nothing is kept."""
    urgent = [a for a in alarms if a.is_urgent]
    group, taken_s = (urgent, table.taken_urgent_s) if urgent else (alarms, table.taken_s)
    return [
        Scored(Mark.RECEIVED, _slowest([_span(m.sent_at, m.answered_at) for m in sent]), table.received_s),
        Scored(Mark.RAISED, _slowest([_span(a.received_at, a.raised_at) for a in alarms]), table.raised_s),
        Scored(Mark.SHOWN, _slowest([_span(a.received_at, a.shown_at) for a in alarms]), table.shown_s),
        Scored(Mark.TAKEN, _slowest([_span(a.received_at, a.taken_at) for a in group]), taken_s),
        Scored(Mark.CLOSED, _slowest([_span(a.received_at, a.closed_at) for a in alarms]), None),
    ]


def score_dispatch(
    first_at: datetime | None, sent_at: datetime | None, arrived_at: datetime | None, table: DrillTable
) -> list[Scored]:  # fmt: skip
    """Of an exercise at premises to which somebody could be sent: from the first reception until somebody was sent, and
    from there until the first was on the spot. Empty times: it has not happened."""
    sent = _span(first_at, sent_at) if first_at else None
    arrived = _span(sent_at, arrived_at) if sent_at else None
    return [Scored(Mark.DISPATCHED, sent, table.dispatch_s), Scored(Mark.ARRIVED, arrived, None)]


def score_police(
    first_at: datetime | None, told_at: datetime | None, confirmed_at: datetime | None, table: DrillTable
) -> list[Scored]:  # fmt: skip
    """Of an exercise in which a police desk takes part: from the first reception until the case was handed over, and
    from there until the police had confirmed it. Empty times: it has not happened."""
    told = _span(first_at, told_at) if first_at else None
    confirmed = _span(told_at, confirmed_at) if told_at else None
    return [Scored(Mark.POLICE, told, table.police_s), Scored(Mark.CONFIRMED, confirmed, table.confirmed_s)]


def _span(begin: datetime, end: datetime | None) -> float | None:
    return None if end is None else max(0.0, (end - begin).total_seconds())


def _slowest(spans: Sequence[float | None]) -> float | None:
    known = [span for span in spans if span is not None]
    return max(known) if known and len(known) == len(spans) else None
