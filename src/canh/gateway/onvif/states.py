"""What is known to be active at a camera, and what a notification therefore says. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from canh.gateway.onvif.content import DELETED, INITIALIZED, Event
from canh.gateway.onvif.topics import INFORMS
from canh.intake.terms import Turn

NEW, RESTORE, STILL = Turn.NEW.value, Turn.RESTORE.value, Turn.STILL.value
UNSEEN = "unseen_change"
"""Found active when the camera was asked again, and not active before: it began while nobody heard."""


@dataclass
class States:
    """`known`: condition → whether it is active. Conditions nobody spoke of are not in it."""

    known: dict[str, bool] = field(default_factory=dict)

    def learn(self, event: Event) -> tuple[str, str] | None:
        """Code and turn to be kept; None: it says nothing new.

        1. What has no state happens: it begins, and only a person ends it.
        2. `Initialized` tells how things stand and raises nothing. What had been reported active and no longer is
           has ended; what began unheard is noted, without an alarm.
        3. `Deleted` ends what was active.
        4. Else the value decides; active again while it is active goes on.
        """
        if event.is_active is None and event.operation in {INITIALIZED, DELETED}:
            return None
        if event.is_active is None:
            return event.code, NEW
        key = f"{event.code} {event.zone}"
        before = self.known.get(key)
        if event.operation == DELETED:
            self.known.pop(key, None)
            return (event.code, RESTORE) if before else None
        self.known[key] = event.is_active
        if event.operation == INITIALIZED:
            return self._found(event, before)
        if event.is_active:
            return event.code, STILL if before else NEW
        return event.code, RESTORE

    @staticmethod
    def _found(event: Event, before: bool | None) -> tuple[str, str] | None:
        if before and not event.is_active:
            return event.code, RESTORE
        if before is False and event.is_active and event.code not in INFORMS:
            return UNSEEN, NEW
        return None

    def active(self) -> list[str]:
        """What must be remembered over a restart, so that its end is not missed."""
        return [key for key, is_active in self.known.items() if is_active]
