"""A gateway that only listens, an engine, and the hands of the clock: for stories about silence and floods."""

from __future__ import annotations

from pathlib import Path

from canh.alarms.models import Alarm
from canh.engine.cycle import Cycle
from canh.engine.steps import all_steps
from canh.intake.journal import Entry, Heard
from canh.intake.journal_writer import JournalWriter
from canh.kit import clock, paths
from canh.sites.actions import touch_register
from canh.sites.models import Panel
from tests.clock import Hands


class Night:
    """`night.polls("1001")`, `night.passes(90)`; the gateway gives its heartbeat every 2 s while it is up."""

    def __init__(self, hands: Hands, gateway: str = "gw1") -> None:
        self.hands, self.file = hands, paths.journal(gateway)
        self.up_since = {"sia": clock.now_us()}
        self.is_up = True
        self.always: list[tuple[str, str]] = []
        """Accounts and paths that speak at each heartbeat."""
        self.start_engine()

    def start_engine(self) -> None:
        self.cycle: Cycle | None = Cycle(all_steps(), lambda _s: True)

    def stop_engine(self) -> None:
        self.cycle = None

    def stop_gateway(self) -> None:
        self.is_up = False

    def start_gateway(self) -> None:
        self.is_up, self.up_since = True, dict.fromkeys(self.up_since, clock.now_us())

    def polls(self, account: str, path: str = "L0", door: str = "sia") -> None:
        self.journal(heard=[Heard(door, account, path, "10.0.0.9:1", clock.now_us())])

    def arrives(self, *entries: Entry) -> None:
        self.journal(*entries)
        self.engine()

    def journal(self, *entries: Entry, heard: list[Heard] | None = None) -> None:
        writer = JournalWriter(self.file)
        writer.submit(entries)
        for word in heard or []:
            writer.note_heard(word)
        if self.is_up:
            up = {f"up_since:{door}": at for door, at in self.up_since.items()}
            writer.set_counters({"heartbeat_at": clock.now_us(), **up})
        writer.flush_side()
        writer.stop()

    def engine(self) -> None:
        while self.cycle and self.cycle.once():
            pass

    def passes(self, seconds: float, step: float = 2) -> None:
        """Time, in steps of a heartbeat; what speaks always goes on speaking."""
        left = seconds
        while left > 0:
            self.hands.forward(min(step, left))
            left -= step
            if self.is_up:
                now = clock.now_us()
                self.journal(heard=[Heard("sia", a, p, "10.0.0.9:1", now) for a, p in self.always])
            self.engine()

    def waits_for(self, code: str, limit_s: float) -> float:
        """Seconds until an open alarm of this code is there. Fails after `limit_s`."""
        begin = clock.now_us()
        while not open_codes(code):
            self.passes(1, 1)
            assert clock.now_us() - begin < limit_s * 1e6, f"no {code} within {limit_s} s"
        return (clock.now_us() - begin) / 1e6


def open_codes(*codes: str) -> list[str]:
    """Codes of the open alarms that have not returned to normal, in the order they were raised."""
    found = Alarm.objects.exclude(state="closed").filter(returned_at__isnull=True).order_by("id")
    return list((found.filter(code__in=codes) if codes else found).values_list("code", flat=True))


def give_class(panel: Panel, seconds: int | None) -> None:
    Panel.objects.filter(id=panel.id).update(reporting_s=seconds)
    touch_register()


def data_folder(monkeypatch: object, folder: Path) -> None:
    """Journals of their own for one test: Canh's own words outlive the test's database."""
    monkeypatch.setenv("CANH_DATA", str(folder))  # type: ignore[attr-defined]
