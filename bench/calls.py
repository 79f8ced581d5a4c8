"""A city in which nobody takes anything: how long until everybody is called, and what a rung costs.

    canh bench calls [--sites 10000] [--alarms 2000] [--floor 200]

Every alarm is urgent and at a site of its own; one person is on duty for each hundred sites. The engine's step climbs
them in batches. The floor climbs the same alarms one at a time, a transaction each, as one would write it first. The
ratio of CPU an alarm is compared, and the time of the clock until the last is written down, which is how late it is.
Then the caller hands them to a sender that answers at once: what the queue itself costs a message.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import timedelta
from typing import Any

from _common import arguments, finish, machine

BOUND_RATIO, BOUND_LATE_S = 5.0, 5.0
PER_PERSON = 100


def fill(sites: int, alarms: int) -> None:
    from screens import fill as fill_city

    from canh.accounts import actions as accounts
    from canh.accounts.models_contacts import ContactMethod
    from canh.accounts.queries import user_by_name
    from canh.channels.actions_setup import set_up
    from canh.channels.terms import ChannelKind
    from canh.guards.models import Duty
    from canh.kit import clock
    from canh.sites.models import Site

    fill_city(sites, 0)
    now, head = clock.now(), user_by_name("head")
    facts = {"host": "127.0.0.1", "port": 25, "security": "none", "ca": "", "sender": "canh@example.vn", "user": ""}
    set_up(ChannelKind.EMAIL, is_on=True, facts=facts, secret="")
    places = list(Site.objects.order_by("id")[:alarms])
    for first in range(0, alarms, PER_PERSON):
        name = f"p{first}"
        person = accounts.add_user(actor_id=None, username=name, full_name=f"Người {first}", password=None)
        ContactMethod.objects.create(user=person, kind="email", address=f"{name}@example.vn", order=1, verified_at=now,
                                     due_at=now + timedelta(days=9))  # fmt: skip
        Duty.objects.bulk_create(
            Duty(user=person, site=site, kind="guard", starts_at=now - timedelta(hours=1),
                 ends_at=now + timedelta(hours=8), made_by=head) for site in places[first : first + PER_PERSON]
        )  # fmt: skip


def ring(alarms: int) -> None:
    """That many urgent alarms that wait, each at a site of its own."""
    from canh.alarms.models import Alarm
    from canh.intake.models import Signal
    from canh.kit import bulk, clock
    from canh.sites.models import Panel

    now, signal = clock.now(), Signal.objects.earliest("id")
    panels = Panel.objects.order_by("site_id")[:alarms]
    bulk.insert([
        bulk.make(Alarm, site_id=p.site_id, panel_id=p.id, key=f"{p.id}:hold_up", kind="hold_up", protocol="SIA-DCS",
                  code="HA", zone_number="1", zone_name="Nút khẩn quầy", priority=1, first_signal_id=signal.id,
                  occurred_at=now, received_at=now, raised_at=now, last_at=now, revision=1)
        for p in panels
    ])  # fmt: skip


def climb(limit: int, most: int) -> tuple[float, float, int]:
    """CPU, time of the clock and number of rungs, `limit` at a time."""
    from canh.kit import clock
    from canh.response import climbing

    cpu, begin, done = time.process_time(), time.monotonic(), 0
    while done < most and (n := climbing.fire(clock.now(), limit)):
        done += n
    return time.process_time() - cpu, time.monotonic() - begin, done


def send() -> tuple[float, int, int]:
    """CPU of the queue alone: claims and results, with a sender that answers at once."""
    from canh.channels.message import Message, Outcome
    from canh.channels.terms import OutcomeState
    from canh.kit import clock
    from canh.response import sending
    from canh.response.notifier import Notifier

    messages = alarms = 0

    def at_once(_kind: str, _address: str, _message: Message) -> Outcome:
        return Outcome(OutcomeState.SENT, "")

    notifier, cpu = Notifier(at_once), time.process_time()
    while bundles := sending.claim(clock.now(), 8):
        for bundle in bundles:
            notifier.send(bundle)
            messages, alarms = messages + 1, alarms + len(bundle.notices)
    return time.process_time() - cpu, messages, alarms


def measure(words: Any) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command

    from canh.kit import clock
    from canh.response import climbing, queries

    call_command("migrate", verbosity=0)
    fill(words.sites, words.alarms)
    ring(words.alarms)
    batch = queries.limits(clock.now().date()).batch
    begin = time.monotonic()
    while climbing.begin(clock.now(), batch):
        pass
    begun_s = time.monotonic() - begin
    due = time.time_ns() + 31 * 10**9
    with clock.use(lambda: due):
        floor_cpu, _floor_s, floor_n = climb(1, words.floor)
        cpu, late_s, n = climb(batch, words.alarms)
        send_cpu, messages, told = send()
    assert floor_n + n == words.alarms == told
    return {
        "sites": words.sites, "alarms": words.alarms,
        "begun_s": round(begun_s, 2), "last_rung_late_s": round(late_s, 2),
        "cpu_ms_a_rung": round(cpu / n * 1000, 3), "cpu_ms_a_rung_floor": round(floor_cpu / floor_n * 1000, 3),
        "ratio": round(floor_cpu / floor_n / (cpu / n), 1), "messages": messages,
        "queue_cpu_ms_an_alarm": round(send_cpu / told * 1000, 3),
    }  # fmt: skip


def main() -> int:
    words = arguments(__doc__, sites=10_000, alarms=2_000, floor=200)
    with tempfile.TemporaryDirectory(prefix="canh-bench-") as data:
        os.environ |= {"CANH_DATA": data, "DJANGO_SETTINGS_MODULE": "canh.config.settings"}
        found = measure(words)
    for name, value in found.items():
        print(f"{name:24} {value}")
    is_kept = found["ratio"] >= BOUND_RATIO and found["last_rung_late_s"] + found["begun_s"] <= BOUND_LATE_S
    result = {"machine": machine(), **found, "bound_ratio": BOUND_RATIO, "bound_late_s": BOUND_LATE_S}
    return finish(words.out, "calls", result, is_kept)


if __name__ == "__main__":
    sys.exit(main())
