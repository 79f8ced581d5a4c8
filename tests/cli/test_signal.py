"""`canh signal`: what scripts say, kept without the gateway, covered by verify, backup and the health page."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canh.config.cli import signal
from tests.house import House, house_in, until


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A register and an engine; no gateway."""
    with house_in(tmp_path_factory.mktemp("signal")) as house:
        house.canh("site", "add", "PGD Hàng Bông", "--kind", "bank_branch")
        house.canh("panel", "add", "PGD Hàng Bông", "--account", "12AB", "--zones", "4")
        house.start("engine")
        yield house


def run(house: House, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "canh", "signal", *words]
    return subprocess.run(command, env=house.environment, input=text, capture_output=True, text=True, check=False)


def signals(house: House) -> list[dict[str, str]]:
    return house.rows("signals", "--all")


def test_a_script_rings_and_ends_it_without_a_gateway(house: House) -> None:
    done = run(house, "send", "12ab", "301", "--zone", "2", "--text", "UPS: mất điện lưới")
    assert done.returncode == 0, done.stderr
    assert "Mains power lost" in done.stdout
    (alarm,) = until(lambda: house.rows("alarms", "--open"), 60)
    assert (alarm["kind"], alarm["account"], alarm["zone"]) == ("power", "12AB", "2")
    told = json.loads(run(house, "send", "12AB", "301", "--zone", "2", "--restore", "--json").stdout)
    assert told["journal"] == "cli"
    until(lambda: house.rows("alarms")[0]["returned_at"], 60)
    signal = next(s for s in signals(house) if s["text"])
    assert (signal["gateway"], signal["door"], signal["protocol"], signal["text"]) == (
        "cli", "cli", "ADM-CID", "UPS: mất điện lưới",
    )  # fmt: skip


def test_the_same_occasion_again_is_a_repeat(house: House) -> None:
    for _ in range(2):
        assert run(house, "send", "12AB", "FA", "--zone", "3", "--occasion", "fire-1").returncode == 0
    (alarm,) = until(lambda: [a for a in house.rows("alarms", "--open") if a["kind"] == "fire"], 60)
    until(lambda: sum(s["code"] == "FA" for s in signals(house)) == 2, 60)
    assert alarm["count"] == 1
    assert [bool(s["repeat_of"]) for s in signals(house) if s["code"] == "FA"] == [False, True]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"account": "9999"}, "no such panel"), ({"code": "QQ9"}, "no such code in SIA-DCS"),
        ({"code": "999"}, "no such code in ADM-CID"), ({"turn": "restore"}, "tell by themselves"),
        ({"protocol": "CANH"}, "ADM-CID"), ({"text": "x" * 3000}, "too long"), ({"zone": 2}, "is no text"),
        ({"colour": "red"}, "unknown field: colour"), ({"code": ""}, "is missing"), ({"turn": "sideways"}, "turn:"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(change: dict[str, Any], told: str) -> None:
    with pytest.raises(signal.Wrong, match=told):
        signal._checked({"account": "12AB", "code": "BA", **change}, {"12AB"}, False)


def test_what_is_refused_is_not_kept(house: House) -> None:
    before = journal_size(house)
    refused = run(house, "send", "9999", "BA")
    assert (refused.returncode, journal_size(house)) == (1, before)
    assert "no such panel" in refused.stderr
    assert run(house, "send", "12AB").returncode == 2


def test_force_keeps_the_unknown_for_a_person(house: House) -> None:
    assert run(house, "send", "9998", "BA", "--force").returncode == 0
    assert run(house, "send", "12AB", "777", "--force").returncode == 0
    stranger = until(lambda: [s for s in signals(house) if s["account"] == "9998"], 60)[0]
    assert stranger["verdict"] == "unknown_account"
    odd = until(lambda: [s for s in signals(house) if s["code"] == "777"], 60)[0]
    assert odd["verdict"] == "accepted"


def test_many_lines_are_taken_each_whole_or_not_at_all(house: House) -> None:
    lines = [
        '{"account": "12AB", "code": "130", "zone": "1"}', "", "not json",
        '{"account": "12AB", "code": "130", "zone": 2}', '["12AB"]', '{"account": "12AB", "code": "130", "x": "y"}',
        '{"account": "12AB", "code": "130", "turn": "restore", "zone": "1"}', '{"code": "130"}',
        '{"account": "7777", "code": "130"}', '{"account": "12AB", "code": "130", "turn": "sideways"}',
    ]  # fmt: skip
    before = journal_size(house)
    done = run(house, "read", "--json", text="\n".join(lines))  # the last line without its end
    assert done.returncode == 1
    assert [json.loads(row)["line"] for row in done.stdout.splitlines()] == [1, 7]
    assert journal_size(house) == before + 2
    wrong = [told.split(":")[0] for told in done.stderr.splitlines()]
    assert wrong == [f"dòng · line {n}" for n in (3, 4, 5, 6, 8, 9, 10)]


def test_a_line_is_kept_when_it_comes_not_when_the_stream_ends(house: House) -> None:
    command = [sys.executable, "-m", "canh", "signal", "read", "--json"]
    with subprocess.Popen(
        command, env=house.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as stream:
        assert stream.stdin is not None
        assert stream.stdout is not None
        for number in (1, 2):
            stream.stdin.write('{"account": "12AB", "code": "602"}\n')
            stream.stdin.flush()
            assert json.loads(stream.stdout.readline())["line"] == number
        stream.stdin.close()
        assert stream.wait(60) == 0


@pytest.mark.faults
def test_many_at_once_wait_for_each_other_and_fork_no_chain(house: House) -> None:
    before = journal_size(house)
    command = [sys.executable, "-m", "canh", "signal", "send", "12AB", "602"]
    running = [subprocess.Popen(command, env=house.environment, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait(120) for process in running] == [0] * 4
    assert journal_size(house) == before + 4


def test_verify_backup_and_health_cover_the_journal(house: House, tmp_path: Path) -> None:
    run(house, "send", "12AB", "602")
    until(lambda: house.python(LAG).strip() == "0", 60)
    chains = {f["chain"]: f["is_whole"] for f in house.rows("verify")}
    assert chains["journal:cli"]
    assert chains["signals:cli"]
    house.canh("backup", str(tmp_path / "b.tar.gz"))
    with tarfile.open(tmp_path / "b.tar.gz") as tar:
        assert "journal/cli.db" in tar.getnames()
    with house_in(tmp_path) as copy:
        copy.canh("restore", str(tmp_path / "b.tar.gz"))
        (copy.data / "journal" / "cli.db").unlink()  # lost: it goes on after the engine's copy
        assert run(copy, "send", "12AB", "601").returncode == 0
        copy.start("engine")
        until(lambda: [s for s in signals(copy) if s["code"] == "601"], 60)
        assert all(f["is_whole"] for f in copy.rows("verify"))


@pytest.mark.faults
def test_what_cannot_be_written_is_not_reported_kept(house: House, tmp_path: Path) -> None:
    house.canh("backup", str(tmp_path / "b.tar.gz"))
    with house_in(tmp_path) as copy:
        copy.canh("restore", str(tmp_path / "b.tar.gz"))
        (copy.data / "journal" / "cli.db").unlink()
        (copy.data / "journal" / "cli.db").mkdir()
        refused = run(copy, "send", "12AB", "602")
    assert refused.returncode == 2
    assert "nothing was kept" in refused.stderr
    assert "Traceback" not in refused.stderr


LAG = "from canh.intake.queries import journal_lags; print(journal_lags()['cli'])"


def journal_size(house: House) -> int:
    file = house.data / "journal" / "cli.db"
    if not file.exists():
        return 0
    from canh.intake.journal import JournalReader

    reader = JournalReader(file)
    try:
        return reader.last_id()
    finally:
        reader.close()
