"""Canh's own receiver, as a process, under `canh conformance`: 100 %."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from canh.config import cli
from tests.gateway.conftest import KEYS
from tests.house import house_in

TRANSPORTS = ("tcp", "udp")
ACCOUNTS = {"1234": "", **{f"AE{size}": key.hex() for size, key in KEYS.items()}}
FURNISH = """
import sys
from canh.sites import actions, queries
for word in sys.argv[1:]:
    account, _, key = word.partition("=")
    actions.add_panel(actor_id=None, site=queries.open_sites()[0], account=account, key_hex=key)
"""


def test_our_receiver_passes_every_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with house_in(tmp_path) as house:
        house.canh("site", "add", "PGD Hàng Bông")
        house.python(FURNISH, *[f"{account}={key}" for account, key in ACCOUNTS.items()])
        house.start("gateway")
        words = ["conformance", f"127.0.0.1:{house.dc09_port}", "--account", "1234", "--json"]
        words += [word for account, key in ACCOUNTS.items() if key for word in ("--key", f"{account}={key}")]
        words += [f"--{transport}" for transport in TRANSPORTS]
        assert cli.main(words) == 0, capsys.readouterr().out
    *cases, score = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [f"{case['transport']} {case['case']}: {case['why']}" for case in cases if case["result"] != "passed"] == []
    assert score == {"score": 100.0, "passed": len(cases), "failed": 0, "not_run": 0}
    assert {case["transport"] for case in cases} == set(TRANSPORTS)
