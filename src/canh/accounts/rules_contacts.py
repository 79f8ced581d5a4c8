"""When a contact method is tested, and when it counts as working. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from canh.accounts.terms import Reach
from canh.channels.terms import OutcomeState


@dataclass(frozen=True, slots=True)
class TestTable:
    """The figures of a day."""

    __test__ = False  # no test case, whatever pytest thinks of its name

    retest: timedelta
    """A working method is tested again after so long."""
    grace: timedelta
    """So long a person has to confirm that further test."""
    again: timedelta
    """After a test that did not leave, the next one."""
    code_holds: timedelta
    between: timedelta
    """No two tests of one method follow each other sooner."""
    code_tries: int
    methods_most: int

    @property
    def holds(self) -> timedelta:
        """For how long a confirmation counts."""
        return self.retest + self.grace


@dataclass(frozen=True, slots=True)
class MethodFacts:
    kind: str
    verified_at: datetime | None
    """When the person last confirmed that a test arrived."""
    last_result: str
    """OutcomeState of the last message, empty: none or under way."""


def reach_of(method: MethodFacts, now: datetime, table: TestTable, channels_on: Collection[str]) -> Reach:
    """What is to be repaired first is said first."""
    if method.kind not in channels_on:
        return Reach.OFF
    if method.last_result == OutcomeState.FAILED:
        return Reach.BROKEN
    if method.verified_at is None:
        return Reach.UNCONFIRMED
    return Reach.WORKS if now - method.verified_at <= table.holds else Reach.LAPSED


def next_test_at(result: OutcomeState, tested_at: datetime, table: TestTable) -> datetime:
    """When the method is tested again by itself."""
    return tested_at + (table.retest if result == OutcomeState.SENT else table.again)
