"""How fast, how cheaply and with how few fsyncs the gateway receives DC-09, against two peers.

    python -m bench.receive [--quick] [--only TEXT] [--rounds N] [--seconds S] [--out FILE]

Peers, each a process of its own, one after the other within each round, so that all meet the same
noise: `ours` (durable), `naive` (durable, one commit a message), `pysia` (pysiaalarm, stores nothing).
A ratio is taken within a round; the median over the rounds counts. All traffic stays on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from canh.intake.journal import JournalReader

ROOT = Path(__file__).resolve().parents[1]
PEERS = ("ours", "naive", "pysia")
MOST_MESSAGES = 300_000  # bound of one run
TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Setting:
    panels: int
    mode: str
    """`stay`: a connection each; `dial`: a connection a message."""
    is_sealed: bool = False
    """AES-128. The naive peer then only keeps what it cannot read, so no ratio is taken against it."""

    @property
    def peers(self) -> tuple[str, ...]:
        return ("ours", "pysia") if self.is_sealed else PEERS

    @property
    def words(self) -> list[str]:
        return ["sealed"] if self.is_sealed else []

    def __str__(self) -> str:
        way = "persistent" if self.mode == "stay" else "one per message"
        return f"{self.panels} {way}{' AES-128' if self.is_sealed else ''}"


@dataclass
class Run:
    """One peer under one setting in one round."""

    setting: str
    peer: str
    round: int
    messages: int
    rate: float
    p50_ms: float
    p99_ms: float
    bad: int
    cpu_us: float
    """Processor time of the receiver for one message, user and system, all threads."""
    fsyncs: float | None
    """Commits (one fdatasync each) for one acknowledgement, over the whole life of the process."""


@dataclass
class Mark:
    """A promise and whether it held."""

    promise: str
    setting: str
    value: float
    limit: float
    is_least: bool

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.is_least else self.value <= self.limit


SETTINGS = [
    *(Setting(panels, mode) for mode in ("stay", "dial") for panels in (1, 100, 1000)),
    Setting(10_000, "stay"),
    *(Setting(panels, "stay", is_sealed=True) for panels in (100, 1000)),
    Setting(1000, "dial", is_sealed=True),
]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}


def start(module: str, *words: object) -> subprocess.Popen[str]:
    command = ["sh", "-c", 'ulimit -n $(ulimit -H -n); exec "$@"', "sh", sys.executable, "-m", f"bench.peers.{module}"]
    return subprocess.Popen(
        [*command, *map(str, words)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{process.args} did not start")


def cpu_us(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_US


def measure(setting: Setting, peer: str, number: int, seconds: float) -> Run:
    """One receiver from start to stop, under load in between."""
    with tempfile.TemporaryDirectory(prefix="canh-bench-") as folder:
        port = free_port()
        receiver = start(peer, port, folder, *setting.words)
        try:
            wait_for(port, receiver)
            found, cpu = drive(receiver.pid, port, setting, seconds)
        finally:
            receiver.send_signal(signal.SIGTERM)
            receiver.wait(20)
        return Run(
            str(setting), peer, number, int(found["messages"]), found["rate"], found["p50_ms"], found["p99_ms"],
            int(found["bad"]), cpu / max(found["messages"], 1), commits_for_one(Path(folder) / "gw1.db"),
        )  # fmt: skip


def drive(pid: int, port: int, setting: Setting, seconds: float) -> tuple[dict[str, float], float]:
    load = start("load", port, setting.panels, seconds, setting.mode, MOST_MESSAGES, *setting.words)
    assert load.stdout is not None
    assert load.stdout.readline() == "go\n", "the load generator failed"
    before = cpu_us(pid)
    line = load.stdout.readline()
    after = cpu_us(pid)
    load.wait(20)
    return json.loads(line), after - before


def commits_for_one(journal: Path) -> float | None:
    if not journal.exists():
        return None
    reader = JournalReader(journal)
    counters = reader.counters()
    reader.close()
    return counters["journal_commits"] / max(counters["acked"], 1)


def median(runs: list[Run], setting: Setting, peer: str, field: str) -> float:
    return statistics.median(getattr(r, field) for r in runs if (r.setting, r.peer) == (str(setting), peer))


def ratio(runs: list[Run], setting: Setting, field: str, other: str) -> float:
    """Ours by the other's, within each round; the median."""
    by = {(r.round, r.peer): getattr(r, field) for r in runs if r.setting == str(setting)}
    return statistics.median(by[n, "ours"] / by[n, other] for n, peer in by if peer == "ours")


def marks(runs: list[Run], settings: list[Setting]) -> list[Mark]:
    """What the gateway promises where panels are many; one alone leaves nothing to share a commit with."""
    found = []
    for setting in (s for s in settings if s.panels >= 100):
        is_staying, name = setting.mode == "stay", str(setting)
        if not setting.is_sealed:
            found.append(Mark("rate / naive", name, ratio(runs, setting, "rate", "naive"), 5, True))
        found += [
            Mark("rate / pysiaalarm", name, ratio(runs, setting, "rate", "pysia"), 2, True),
            Mark("CPU / pysiaalarm", name, ratio(runs, setting, "cpu_us", "pysia"), 1 / 3, False),
        ]
        if is_staying:
            limit = 0.05 if setting.panels < 1000 else 0.02
            found.append(Mark("fsync for one ACK", name, median(runs, setting, "ours", "fsyncs"), limit, False))
    return found


def machine() -> dict[str, Any]:
    names = ("uvloop", "fastcrc", "pysiaalarm", "django")
    return {
        "load": os.getloadavg(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "sqlite": sqlite3.sqlite_version,
        **{name: importlib.metadata.version(name) for name in names},
    }


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def show(runs: list[Run], settings: list[Setting], found: list[Mark]) -> None:
    say(f"\n{'connections':24}{'receiver':10}{'msg/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>8}{'fsync/ACK':>11}")
    for setting in settings:
        for peer in setting.peers:
            rate, p50, p99, cpu = (median(runs, setting, peer, f) for f in ("rate", "p50_ms", "p99_ms", "cpu_us"))
            fsyncs = f"{median(runs, setting, peer, 'fsyncs'):11.4f}" if peer == "ours" else ""
            say(f"{setting!s:24}{peer:10}{rate:9.0f}{p50:9.2f}{p99:9.2f}{cpu:8.0f}{fsyncs}")
    say("")
    for mark in found:
        sign, word = (">=" if mark.is_least else "<="), ("pass" if mark.holds else "FAIL")
        say(f"{word}  {mark.setting:24}{mark.promise:20}{mark.value:8.3f}  {sign} {mark.limit:.3f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="one short round at 1 and 100 connections")
    parser.add_argument("--only", default="", help="settings whose name has this text, for example AES or 10000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "receive.json")
    words = parser.parse_args()
    rounds, seconds = (1, 1.0) if words.quick else (words.rounds, words.seconds)
    settings = [s for s in SETTINGS if words.only in str(s) and (not words.quick or s.panels < 1000)]
    before, runs = machine(), []
    for number in range(rounds):
        for setting in settings:
            runs += [measure(setting, peer, number, seconds) for peer in setting.peers]
            latest = " ".join(f"{r.peer} {r.rate:.0f}/s" for r in runs[-len(setting.peers) :])
            say(f"round {number + 1}/{rounds}, {setting}: {latest}")
    found = marks(runs, settings)
    show(runs, settings, found)
    result = {
        "machine": before | {"load_after": os.getloadavg()},
        "seconds": seconds,
        "marks": [asdict(mark) | {"holds": mark.holds} for mark in found],
        "runs": [asdict(run) for run in runs],
    }
    words.out.parent.mkdir(parents=True, exist_ok=True)
    words.out.write_text(json.dumps(result, indent=1) + "\n")
    say(f"written to {words.out}")
    return 0 if all(mark.holds for mark in found) else 1


if __name__ == "__main__":
    sys.exit(main())
