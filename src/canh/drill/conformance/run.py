"""Running the cases against a receiver, and the score."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from canh.drill.conformance import plain, sealed
from canh.drill.conformance.case import Case, Need, TooSlow
from canh.drill.conformance.line import Transport
from canh.drill.conformance.talk import Talk
from canh.drill.conformance.wire import Wrong
from canh.kit import clock

CASES: tuple[Case, ...] = (*plain.CASES, *sealed.CASES)
LAST_NUMBER = 9999


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class Target:
    """The receiver, and the accounts it knows."""

    host: str
    port: int
    account: str = ""
    """Without a key; empty: none."""
    keys: Mapping[str, bytes] = field(default_factory=dict)
    transports: Sequence[Transport] = tuple(Transport)
    timeout_s: float = 5.0
    must_offer: bool = False
    """A transport that nobody answers on has failed; else it is not offered, and not run."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case over one transport."""

    case: Case
    transport: Transport
    result: Result
    why: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    passed: int
    failed: int
    not_run: int

    @property
    def percent(self) -> float:
        """Of those run. Rounded down: 100 is said only when none failed."""
        run = self.passed + self.failed
        return (1000 * self.passed // run) / 10 if run else 0.0


def chosen(patterns: Sequence[str]) -> list[Case]:
    """The cases named, `aes-*` for many; all when none is named. Raises LookupError for a name of no case."""
    for pattern in patterns:
        if not any(fnmatchcase(case.id, pattern) for case in CASES):
            raise LookupError(pattern)
    return [case for case in CASES if not patterns or any(fnmatchcase(case.id, p) for p in patterns)]


def score(outcomes: Sequence[Outcome]) -> Score:
    results = [outcome.result for outcome in outcomes]
    return Score(*(results.count(result) for result in Result))


def run(target: Target, cases: Sequence[Case]) -> Iterator[Outcome]:
    """Each case over each transport, in order."""
    numbers = _numbers()
    for transport in target.transports:
        mine = [case for case in cases if transport in case.over]
        missing = "" if target.must_offer else _not_offered(target, transport, numbers)
        for case in mine:
            yield (
                Outcome(case, transport, Result.NOT_RUN, missing) if missing else _run(target, case, transport, numbers)
            )


def _numbers() -> Iterator[int]:
    """Begins with the seconds of the clock, so that a second run does not look like a repeat of the first."""
    first = clock.now_us() // 1_000_000 % LAST_NUMBER
    return ((first + step) % LAST_NUMBER + 1 for step in itertools.count())


def _sender(target: Target, need: Need) -> tuple[str, bytes | None] | None:
    """Account and key for a case, if they were given."""
    if need is Need.PLAIN:
        return (target.account, None) if target.account else None
    fitting = {account: key for account, key in target.keys.items() if need in (Need.KEY, str(8 * len(key)))}
    return next(iter(fitting.items()), None)


def _not_offered(target: Target, transport: Transport, numbers: Iterator[int]) -> str:
    """Why nothing can be tried over this transport: a receiver has TCP or UDP or both (5.2)."""
    sender = _sender(target, Need.PLAIN) or _sender(target, Need.KEY)
    if sender is None:
        return "không có tài khoản · no account given"
    try:
        with Talk(target.host, target.port, transport, target.timeout_s, *sender, numbers) as talk:
            if transport is Transport.TCP:
                return ""  # it takes connections
            for _ in range(3):
                talk.line.send(talk.message().data)
                if talk.line.receive() is not None:
                    return ""
    except Wrong:
        return ""  # a bad answer is an answer
    except OSError as error:
        return f"không mở · not offered: {error.strerror or error}"
    return "không mở · not offered: no answer"


def _run(target: Target, case: Case, transport: Transport, numbers: Iterator[int]) -> Outcome:
    sender = _sender(target, case.needs)
    if sender is None:
        need = "tài khoản không khóa · an account without a key" if case.needs is Need.PLAIN else _key_words(case.needs)
        return Outcome(case, transport, Result.NOT_RUN, f"cần {need}")
    try:
        with Talk(target.host, target.port, transport, target.timeout_s, *sender, numbers) as talk:
            case.check(talk)
    except Wrong as wrong:
        return Outcome(case, transport, Result.FAILED, str(wrong))
    except TooSlow as slow:
        return Outcome(case, transport, Result.NOT_RUN, str(slow))
    except OSError as error:
        return Outcome(case, transport, Result.FAILED, f"mất kết nối · connection lost: {error.strerror or error}")
    return Outcome(case, transport, Result.PASSED)


def _key_words(need: Need) -> str:
    return "khóa · a key" if need is Need.KEY else f"khóa {need.value} bit · a key of {need.value} bits"
