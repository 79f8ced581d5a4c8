"""What a signal costs at each door: processor time of the gateway for one message, against the floor.

    canh bench doors [--messages N] [--rounds N]

One gateway process with every door open that needs no hardware, real sockets, a real broker; a door at a time is
spoken to and the process's own time is read before and after. The floor, in the same run: the same number of
entries written to a journal of the same kind by the writer alone, in batches of 50. A message is 1 event; the list of
the webhook has 100. Twenty senders at a time, each waiting for its answer: they share a commit, as the panels of a
district do. "alone": one sender, so each message pays for a commit and two changes of thread. Promise: no door costs
more than a millisecond a message.
"""

# ruff: noqa: E402 (Django is set up before what needs it)
from __future__ import annotations

import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("CANH_DATA", tempfile.mkdtemp(prefix="canh-bench-"))
os.environ["DJANGO_SETTINGS_MODULE"] = "canh.config.settings"
django.setup()  # the senders of the tests name types of the register
from bench._common import arguments, finish, machine
from bench.receive import cpu_us
from tests.faults.mixed import BEHIND, KEY, PLAIN, SEALED, SECRET, UDP, MixedHouse, Publisher
from tests.gateway import panel as wire
from tests.gateway.mlr2 import Receiver
from tests.gateway.mosquitto import Mosquitto, mosquitto_in
from tests.gateway.program import Program
from tests.house import until
from tests.panel import frame

MOST_US = 1000.0
SENDERS = 20


def main() -> int:
    words = arguments(__doc__, messages=2000, rounds=3)
    with tempfile.TemporaryDirectory(prefix="canh-bench-") as folder:
        found = _rounds(Path(folder), words.messages, words.rounds)
    figures = {name: statistics.median(r[name] for r in found) for name in found[0]}
    for name, spent in figures.items():
        print(f"{name:24}{spent:8.0f} us   {spent / figures['floor']:6.1f} x the floor")
    result = {**machine(), "messages": words.messages, "cpu_us": figures, "rounds": found, "promise": MOST_US}
    return finish(words.out, "doors", result, max(figures.values()) <= MOST_US)


def _rounds(folder: Path, count: int, rounds: int) -> list[dict[str, float]]:
    with mosquitto_in(folder / "broker") as broker, MixedHouse(folder / "data", broker) as house:
        house.furnish_all()
        house.start("gateway")
        until(lambda: broker.log().count("as canh-1-bank1"), 60)
        return [_round(house, broker, count, number) for number in range(rounds)]


def _round(house: MixedHouse, broker: Mosquitto, count: int, number: int) -> dict[str, float]:
    first = number * count + 1
    numbers = range(first, first + count)
    port = house.dc09_port
    doors: dict[str, Callable[[], None]] = {
        "sia, TCP, alone": lambda: _panel(port, PLAIN[0], numbers, is_sealed=False),
        "sia, TCP": lambda: _together(lambda some: _panel(port, PLAIN[1], some, is_sealed=False), numbers),
        "sia, TCP, AES-128": lambda: _together(lambda some: _panel(port, SEALED[0], some, is_sealed=True), numbers),
        "sia, UDP": lambda: _together(lambda some: _datagrams(port, UDP[0], some), numbers),
        "webhook, one a request": lambda: _together(
            lambda some: _webhook(house.webhook_port, [[n] for n in some]), numbers
        ),
        "webhook, lists of 100": lambda: _webhook(
            house.webhook_port, [[*numbers[n : n + 100]] for n in range(0, count, 100)]
        ),
        "receiver, MLR2": lambda: _together(lambda some: _receiver(house.receiver_port, some), numbers),
        "mqtt, Frigate": lambda: _mqtt(house, broker, numbers),
    }
    found = {"floor": _floor(count)}
    for name, speak in doors.items():
        before = cpu_us(house.processes["gateway"].pid)
        speak()
        found[name] = (cpu_us(house.processes["gateway"].pid) - before) / count
    return found


def _together(speak: Callable[[Sequence[int]], None], numbers: range) -> None:
    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(speak, [numbers[first::SENDERS] for first in range(SENDERS)]))


def _panel(port: int, account: str, numbers: Sequence[int], *, is_sealed: bool) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        for n in numbers:
            data, number = f"#{account}|NHA{n}", n % 9999 + 1
            line.sendall(
                wire.sealed("SIA-DCS", data, KEY, number=number, account=account) if is_sealed
                else frame(account, number, f"NHA{n}")
            )  # fmt: skip
            assert b"ACK" in line.recv(4096)


def _datagrams(port: int, account: str, numbers: Sequence[int]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((f"127.0.0.{2 + numbers[0] % SENDERS}", 0))  # the door counts datagrams by address
        line.settimeout(10)
        for n in numbers:
            line.sendto(frame(account, n % 9999 + 1, f"NHA{n}"), ("127.0.0.1", port))
            assert b"ACK" in line.recv(4096)


def _webhook(port: int, lists: list[list[int]]) -> None:
    program = Program(port)
    for numbers in lists:
        events = [{"code": "hold_up", "zone": str(n), "id": f"{len(numbers)}-{n}"} for n in numbers]
        status, answer = program.tell(events, secret=SECRET)
        assert (status, answer["kept"]) == (200, len(numbers))
    program.close()


def _receiver(port: int, numbers: Sequence[int]) -> None:
    with Receiver(port, beat_s=60) as receiver:
        receiver.report(*[f"5011 18{BEHIND}E12201{n % 1000:03d}" for n in numbers])
        until(lambda: not receiver.waiting, 300, 0.05)


def _mqtt(house: MixedHouse, broker: Mosquitto, numbers: range) -> None:
    before = _kept(house, "mqtt")
    publisher = Publisher(broker)
    for n in numbers:
        publisher.say(n)
    publisher.close()
    until(lambda: _kept(house, "mqtt") >= before + len(numbers), 300, 0.1)


def _kept(house: MixedHouse, door: str) -> int:
    from contextlib import closing
    from sqlite3 import connect

    with closing(connect(f"file:{house.data / 'journal' / 'gw1.db'}?mode=ro", uri=True)) as journal:
        return int(journal.execute("SELECT count(*) FROM entry WHERE door = ?", (door,)).fetchone()[0])


def _floor(count: int) -> float:
    """Nothing but the writer."""
    from canh.intake.journal import Entry
    from canh.intake.journal_writer import JournalWriter
    from canh.intake.observation import Observation, to_json

    with tempfile.TemporaryDirectory(prefix="canh-bench-") as folder:
        writer = JournalWriter(Path(folder) / "floor.db")
        writer.start()
        seen = to_json([Observation(protocol="SIA-DCS", account="3001", code="HA", zone="1", digest="0" * 32)])
        entry = Entry(time.time_ns() // 1000, "sia", "127.0.0.1:1", "accepted", b"x" * 69, seen)
        before = time.process_time()
        for _ in range(0, count, 50):
            writer.submit([entry] * 50)
        writer.stop()
        return (time.process_time() - before) / count * 1e6


if __name__ == "__main__":
    raise SystemExit(main())
