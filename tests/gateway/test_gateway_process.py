"""The gateway as a process: how it refuses to start, how it stops."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from canh.gateway import service
from canh.intake.journal import JournalReader, first_break
from tests.gateway.panel import Wire, frame, plain

MAIN = """
import django; django.setup()
from canh.gateway import doors, service
service.main(doors.DoorSettings("127.0.0.1", {port}))
"""
SERVE = """
import asyncio, pathlib
import django; django.setup()
from canh.gateway import service, doors
from canh.sites.queries import PanelEntry
known = {{"1234": PanelEntry(1, "1234", None)}}
asyncio.run(service.serve(doors.DoorSettings("127.0.0.1", {port}), pathlib.Path({journal!r}), known))
"""


def run(code: str, data: Path) -> subprocess.Popen[str]:
    environment = os.environ | {
        "CANH_DATA": str(data), "DJANGO_SETTINGS_MODULE": "canh.config.settings", "PYTHONPATH": "src",
    }  # fmt: skip
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=root, stderr=subprocess.PIPE, text=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dial(port: int) -> Wire:
    deadline = time.monotonic() + 10
    while True:
        try:
            return Wire(port)
        except OSError:
            assert time.monotonic() < deadline, "nobody listens"
            time.sleep(0.02)


def test_port_in_use_is_said_in_the_language_of_the_terminal_and_in_english(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = run(MAIN.format(port=port), tmp_path)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 2
    assert told.splitlines() == [
        f"canh gateway: cổng mạng {port} (TCP/UDP) đã có chương trình khác dùng; hãy chọn số khác bằng CANH_DC09_PORT",
        f"canh gateway: port {port} (TCP/UDP) is in use by another program; choose another with CANH_DC09_PORT",
    ]


def test_second_gateway_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANH_DATA", str(tmp_path))
    with service._only_one():
        process = run(MAIN.format(port=0), tmp_path)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 2
    vietnamese, english = told.splitlines()
    assert vietnamese.startswith("canh gateway: đã có một cổng tiếp nhận khác chạy trên thư mục dữ liệu này")
    assert english.startswith("canh gateway: another gateway already runs on this data folder")


def test_address_that_is_not_ours(tmp_path: Path) -> None:
    process = run(MAIN.format(port=0).replace("127.0.0.1", "192.0.2.1"), tmp_path)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "this machine has no address 192.0.2.1" in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    port, journal = free_port(), tmp_path / "gw1.db"
    process = run(SERVE.format(port=port, journal=str(journal)), tmp_path)
    wire = dial(port)
    wire.send(plain("SIA-DCS", "#1234|NBA1"))
    assert wire.answer() == frame('"ACK"0001L0#1234[]')
    process.send_signal(number)
    _, told = process.communicate(timeout=10)
    assert (process.returncode, told) == (0, "")
    assert wire.answer() == b""
    reader = JournalReader(journal)
    assert len(reader.after(0, 10)) == 1
    assert reader.counters()["acked"] == 1


def test_can_be_stopped_while_the_register_is_away(tmp_path: Path) -> None:
    process = run(MAIN.format(port=free_port()), tmp_path)  # a data folder without tables
    lock = tmp_path / "run" / "gateway.lock"
    deadline = time.monotonic() + 10
    while not (lock.exists() and (tmp_path / "journal" / "gw1.db").exists()) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    assert process.poll() is None
    process.terminate()
    _, told = process.communicate(timeout=10)
    assert process.returncode == 0, told


@pytest.mark.faults
def test_killed_at_any_moment_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    journal, acked = tmp_path / "gw1.db", 0
    for _ in range(3):
        port = free_port()
        process = run(SERVE.format(port=port, journal=str(journal)), tmp_path)
        wire, until = dial(port), time.monotonic() + 0.3
        while time.monotonic() < until:
            wire.send(plain("SIA-DCS", f"#1234|NBA{acked}", number=acked % 9999))
            wire.answer()
            acked += 1
        wire.send(*(plain("SIA-DCS", f"#1234|NFA{n}", number=1) for n in range(50)))
        process.kill()
        process.communicate()
        while wire_answer(wire):
            acked += 1
    kept = JournalReader(journal).after(0, 1_000_000)
    assert len(kept) >= acked > 0
    assert first_break(kept) is None


def wire_answer(wire: Wire) -> bytes:
    try:
        return wire.answer()
    except OSError:
        return b""
