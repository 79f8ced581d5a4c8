"""What supervising 20,000 paths costs the engine: its share of one core, against bare SQLite in the same run.

Every path speaks each `period` seconds (a third of its 90-second class). The clock is moved by hand in
steps of 3 s, the work is real: the signs of life stand in a journal as a gateway writes them; the engine
reads them, brings the rows up to date, and looks who is silent. Floor: an `executemany` of the same changed
rows into a bare table, one transaction a look. Promise: under 5 % of one core. At the end a tenth of the
paths falls silent and must be told, each once; before, the gateway is away for ten minutes: one alarm.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench._common import arguments, finish, machine

PROMISE = 0.05
CLASS_S = 90
LOOK_S = 3


def main() -> int:
    words = arguments(__doc__, paths=20_000, period=30, seconds=180)
    os.environ["CANH_DATA"] = tempfile.mkdtemp(prefix="canh-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "canh.config.settings"
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.clock import stopped

    with stopped() as hands:
        fleet = Fleet(hands, words.paths, words.period)
        fleet.speak(CLASS_S + words.period, is_measured=False)  # everybody is heard, and known to have been
        ours, floor = fleet.speak(words.seconds)
        outage = fleet.outage(600)
        told = fleet.fall_silent(words.paths // 10)
    share, bare = ours / words.seconds, floor / words.seconds
    print(f"supervision {share:.2%} of a core   bare executemany {bare:.2%}   ratio {share / bare:.1f}")
    print(f"gateway away for 10 min: {outage['alarms']} alarm, {outage['cpu_s']:.2f} s CPU")
    print(f"{words.paths // 10} fell silent: told {told['alarms']} times, {told['cpu_s']:.2f} s CPU")
    result = {**machine(), "paths": words.paths, "period_s": words.period, "seconds": words.seconds,
              "share_of_a_core": share, "floor_share": bare, "ratio": share / bare, "outage": outage,
              "fell_silent": told,
              "promise": PROMISE}  # fmt: skip
    return finish(
        words.out, "silence", result, share < PROMISE and told["alarms"] == words.paths // 10 and outage["alarms"] == 1
    )


class Fleet:
    """Panels of one path each, the journal they are heard in, and the engine's steps."""

    def __init__(self, hands: object, count: int, period: int) -> None:
        from canh.intake.journal_writer import JournalWriter
        from canh.intake.steps import CopyJournals, NoticeSilence
        from canh.kit import clock, paths

        self.hands, self.count, self.period = hands, count, period
        self.writer = JournalWriter(paths.journal("gw1"))
        self.writer.start()
        self.up_since = clock.now_us()
        self.steps = [CopyJournals(), NoticeSilence()]
        self.floor = sqlite3.connect(Path(os.environ["CANH_DATA"]) / "floor.db", isolation_level=None)
        self.floor.execute("PRAGMA journal_mode=WAL")
        self.floor.execute("PRAGMA synchronous=FULL")
        self.floor.execute("CREATE TABLE heard (id INTEGER PRIMARY KEY, peer TEXT, at INTEGER)")
        self.quiet = 0
        self.now = 0
        self._furnish()

    def _furnish(self) -> None:
        from canh.accounts import actions as accounts
        from canh.kit import bulk, clock
        from canh.kit.ids import new_ids
        from canh.sites import actions as sites
        from canh.sites.models import Panel

        unit = accounts.add_unit(actor_id=None, name="Ngân hàng", kind="bank")
        site = sites.add_site(actor_id=None, unit_id=unit.id, name="PGD", kind="bank_branch")
        bulk.insert([
            Panel(id=panel_id, site=site, name="Tủ", account=f"{0x10000 + n:X}", reporting_s=CLASS_S,
                  created_at=clock.now())
            for n, panel_id in enumerate(new_ids(self.count))
        ])  # fmt: skip

    def speak(self, seconds: int, *, is_measured: bool = True) -> tuple[float, float]:
        """CPU seconds of the engine's steps, and of the floor."""
        ours = bare = 0.0
        for _ in range(0, seconds, LOOK_S):
            spoke = self._journal()
            begin = time.process_time()
            self._work()
            ours += time.process_time() - begin
            begin = time.process_time()
            self._write_bare(spoke)
            bare += time.process_time() - begin
        return (ours, bare) if is_measured else (0.0, 0.0)

    def _journal(self) -> list[int]:
        """The next `LOOK_S` seconds of polls, as the gateway flushes them."""
        from canh.intake.journal import Heard
        from canh.kit import clock

        self.hands.forward(LOOK_S)  # type: ignore[attr-defined]
        self.now += LOOK_S
        spoke = [n for n in range(self.quiet, self.count) if (self.now - n) % self.period < LOOK_S]
        for n in spoke:
            self.writer.note_heard(Heard("sia", f"{0x10000 + n:X}", "L0", "10.0.0.1:1", clock.now_us(), 12))
        self.writer.set_counters({"heartbeat_at": clock.now_us(), "up_since:sia": self.up_since})
        before = self.writer.commits
        self.writer.flush_side()
        while self.writer.commits == before:
            time.sleep(0.001)
        return spoke

    def _work(self) -> None:
        while any([step() for step in self.steps]):
            pass

    def _write_bare(self, spoke: list[int]) -> None:
        self.floor.execute("BEGIN IMMEDIATE")
        self.floor.executemany(
            "INSERT INTO heard VALUES (?,?,?) ON CONFLICT (id) DO UPDATE SET peer = excluded.peer, at = excluded.at",
            [(n, "10.0.0.1:1", self.now) for n in spoke],
        )
        self.floor.execute("COMMIT")

    def outage(self, seconds: int) -> dict[str, float]:
        """The gateway is away; then it is back, and everybody speaks again."""
        from canh.alarms.models import Alarm
        from canh.alarms.steps import RaiseAlarms
        from canh.kit import clock

        self.steps.append(RaiseAlarms())
        begin = time.process_time()
        for _ in range(0, seconds, LOOK_S):
            self.hands.forward(LOOK_S)  # type: ignore[attr-defined]
            self._work()
        self.up_since = clock.now_us()
        self.speak(CLASS_S)
        return {"alarms": Alarm.objects.count(), "cpu_s": time.process_time() - begin}

    def fall_silent(self, count: int) -> dict[str, float]:
        """The first `count` say nothing any more; until all is told."""
        from canh.alarms.models import Alarm

        self.quiet = count
        begin = time.process_time()
        self.speak(CLASS_S + self.period)
        return {"alarms": Alarm.objects.filter(code="path_lost").count(), "cpu_s": time.process_time() - begin}


if __name__ == "__main__":
    raise SystemExit(main())
