"""A city without power: 10,000 panels, five messages each in 60 s, a hold-up every second among them.

Second by second the messages are written to a journal as the gateway writes it, and the engine's steps run
until nothing waits. What a second takes longer than a second is lag for the next. Counted: the lag after the
last message by CPU, as on a core of its own (promise: 10 s at most), and by the clock of this machine; how long a
hold-up took from the start of its second, that it is first in the
queue each time, what a picture of the live board costs (bytes, ms) when all are open. Floor of the same run: an
`executemany` of as many rows of the same size into a bare table.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench._common import arguments, finish, machine

PROMISE_LAG_S, PROMISE_BYTES = 10.0, 200_000
CODES = ("AT", "YT", "YC", "YI", "YS")


def main() -> int:
    words = arguments(__doc__, panels=10_000, seconds=60)
    os.environ["CANH_DATA"] = tempfile.mkdtemp(prefix="canh-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "canh.config.settings"
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    city = City(words.panels)
    spent = [city.second(n, words.seconds) for n in range(words.seconds)]
    walls, cpus = [wall for wall, _cpu in spent], [cpu for _wall, cpu in spent]
    cpu, lag = sum(cpus), lag_after(cpus)
    floor = bare(words.panels * len(CODES))
    picture = city.picture()
    count = words.panels * len(CODES)
    result = {
        **machine(), "panels": words.panels, "messages": count, "second_s": spread(walls), "second_cpu_s": spread(cpus),
        "lag_after_last_s": {"on_a_core_of_its_own": lag, "here": lag_after(walls)},
        "hold_up_s": spread(city.hold_ups), "hold_up_always_first": city.always_first, "picture": picture,
        "cpu_us_a_signal": cpu / count * 1e6, "floor_us_a_row": floor / count * 1e6, "ratio": cpu / floor,
        "promise": {"lag_s": PROMISE_LAG_S, "bytes": PROMISE_BYTES},
    }  # fmt: skip
    print(f"{count} messages: CPU of a second {result['second_cpu_s']}, lag {result['lag_after_last_s']}; "
          f"hold-up {result['hold_up_s']}, always first: {city.always_first}")  # fmt: skip
    print(
        f"{result['cpu_us_a_signal']:.0f} us CPU a signal, bare row {result['floor_us_a_row']:.0f} us; board {picture}"
    )
    kept = lag <= PROMISE_LAG_S and city.always_first and picture["bytes"] <= PROMISE_BYTES
    return finish(words.out, "storm", result, kept)


def lag_after(seconds: list[float]) -> float:
    """How far behind the last message the work ends."""
    lag = 0.0
    for took in seconds:
        lag = max(0.0, lag + took - 1.0)
    return lag


def spread(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": round(cuts[49], 3), "p99": round(cuts[98], 3), "max": round(max(values), 3)}


class City:
    """Premises of one panel each, a journal, the engine's steps."""

    def __init__(self, count: int) -> None:
        from canh.accounts.queries import Viewer
        from canh.alarms.steps import RaiseAlarms, TellFloods
        from canh.audit.steps import SealLines
        from canh.intake.journal_writer import JournalWriter
        from canh.intake.steps import CopyJournals, NoticeSilence
        from canh.kit import paths

        self.count = count
        self.writer = JournalWriter(paths.journal("gw1"))
        self.writer.start()
        self.steps = [CopyJournals(), NoticeSilence(), RaiseAlarms(), TellFloods(), SealLines()]
        self.viewer = Viewer(True, frozenset(), frozenset(), frozenset({"operator"}))
        self.hold_ups: list[float] = []
        self.always_first = True
        self._furnish()

    def _furnish(self) -> None:
        from canh.accounts import actions as accounts
        from canh.kit import bulk, clock
        from canh.kit.ids import new_ids
        from canh.sites.models import Panel, Site

        unit = accounts.add_unit(actor_id=None, name="Ngân hàng", kind="bank")
        now = clock.now()
        sites = [Site(id=i, unit=unit, name=f"PGD {n}", kind="bank_branch", created_at=now)
                 for n, i in enumerate(new_ids(self.count))]  # fmt: skip
        bulk.insert(sites)
        bulk.insert([
            Panel(id=i, site=site, name="Tủ", account=f"{0x10000 + n:X}", created_at=now)
            for (n, site), i in zip(enumerate(sites), new_ids(self.count), strict=True)
        ])  # fmt: skip

    def second(self, number: int, seconds: int) -> tuple[float, float]:
        """One second's messages and one hold-up, the last of them; how long the engine took, and its CPU."""
        all_of_it = self.count * len(CODES)
        first, last = all_of_it * number // seconds, all_of_it * (number + 1) // seconds
        entries = [self._entry(n % self.count, CODES[n // self.count], n) for n in range(first, last)]
        self._write([*entries, self._entry(number, "HA", 10**6 + number)])
        begin, cpu = time.perf_counter(), time.process_time()
        self._work(begin, number)
        return time.perf_counter() - begin, time.process_time() - cpu

    def _entry(self, panel: int, code: str, number: int) -> object:
        from canh.intake.journal import Entry
        from canh.intake.observation import Observation, to_json
        from canh.kit import clock

        seen = Observation(protocol="SIA-DCS", account=f"{0x10000 + panel:X}", code=code,
                           number=f"{number % 9999:04d}", digest=f"{number:032d}")  # fmt: skip
        return Entry(clock.now_us(), "sia", "10.0.0.1:1", "accepted", b"x" * 69, to_json([seen]))

    def _write(self, entries: list[object]) -> None:
        kept: list[int] = []
        self.writer.submit(entries, kept.extend)  # type: ignore[arg-type]
        deadline = time.monotonic() + 60
        while len(kept) < len(entries):
            assert time.monotonic() < deadline, "the journal does not write"
            time.sleep(0.001)

    def _work(self, begin: float, number: int) -> None:
        from canh.alarms.queries import open_alarms

        seen = False
        while any([step() for step in self.steps]):
            first = None if seen else open_alarms(self.viewer).filter(kind="hold_up").count() > number
            if first:
                seen = True
                self.hold_ups.append(time.perf_counter() - begin)
                queue = list(open_alarms(self.viewer)[: number + 1])
                self.always_first &= all(alarm.kind == "hold_up" for alarm in queue)
        self.always_first &= seen

    def picture(self) -> dict[str, float]:
        from canh.console.desk import board
        from canh.console.desk.board import Scope

        scope = Scope(self.viewer, "vi")
        begin = time.perf_counter()
        seen = board.take_picture(scope, 1)
        took = time.perf_counter() - begin
        return {"rows": len(seen.rows), "bytes": len(board.full(seen, 1, 0).data), "ms": round(took * 1000, 1)}


def bare(count: int) -> float:
    """CPU seconds for as many bare rows, 500 a transaction."""
    file = sqlite3.connect(Path(os.environ["CANH_DATA"]) / "floor.db", isolation_level=None)
    file.execute("PRAGMA journal_mode=WAL")
    file.execute("PRAGMA synchronous=FULL")
    file.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, at INTEGER, account TEXT, raw BLOB)")
    begin = time.process_time()
    for start in range(0, count, 500):
        file.execute("BEGIN IMMEDIATE")
        rows = [(n, n, "10000", b"x" * 69) for n in range(start, min(start + 500, count))]
        file.executemany("INSERT INTO bare VALUES (?,?,?,?)", rows)
        file.execute("COMMIT")
    return time.process_time() - begin


if __name__ == "__main__":
    raise SystemExit(main())
