"""How much the engine gains by working in batches: signals/s and CPU per signal, against row by row.

Both forms do the same work on the same journal in the same run, in turn: signal with place and
meaning, alarm, timeline line, audit line, marked handled. Row by row is how one would write it
with the ORM: a transaction for each signal. Promise: batches >= 10 times the rate.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench._common import arguments, finish, machine

PROMISE = 10.0


def main() -> int:
    words = arguments(__doc__, signals=4000, rounds=5)
    os.environ["CANH_DATA"] = tempfile.mkdtemp(prefix="canh-bench-")
    os.environ["DJANGO_SETTINGS_MODULE"] = "canh.config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    prepare()
    rounds = [one_round(words.signals, number) for number in range(words.rounds)]
    batch = statistics.median(r["batch"]["per_s"] for r in rounds)
    single = statistics.median(r["row_by_row"]["per_s"] for r in rounds)
    ratio = statistics.median(r["batch"]["per_s"] / r["row_by_row"]["per_s"] for r in rounds)
    cpu = statistics.median(r["batch"]["cpu_us"] for r in rounds)
    print(f"batches {batch:,.0f}/s ({cpu:.0f} us CPU a signal)   row by row {single:,.0f}/s   ratio {ratio:.1f}")
    result = {**machine(), "rounds": rounds, "ratio": ratio, "promise": PROMISE}
    return finish(words.out, "process", result, ratio >= PROMISE)


def prepare() -> None:
    from canh.accounts import actions as accounts
    from canh.sites import actions as sites

    unit = accounts.add_unit(actor_id=None, name="Ngân hàng", kind="bank")
    for n in range(100):
        site = sites.add_site(actor_id=None, unit_id=unit.id, name=f"PGD {n}", kind="bank_branch")
        sites.add_panel(actor_id=None, site=site, account=f"{2000 + n}", zones=8)


def one_round(count: int, number: int) -> dict[str, dict[str, float]]:
    entries = journal(count, number)
    return {
        "batch": measured(count, lambda: in_batches(f"b{number}", entries)),
        "row_by_row": measured(count // 4, lambda: row_by_row(f"r{number}", entries[: count // 4])),
    }


def journal(count: int, number: int) -> list[object]:
    from canh.intake.journal import Entry, JournalReader
    from canh.intake.journal_writer import JournalWriter
    from canh.intake.observation import Observation, to_json
    from canh.kit import clock

    path = Path(os.environ["CANH_DATA"]) / f"bench-{number}.db"
    writer = JournalWriter(path)
    writer.start()
    made = []
    for n in range(count):
        account, zone = f"{2000 + n % 100}", str(n // 100 + 1 + number * 1000)
        seen = Observation(protocol="SIA-DCS", account=account, code="HA", zone=zone, number=f"{n % 9999:04d}",
                           digest=f"{number:08d}{n:024d}")  # fmt: skip
        made.append(Entry(clock.now_us(), "sia", "10.0.0.1:1", "accepted", b"x" * 69, to_json([seen])))
    writer.submit(made)
    writer.stop()
    return JournalReader(path).after(0, count)  # type: ignore[return-value]


def measured(count: int, work: Callable[[], None]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"per_s": count / wall, "cpu_us": cpu / count * 1e6}


def in_batches(gateway: str, entries: list[object]) -> None:
    """The engine's own way."""
    from canh.alarms.steps import RaiseAlarms
    from canh.intake.actions import copy_entries
    from canh.sites.queries import panel_places

    places, step = panel_places(), RaiseAlarms()
    for start in range(0, len(entries), 500):
        copy_entries(gateway, entries[start : start + 500], places)  # type: ignore[arg-type]
        step()
    while step():
        pass


def row_by_row(gateway: str, entries: list[object]) -> None:
    """One transaction a signal, one query a question."""
    from django.db import transaction

    for entry in entries:
        with transaction.atomic():
            _one(gateway, entry)


def _one(gateway: str, entry: object) -> None:
    from canh.alarms.models import Alarm, AlarmEvent
    from canh.audit.actions import record
    from canh.intake import codes
    from canh.intake.models import Signal
    from canh.kit import clock
    from canh.sites.models import Panel, Zone

    seen = json.loads(entry.facts)[0]  # type: ignore[attr-defined]
    panel = Panel.objects.select_related("site").get(account=seen["account"], retired_at__isnull=True)
    zone = Zone.objects.filter(panel=panel, number=int(seen["zone"])).first()
    now = clock.now()
    meaning = codes.meaning(seen["protocol"], seen["code"], "new", now.date())
    signal = Signal.objects.create(
        gateway=gateway, journal_id=entry.id, received_at=now, written_at=now, door="sia", peer=entry.peer,  # type: ignore[attr-defined]
        verdict="accepted", raw=entry.raw, facts=entry.facts, hash=entry.hash, protocol=seen["protocol"],  # type: ignore[attr-defined]
        account=seen["account"], code=seen["code"], kind=meaning.kind, condition=meaning.condition,
        zone_number=seen["zone"], number=seen["number"], occurred_at=now, panel=panel, site=panel.site, zone=zone,
        digest=seen["digest"],
    )  # fmt: skip
    Signal.objects.filter(digest=signal.digest, received_at__lt=now).first()
    key = f"r{panel.id}:{meaning.condition}:{seen['zone']}"
    if Alarm.objects.filter(key=key).exclude(state="closed").first() is None:
        alarm = Alarm.objects.create(
            site=panel.site, panel=panel, zone=zone, key=key, kind=meaning.kind, protocol="SIA-DCS", code="HA",
            priority=2, first_signal=signal, occurred_at=now, received_at=now, raised_at=now, last_at=now,
        )  # fmt: skip
        AlarmEvent.objects.create(alarm=alarm, at=now, kind="raised", signal=signal)
        record(None, "alarm.raise", f"alarm:{alarm.id}", {"signal": signal.id})
    signal.handled_at = now
    signal.save(update_fields=["handled_at"])


if __name__ == "__main__":
    raise SystemExit(main())
