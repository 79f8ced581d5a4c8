"""The golden cases of confirmation, put to the command line: nothing here knows the rules."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from canh.config.cli import main

BEGIN = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
CASES = tomllib.loads(Path(__file__).with_name("golden_confirmation.toml").read_text(encoding="utf-8"))["case"]
MARKS = {"entry": ("entry", True), "outside": ("outside", True), "on_test": ("on_test", True),
         "unproven": ("proven", False), "explained": ("explained", True)}  # fmt: skip


def moment(text: str) -> str:
    minutes, _colon, seconds = text.partition(":")
    return (BEGIN + timedelta(minutes=int(minutes), seconds=int(seconds))).isoformat()


def piece(line: str) -> dict[str, Any]:
    """`12:30 detector 5 entry` as an entry of the file."""
    at, sort, *more = line.split()
    told: dict[str, Any] = {"at": moment(at), "sort": sort}
    told |= dict(MARKS[word] for word in more if word in MARKS)
    facts = [word for word in more if word not in MARKS]
    if sort == "warning":
        return told | {"grade": facts[0], "until": moment(facts[1])}
    name = {"video": "sees", "guard": "sees", "panel": "about"}.get(sort, "source")
    return told | ({name: facts[0]} if facts else {})


def ask(told: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(told))
    assert main(["alarm", "explain", "--evidence", str(file), "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['by']}: {case['name']}")
def test_the_level_is_what_the_standard_says(
    case: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: dict[str, Any] = {"evidence": [{"id": line, **piece(line)} for line in case["evidence"]]}
    if "at" in case:
        told["at"] = moment(case["at"])
    answer = ask(told, tmp_path, capsys)
    assert answer["level"] == case["level"], answer["reason"]["en"]
    assert answer["reason"]["vi"] != answer["reason"]["en"]
    assert set(answer["uses"]) <= set(case["evidence"])
    assert bool(answer["uses"]) == (case["level"] > 0)
    assert ask(told, tmp_path, capsys) == answer, "replayed, it is the same"


def test_there_are_enough_cases_and_no_two_are_the_same() -> None:
    assert len(CASES) >= 60
    assert len({(tuple(case["evidence"]), case.get("at")) for case in CASES}) == len(CASES)
