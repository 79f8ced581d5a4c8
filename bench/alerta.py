"""From the first byte sent to the last alarm raised, against Alerta on PostgreSQL, in one run.

    canh bench alerta [--rounds N] [--messages N] [--alerts N]

Both receive new alarms as fast as they answer, and both have them raised and stored when the clock is
stopped: ours when the last alarm stands in the table (gateway and engine as processes of their own, SQLite,
every acknowledgement on the disk), Alerta when the last POST is answered (gunicorn, two workers with four
threads, PostgreSQL with its own durability). CPU: ours of gateway and engine, the database within; Alerta's of
its workers only, the database apart. Needs a PostgreSQL server (`--postgres`) and, once, PyPI for Alerta,
which gets a virtual environment of its own. Promise: at least 20 times Alerta's rate.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import select
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench._common import finish, machine
from tests.house import House, free_port, until
from tests.panel import frame

PROMISE = 20.0
ROOT = Path(__file__).resolve().parents[1]
DATABASE = "canh_bench_alerta"
PANELS = 100
CLIENTS = 16
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def main() -> int:
    words = _words()
    with tempfile.TemporaryDirectory(prefix="canh-bench-") as folder:
        python = _install_alerta(Path(folder))
        rounds = [_round(words, Path(folder) / str(n), python) for n in range(words.rounds)]
    ratio = statistics.median(r["ours"]["per_s"] / r["alerta"]["per_s"] for r in rounds)
    cpu = statistics.median(r["ours"]["cpu_us"] / r["alerta"]["cpu_us"] for r in rounds)
    for r in rounds:
        print({name: {k: round(v, 1) for k, v in figures.items()} for name, figures in r.items()})
    print(f"receive and raise: {ratio:.1f} x Alerta, {cpu:.3f} of its CPU")
    result = {**machine(), "rounds": rounds, "ratio": ratio, "cpu_ratio": cpu, "promise": PROMISE}
    return finish(words.out, "alerta", result, ratio >= PROMISE)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=20_000, help="to us")
    parser.add_argument("--alerts", type=int, default=1_000, help="to Alerta")
    parser.add_argument("--postgres", default="postgresql:///", help="a server on which a database may be made")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _round(words: argparse.Namespace, folder: Path, python: Path) -> dict[str, dict[str, float]]:
    return {"ours": _ours(folder, words.messages), "alerta": _alerta(python, words.postgres, words.alerts)}


# -- ours


def _ours(folder: Path, count: int) -> dict[str, float]:
    accounts = [f"3{n:03d}" for n in range(PANELS)]
    with House(folder / "data") as house:
        house.furnish(accounts)
        house.start("gateway", "engine")
        database = sqlite3.connect(f"file:{house.data / 'canh.db'}?mode=ro", uri=True)
        with closing(database):
            begin, cpu = time.perf_counter(), _cpu_s(*[p.pid for p in house.processes.values()])
            _ring(house.dc09_port, accounts, count // PANELS)
            acked = time.perf_counter() - begin
            until(lambda: _alarms(database) >= count, 300, 0.02)
            spent = time.perf_counter() - begin
            cpu = _cpu_s(*[p.pid for p in house.processes.values()]) - cpu
    return {"per_s": count / spent, "acked_per_s": count / acked, "cpu_us": cpu / count * 1e6}


def _alarms(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT count(*) FROM alarms_alarm").fetchone()[0])


def _ring(port: int, accounts: list[str], each: int) -> None:
    """Every panel sends `each` messages, the next when the one before is acknowledged."""
    poll, lines = select.epoll(), {}
    for account in accounts:
        line = socket.create_connection(("127.0.0.1", port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(line, select.EPOLLIN)
        lines[line.fileno()] = (line, account, iter(range(1, each + 1)))
    for line, account, numbers in lines.values():
        _send(line, account, next(numbers))
    left = len(accounts) * each
    while left:
        for number, _events in poll.poll(30):
            line, account, numbers = lines[number]
            assert b'"ACK"' in line.recv(4096)
            left -= 1
            if following := next(numbers, None):
                _send(line, account, following)
    for line, *_rest in lines.values():
        line.close()


def _send(line: socket.socket, account: str, number: int) -> None:
    line.send(frame(account, number, f"NHA{number}"))


# -- Alerta


def _install_alerta(folder: Path) -> Path:
    """A virtual environment with what the lock names. Returns its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    lock = ROOT / "bench" / "peers" / "alerta.lock"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock], check=True)
    return python


def _alerta(python: Path, postgres: str, count: int) -> dict[str, float]:
    for act in (f"DROP DATABASE IF EXISTS {DATABASE}", f"CREATE DATABASE {DATABASE}"):
        subprocess.run(["psql", "-q", f"{postgres}postgres", "-c", act], check=True, stderr=subprocess.DEVNULL)
    environment = os.environ | {"DATABASE_URL": f"{postgres}{DATABASE}", "DATABASE_NAME": DATABASE}
    make = "from alerta import create_app; create_app()"  # the tables first: two workers at once would quarrel
    subprocess.run([python, "-c", make], env=environment, check=True, capture_output=True)
    port = free_port()
    server = subprocess.Popen(
        [python, "-m", "gunicorn", "-w", "2", "--threads", "4", "-b", f"127.0.0.1:{port}", "alerta:create_app()"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: _post(port, "warm-up") == 201, 30, 0.2)
        begin, cpu = time.perf_counter(), _tree_cpu_s(server.pid)
        _post_all(port, count)
        spent = time.perf_counter() - begin
        return {"per_s": count / spent, "cpu_us": (_tree_cpu_s(server.pid) - cpu) / count * 1e6}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        subprocess.run(["psql", "-q", f"{postgres}postgres", "-c", f"DROP DATABASE {DATABASE}"], check=False)


def _post_all(port: int, count: int) -> None:
    numbers = iter(range(count))
    lock, wrong = threading.Lock(), []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return connection.close()
            if (status := _say(connection, f"panel-{number}")) != 201:
                wrong.append(status)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [], f"Alerta answered {wrong[:3]}"


def _post(port: int, resource: str) -> int:
    try:
        return _say(http.client.HTTPConnection("127.0.0.1", port, timeout=10), resource)
    except OSError:
        return 0


def _say(connection: http.client.HTTPConnection, resource: str) -> int:
    alert = {"resource": resource, "event": "BA", "environment": "Production", "severity": "major",
             "service": ["security"], "text": "Đột nhập", "value": "1"}  # fmt: skip
    connection.request("POST", "/alert", json.dumps(alert), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _cpu_s(*pids: int) -> float:
    total = 0.0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) * TICK_S
    return total


def _tree_cpu_s(parent: int) -> float:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return _cpu_s(parent, *map(int, children))


if __name__ == "__main__":
    raise SystemExit(main())
