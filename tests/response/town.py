"""A town with an engine's step, a notifier and ways to its people: for stories of calls and dispatch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from canh.accounts.models import User
from canh.accounts.models_contacts import ContactMethod
from canh.alarms.models import Alarm
from canh.alarms.steps import RaiseAlarms
from canh.channels.message import Message, Outcome
from canh.channels.terms import OutcomeState
from canh.guards.actions import Place, add_duty
from canh.kit import clock
from canh.response import sending
from canh.response.notifier import Notifier
from canh.response.steps import Escalate
from tests.clock import Hands
from tests.senders import copy, entry


class Town:
    """The engine's step and the notifier, with a clock; keeps what left."""

    def __init__(self, hands: Hands) -> None:
        self.hands, self.escalate = hands, Escalate()
        self.begin = clock.now()
        self.left: list[tuple[int, str, Message]] = []
        self.outcomes: dict[str, OutcomeState] = {}
        self.notifier = Notifier(self.deliver, lambda topic: self.deliver("siren-off", topic, None))  # type: ignore[arg-type]

    def deliver(self, kind: str, address: str, message: Message) -> Outcome:
        self.left.append((self.seconds, address if kind != "siren-off" else f"off {address}", message))
        return Outcome(self.outcomes.get(address, OutcomeState.SENT), "said")

    @property
    def seconds(self) -> int:
        return round((clock.now() - self.begin).total_seconds())

    def run(self, seconds: int) -> None:
        """Live on, second by second."""
        for _second in range(seconds):
            self.hands.forward(1)
            self.cycle()

    def run_by(self, step: int, seconds: int) -> None:
        """The same in bigger steps, for long stories."""
        for _n in range(seconds // step):
            self.hands.forward(step)
            self.cycle()

    def cycle(self) -> None:
        while self.escalate():
            pass
        sending.recover(clock.now(), 30)
        while bundles := sending.claim(clock.now(), 8):
            for bundle in bundles:
                self.notifier.send(bundle)

    def ring(self, account: str = "1001", code: str = "HA", zone: str = "1") -> Alarm:
        copy(entry(account, code, zone))
        RaiseAlarms()()
        self.begin = self.begin if self.left else clock.now()
        return Alarm.objects.latest("received_at", "id")

    @property
    def calls(self) -> list[tuple[int, str]]:
        return [(second, address) for second, address, _message in self.left]


def way(person: User, address: str, kind: str = "email", order: int = 1, *, works: bool = True) -> ContactMethod:
    return ContactMethod.objects.create(
        user=person, kind=kind, address=address, order=order, verified_at=clock.now() if works else None,
        due_at=clock.now() + timedelta(days=30),
    )  # fmt: skip


def on_duty(person: User, by: User, **place: Any) -> None:
    now = clock.now()
    add_duty(Place(**place), person, "guard", now - timedelta(hours=1), now + timedelta(hours=8), by=by)
