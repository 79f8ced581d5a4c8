"""What each screen costs a city against a ward: 10,000 premises and 1,000,000 alarms, against 10 and 1,000.

    canh bench screens [--sites 10000] [--alarms 1000000] [--rounds 5]

Both houses are filled with 30 days of alarms, nearly all closed, 50 of them still open; the same signed-in head of
security, who sees everything, asks for each screen. What is compared is the CPU time of one answer (median), queries
and template together; the ratio to the small house, and the absolute time, are written down.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from typing import Any

from _common import arguments, finish, machine

BOUND = 3.0
"""A screen that is looked at all day may cost a city so many times what it costs a ward."""
ALL_DAY = (
    "desk",
    "board",
    "beat",
    "case",
    "map",
    "sites",
    "site",
    "closing",
    "shelf",
    "handover",
    "monitoring",
    "inside-site",
)
NOW_AND_THEN = {"inside": 2.0, "alarms": 2.0, "kpi-1": 5.0, "kpi-7": 5.0, "kpi-30": 5.0, "kpi-late": 5.0}
"""Seconds of CPU a page over many alarms may take."""
OPEN = 50


def fill(sites: int, alarms: int) -> None:
    from canh.accounts import actions as accounts
    from canh.accounts.terms import Role
    from canh.intake.models import Signal
    from canh.kit import clock
    from canh.sites.models import Panel, Site, Zone

    now = clock.now()
    unit = accounts.add_unit(actor_id=None, name="Ngân hàng Hoa Sen", kind="bank")
    head = accounts.add_user(actor_id=None, username="head", full_name="Nguyễn Thị Chi", password="mot-cau-that-dai-9")
    accounts.assign(actor_id=None, user=head, role=Role.SECURITY_HEAD, unit=unit)
    places = [Site(unit=unit, name=f"Phòng giao dịch {n:05d}", kind="bank_branch", created_at=now, lat=21 + n / 1e5,
                   lon=105.8, folded="") for n in range(sites)]  # fmt: skip
    Site.objects.bulk_create(places, batch_size=500)
    panels = [Panel(site=s, name="Tủ", account=f"{0x10000 + n:X}", created_at=now) for n, s in enumerate(places)]
    Panel.objects.bulk_create(panels, batch_size=500)
    zones = [Zone(panel=p, number=1, name="Cửa chính") for p in panels]
    Zone.objects.bulk_create(zones, batch_size=500)
    signals = [Signal(gateway="gw1", journal_id=n, received_at=now, written_at=now, door="sia", peer="-",
                      verdict="accepted", raw=b"-", hash=b"-", occurred_at=now, panel=p, site=p.site, handled_at=now)
               for n, p in enumerate(panels)]  # fmt: skip
    Signal.objects.bulk_create(signals, batch_size=500)
    _fill_inside(places, head)
    _fill_alarms(alarms, panels, zones, signals, head)


def _fill_inside(places: list[Any], head: Any) -> None:
    """Each of the premises with ten staff, a key that is out and 30 visitors, one of them inside; one desk watches
    them all."""
    from datetime import time as clock_time

    from canh.kit import clock
    from canh.monitoring import actions as monitoring
    from canh.monitoring.models import WatchDesk
    from canh.occupancy.models import Key, KeyLoan, Member, Visit

    now = clock.now()
    for site in places[:: max(1, len(places) // 1000)]:
        Member.objects.bulk_create([
            Member(site=site, name=f"Người {n}", digest=f"{site.id}-{n}", added_at=now, linked_at=now)
            for n in range(10)])  # fmt: skip
        key = Key.objects.create(site=site, label="K1", added_at=now)
        KeyLoan.objects.create(key=key, holder="Chị Hoa", out_at=now, out_by=head, due_at=now + timedelta(days=9))
        Visit.objects.bulk_create([
            Visit(site=site, kind="visitor", name=f"Khách {n}", in_at=now, in_by=head, due_at=now + timedelta(days=9),
                  out_at=now if n else None, out_by=head if n else None)
            for n in range(30)])  # fmt: skip
    desk = monitoring.save_desk(WatchDesk(name="Bàn giám sát", site=places[0]), [head], by=head)
    monitoring.add_watch(desk, by=head, weekdays=range(1, 8), opens=clock_time(0), closes=clock_time(0),
                         unit=places[0].unit)  # fmt: skip


def _fill_alarms(alarms: int, panels: list[Any], zones: list[Any], signals: list[Any], head: Any) -> None:
    from django.db import transaction

    from canh.kit import bulk, clock

    chance = random.Random(7)
    begin = clock.now() - timedelta(days=30)
    step = timedelta(days=30) / max(1, alarms)
    for first in range(0, alarms, 20_000):
        made, events = [], []
        for n in range(first, min(first + 20_000, alarms)):
            place = chance.randrange(len(panels))
            alarm, told = _alarm(n, begin + step * n, panels[place], zones[place], signals[place], head, chance)
            if n >= alarms - OPEN:  # nobody has looked at them yet
                alarm.key, told = f"{alarm.panel_id}:open:{n}", told[:1]
                _open(alarm)
            made.append(alarm)
            events += told
        with transaction.atomic():
            bulk.insert(made)
            bulk.insert(events)


def _open(alarm: Any) -> None:
    alarm.state, alarm.closed_at, alarm.closed_by_id, alarm.close_reason = "unacknowledged", None, None, ""
    alarm.acknowledged_at, alarm.acknowledged_by_id = None, None


def _alarm(
    n: int, at: Any, panel: Any, zone: Any, signal: Any, head: Any, chance: random.Random
) -> tuple[Any, list[Any]]:
    from canh.alarms.models import Alarm, AlarmEvent
    from canh.kit import bulk, clock, ids

    def row_id(moment: Any, part: int) -> int:
        return ids.first_of_ms(clock.to_us(moment) // 1000) + (part << 10 | 3 << 6) + n % 64

    taken, closed = at + timedelta(seconds=chance.randrange(5, 240)), at + timedelta(seconds=600)
    alarm = bulk.make(
        Alarm, id=row_id(at, n // 64 % 4096), site_id=panel.site_id, panel_id=panel.id, zone_id=zone.id,
        key=f"{panel.id}:burglary:1", kind=chance.choice(["intrusion", "intrusion", "tamper", "hold_up"]),
        protocol="SIA-DCS", code="BA", zone_number="1", zone_name=zone.name, priority=chance.choice([1, 2, 2, 3, 3, 3]),
        state="closed", first_signal_id=signal.id, occurred_at=at, received_at=at, raised_at=at, last_at=at,
        acknowledged_at=taken, acknowledged_by_id=head.id, closed_at=closed, closed_by_id=head.id,
        close_reason="nothing_found", revision=n,
    )  # fmt: skip
    told = [(at, "raised", None), (taken, "acknowledged", head.id), (closed, "closed", head.id)]
    events = [bulk.make(AlarmEvent, id=row_id(moment, part * 1000 + n // 64 % 1000), alarm_id=alarm.id, at=moment,
                        kind=kind, actor_id=who) for part, (moment, kind, who) in enumerate(told)]  # fmt: skip
    return alarm, events


def screens() -> dict[str, Any]:
    """Name -> what asks for it."""
    from django.test import Client
    from django.urls import reverse

    from canh.accounts.models import User
    from canh.accounts.queries import viewer
    from canh.alarms import queries, queries_owners
    from canh.alarms.models import Alarm
    from canh.console.desk import board
    from canh.console.desk.live import Scope
    from canh.monitoring import queries as monitoring
    from canh.sites.models import Site

    head = User.objects.get(username="head")
    client = Client()
    client.force_login(head)
    scope = Scope(viewer(head), "vi", frozenset(monitoring.desk_ids_of(head)))
    alarm, site = Alarm.objects.latest("id"), Site.objects.earliest("id")

    def page(name: str, *args: Any, **query: Any) -> Any:
        address = reverse(name, args=args)

        def ask() -> None:
            answer = client.get(address, query)
            assert answer.status_code == 200, (name, answer.status_code)
            assert sum(map(len, answer)) > 0

        return ask

    return {
        "desk": page("desk"), "board": lambda: board.take_picture(scope, queries.pulse()),
        "beat": lambda: queries_owners.burdens(scope.viewer), "case": page("alarm", alarm.id), "map": page("map"),
        "sites": page("sites"), "site": page("site", site.id), "closing": page("closing"), "shelf": page("shelf"),
        "handover": page("handover"), "monitoring": page("monitoring"), "inside-site": page("inside-site", site.id),
        "inside": page("inside", all=1), "alarms": page("alarms"), "kpi-1": page("kpi", days=1),
        "kpi-7": page("kpi", days=7), "kpi-30": page("kpi", days=30),
        "kpi-late": page("kpi-alarms", figure="late", days=7),
    }  # fmt: skip


def measure(sites: int, alarms: int, rounds: int) -> dict[str, float]:
    """In a process and a data folder of its own."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "canh.config.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    fill(sites, alarms)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA optimize=0x10002")
    found = {}
    for name, ask in screens().items():
        ask()
        times = []
        for _round in range(rounds):
            begin = time.process_time()
            ask()
            times.append(time.process_time() - begin)
        found[name] = round(statistics.median(times), 4)
    return found


def _in_a_house(sites: int, alarms: int, rounds: int) -> dict[str, float]:
    import json

    with tempfile.TemporaryDirectory(prefix="canh-bench-") as data:
        command = [sys.executable, __file__, "--sites", str(sites), "--alarms", str(alarms), "--rounds", str(rounds)]
        env = {**os.environ, "CANH_DATA": data, "CANH_BENCH_HOUSE": "1"}
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
        return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    words = arguments(__doc__, sites=10_000, alarms=1_000_000, rounds=5)
    if os.environ.get("CANH_BENCH_HOUSE"):
        import json

        print(json.dumps(measure(words.sites, words.alarms, words.rounds)))
        return 0
    small = _in_a_house(10, 1000, words.rounds)
    large = _in_a_house(words.sites, words.alarms, words.rounds)
    ratios = {name: round(large[name] / small[name], 2) for name in large}
    short = [name for name in ALL_DAY if ratios[name] > BOUND]
    short += [name for name, limit in NOW_AND_THEN.items() if large[name] > limit]
    result = {
        "machine": machine(), "sites": words.sites, "alarms": words.alarms, "cpu_s_small": small, "cpu_s_large": large,
        "ratio": ratios, "bound_all_day": BOUND, "bound_s": NOW_AND_THEN, "short": short,
    }  # fmt: skip
    for name in large:
        print(f"{name:10} {small[name] * 1000:8.1f} ms {large[name] * 1000:9.1f} ms {ratios[name]:8.2f} x")
    return finish(words.out, "screens", result, not short)


if __name__ == "__main__":
    sys.exit(main())
