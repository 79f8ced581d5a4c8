"""Which steps run, and in which order: as the data flows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from canh.alarms.steps import RaiseAlarms, TellFloods
from canh.alarms.steps_arming import CheckClosing, EndDelays
from canh.alarms.steps_owners import EndShelving, ReleaseLost
from canh.alarms.steps_routines import CheckRoutines
from canh.audit.steps import SealLines, SignHeads
from canh.incidents.steps import GroupAlarms
from canh.incidents.steps_evidence import RetainEvidence
from canh.intake.queries import chain_heads
from canh.intake.steps import CopyJournals, NoticeSilence
from canh.liaison.steps import MissReceipts
from canh.monitoring.steps import WatchDesks
from canh.occupancy.steps import CheckOccupancy
from canh.response.steps import Escalate
from canh.sites.steps import EndRotations, EndTests


class Step(Protocol):
    """A piece of work. Called again and again; True when it did something (more may wait)."""

    name: str

    def __call__(self) -> bool: ...


def all_steps() -> list[Step]:
    return [
        CopyJournals(),
        EndTests(),
        EndRotations(),
        NoticeSilence(),
        EndShelving(),
        ReleaseLost(),
        RaiseAlarms(),
        EndDelays(),
        CheckClosing(),
        CheckRoutines(),
        CheckOccupancy(),
        WatchDesks(),
        GroupAlarms(),
        Escalate(),
        MissReceipts(),
        TellFloods(),
        RetainEvidence(),
        SealLines(),
        SignHeads(chain_heads),
    ]


Wake = Callable[[float], bool]
