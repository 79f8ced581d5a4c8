"""The system calls prove it: fdatasync of the journal is complete before each ACK is sent."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.house import House, house_in

pytestmark = pytest.mark.faults
CALLS = "recvfrom,read,recvmsg,sendto,write,writev,sendmsg,fdatasync,fsync"
FRAME = re.compile(r'SIA-DCS\\"(\d{4})L0#(\w+)')
ACK = re.compile(r'ACK\\"(\d{4})L0#(\w+)')
UNFINISHED = re.compile(r"^(\d+)\s+(\d+\.\d+) (\w+)\((.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+)\s+(\d+\.\d+) <\.\.\. (\w+) resumed>(.*)$")
WHOLE = re.compile(r"^(\d+)\s+(\d+\.\d+) (\w+)\((.*)$")


@dataclass
class Call:
    name: str
    begin: float
    end: float
    text: str


def calls(trace: str) -> Iterator[Call]:
    """Every system call with the moments it began and ended."""
    open_calls: dict[tuple[str, str], tuple[float, str]] = {}
    for line in trace.splitlines():
        if m := UNFINISHED.match(line):
            open_calls[m[1], m[3]] = (float(m[2]), m[4])
        elif m := RESUMED.match(line):
            begin, text = open_calls.pop((m[1], m[3]), (float(m[2]), ""))
            yield Call(m[3], begin, float(m[2]), text + m[4])
        elif m := WHOLE.match(line):
            spent = re.search(r"<(\d+\.\d+)>$", line)
            begin = float(m[2])
            yield Call(m[3], begin, begin + float(spent[1] if spent else 0), m[4])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as house:
        house.furnish([f"300{n}" for n in range(8)])
        yield house


def test_fdatasync_is_complete_before_each_ack(house: House, tmp_path: Path) -> None:
    assert shutil.which("strace"), "strace is needed for this test (Debian: apt install strace)"
    trace = tmp_path / "trace"
    house.start(
        "gateway", prefix=["strace", "-f", "-ttt", "-T", "-s", "300", "-y", "-e", f"trace={CALLS}", "-o", str(trace)]
    )
    with Load(house.dc09_port, [f"300{n}" for n in range(8)], pause_s=0.005) as load:
        time.sleep(3)
    house.stop()
    _judge(list(calls(trace.read_text(errors="replace"))), len(load.acked()))


def _judge(made: list[Call], acked: int) -> None:
    received = {key: c.end for c in made if c.name in {"recvfrom", "read", "recvmsg"} for key in FRAME.findall(c.text)}
    syncs = [c for c in made if c.name in {"fdatasync", "fsync"} and "journal/" in c.text]
    sends = [
        (key, c.begin)
        for c in made
        if c.name in {"sendto", "write", "writev", "sendmsg"}
        for key in ACK.findall(c.text)
    ]
    assert len(sends) >= acked > 50
    early = [
        key for key, at in sends
        if not any(received[key] <= sync.begin and sync.end <= at for sync in syncs)
    ]  # fmt: skip
    assert early == []
    assert len(syncs) < len(sends), "no two messages ever shared a commit"


def test_the_judge_can_say_no() -> None:
    """An ACK sent before its fdatasync would be found."""
    frame, ack = 'x, "\\"SIA-DCS\\"0001L0#3000', 'x, "\\"ACK\\"0001L0#3000'
    made = [Call("recvfrom", 1.0, 1.1, frame), Call("sendto", 1.2, 1.3, ack), Call("fdatasync", 1.25, 1.4, "journal/")]
    with pytest.raises(AssertionError):
        _judge(made * 60, 51)


def test_a_killed_supervisor_leaves_no_orphan_and_a_killed_worker_comes_back(house: House) -> None:
    import json
    import os
    import signal

    from tests.house import until

    def pid(name: str) -> int | None:
        path = house.data / "run" / "beats" / name
        return json.loads(path.read_text())["pid"] if path.exists() else None

    house.start("up --no-drill")
    for name in ("gateway", "engine", "notify", "web"):
        before = until(lambda name=name: pid(name))
        os.kill(before, signal.SIGKILL)
        until(lambda name=name, before=before: pid(name) != before, 30)
    until(house.answers, 30)
    with Load(house.dc09_port, ["3000"]) as load:
        until(lambda: load.acked(), 30)
    workers = [pid(name) for name in ("gateway", "engine", "notify", "web")]
    supervisor = house.processes.pop("up --no-drill")
    supervisor.kill()
    supervisor.wait()
    until(lambda: not any(_is_alive(p) for p in workers if p), 30)


def _is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False
