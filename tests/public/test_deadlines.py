"""By when what must be done about a report: golden cases put to the command line, which is all this file knows."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

GOLDEN = tomllib.loads((Path(__file__).parent / "golden_deadlines.toml").read_text(encoding="utf-8"))["case"]
LATER = "2027-06-01T00:00:00+07:00"


def ask(told: object, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "canh", "deadline", "-", *more],
        input=told if isinstance(told, str) else json.dumps(told), capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, dict[str, object]]]:
    """Case -> clock -> what the command line says of it; one run for each moment."""
    found: dict[str, dict[str, dict[str, object]]] = {}
    for at in sorted({case.get("at", LATER) for case in GOLDEN}):
        mine = [case for case in GOLDEN if case.get("at", LATER) == at]
        done = ask([{"id": case["name"], **case["report"]} for case in mine], "--at", at, "--json")
        assert done.returncode == 0, done.stderr
        for line in done.stdout.splitlines():
            told = json.loads(line)
            found[told["id"]] = {clock["clock"]: clock for clock in told["clocks"]}
    return found


def test_there_are_enough_cases_and_each_has_a_name() -> None:
    assert len({case["name"] for case in GOLDEN}) == len(GOLDEN) >= 40


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_golden(case: dict, answers: dict) -> None:
    clocks = answers[case["name"]]
    for clock, expected in case["expect"].items():
        if not expected:
            assert clock not in clocks
            continue
        end, _space, state = expected.partition(" ")
        assert end in {clocks[clock]["last_day"], clocks[clock]["due_at"]}
        assert state in {"", clocks[clock]["state"]}


def test_a_day_off_that_is_not_confirmed_is_told(answers: dict) -> None:
    """Only where the end could move by it."""
    assert answers["settle: end on a day off that is not confirmed"]["settle"]["doubtful_days"] == ["2026-08-31"]
    assert answers["settle: end on 1 September"]["settle"]["doubtful_days"] == []  # 2026-08-31 lies on its way
    across = answers["acceptance: three working days across a day off that is not confirmed"]
    assert across["acceptance_notice"]["doubtful_days"] == ["2026-08-31"]
    worked = answers["triage: a Saturday whose work is not confirmed"]
    assert worked["triage"]["doubtful_days"] == []  # the day itself is not counted


def test_every_answer_names_its_source(answers: dict) -> None:
    for clocks in answers.values():
        for clock in clocks.values():
            assert clock["citation"]
            assert clock["owner"] in {"canh", "police"}


def test_people_read_it_too() -> None:
    done = ask({"events": {"received": "2026-03-02"}, "received_by": "police"}, "--at", "2026-03-30")
    assert done.returncode == 2  # a moment is asked for, not a day
    done = ask({"events": {"received": "2026-03-02"}, "received_by": "police"}, "--at", "2026-03-30T08:00:00+07:00")
    assert "2026-03-23" in done.stdout
    assert "QUÁ HẠN" in done.stdout
    assert "điều 147" in done.stdout


@pytest.mark.parametrize(
    ("told", "about"),
    [
        ("{", "cannot be read"),
        ([1], "events"),
        ({"events": {}}, "received"),
        ({"events": {"received": "2026-02-30"}}, "received"),
        ({"events": {"received": "2026-03-02", "told": "2026-03-02"}}, "told"),
        ({"events": {"received": "2026-03-02"}, "received_by": "court"}, "court"),
        ({"events": {"received": "2026-03-02"}, "danger": "yes"}, "danger"),
        ({"events": {"received": "2026-03-02"}, "text": "…"}, "text"),
        ({"events": {"received": "2026-03-02", "resumed": "2026-03-09"}}, "resumed, suspended"),
        ({"events": {"received": "2026-03-02", "concluded": "2026-03-01"}}, "concluded"),
        ({"events": {"received": "2999-03-02"}}, "received"),
        ({"events": {"received": "2026-03-02", "suspended": "2026-03-09", "resumed": "2026-03-05"}}, "wrong order"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(told: object, about: str) -> None:
    done = ask(told, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert about in done.stderr
    assert "Traceback" not in done.stderr
