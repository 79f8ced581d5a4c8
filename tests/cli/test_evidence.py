"""`canh evidence export`, `canh-evidence verify` and `canh alarm explain` of a pack, as scripts use them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import House, house_in, until
from tests.panel import frame, say

CASE = """
import json
from canh.incidents.models import Incident
case = Incident.objects.first()
print(json.dumps(case.label if case else ""))
"""
CHECKER = Path(__file__).resolve().parents[2] / "src" / "canh" / "evidence_verify.py"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("evidence")) as house:
        house.canh("site", "add", "PGD Hàng Bông", "--kind", "bank_branch")
        house.canh("panel", "add", "pgd hang bong", "--account", "1234", "--zones", "4")
        house.start("gateway", "engine")
        say(house.dc09_port, frame("1234", 1, "NHA1"))
        say(house.dc09_port, frame("1234", 2, "NBA2"))
        until(lambda: len(house.rows("alarms", "--open")) == 2)
        yield house


@pytest.fixture(scope="module")
def pack(house: House) -> Path:
    label = until(lambda: json.loads(house.python(CASE)))
    target = house.data.parent / "pack.zip"
    house.canh("evidence", "export", label, "--out", str(target))
    return target


def check(pack: Path, *words: str) -> tuple[int, dict[str, object]]:
    """The checker alone: a copy of one file, outside Canh, without its folder on the path."""
    copy = pack.parent / "checker.py"
    copy.write_bytes(CHECKER.read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", str(copy), "verify", str(pack), "--json", *words], capture_output=True, text=True,
        check=False, cwd=pack.parent,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


def test_a_pack_is_checked_without_canh(house: House, pack: Path) -> None:
    code, told = check(pack)
    assert (code, told["is_whole"], told["is_key_known"]) == (0, True, False)
    assert told["site"]["name"] == "PGD Hàng Bông"  # type: ignore[index]
    assert json.loads(house.canh("evidence", "verify", str(pack), "--json"))["fingerprint"] == told["fingerprint"]


def test_a_changed_byte_is_found_and_named(pack: Path) -> None:
    data = bytearray(pack.read_bytes())
    place = data.index(b"PGD H\xc3\xa0ng", data.index(b'"opened_at"') - 400)
    data[place] ^= 1
    forged = pack.with_name("forged.zip")
    forged.write_bytes(data)
    code, told = check(forged)
    assert (code, told["is_whole"]) == (1, False)
    assert told["first_bad"]


def test_the_same_level_comes_out_of_the_pack(house: House, pack: Path) -> None:
    for alarm in house.rows("alarms", "--open"):
        live = json.loads(house.canh("alarm", "explain", alarm["id"], "--json"))
        replayed = json.loads(house.canh("alarm", "explain", alarm["id"], "--evidence", str(pack), "--json"))
        assert live["level"] > 0
        assert (live["level"], live["rule"]) == (replayed["level"], replayed["rule"])


def test_a_case_that_is_not_there_is_said(house: House) -> None:
    assert house.code("evidence", "export", "1999-0001") == 1
    assert house.code("evidence", "verify", "/nowhere.zip") == 2
