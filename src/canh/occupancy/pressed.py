"""Buttons that begin and end a lockdown: found among the signals of their devices."""

from __future__ import annotations

from datetime import datetime, timedelta

from canh.intake.queries import presses
from canh.occupancy import queries
from canh.occupancy.actions_lockdown import Actor, end_lockdown, start_lockdown
from canh.occupancy.models import Buttons, Lockdown

BACK = timedelta(minutes=5)
"""How far back presses still count: an engine that stood still for longer leaves it to the people."""


def follow(now: datetime) -> int:
    """Begin and end what was pressed lately. How many. Each press counts once."""
    found = list(Buttons.objects.filter(site__closed_at__isnull=True).select_related("site"))
    begin = {b.lockdown_id: b for b in found if b.lockdown_id}
    end = {b.safe_id: b for b in found if b.safe_id}
    if not begin and not end:
        return 0
    done = 0
    for signal in presses([*begin, *end], [b.site_id for b in found], now - BACK):
        if (begins := begin.get(signal.panel_id or 0)) and signal.received_at >= begins.since_at:
            done += _begin(begins, signal.id, signal.received_at)
        elif (ends := end.get(signal.panel_id or 0)) and signal.received_at >= ends.since_at:
            done += _end(ends, signal.received_at)
    return done


def _begin(buttons: Buttons, signal_id: int, at: datetime) -> int:
    """A press belongs to the lockdown that ran then; a press from before the last end began that one."""
    last = queries.lockdowns(buttons.site_id).filter(is_drill=False).first()
    if last is not None and (last.ended_at is None or last.ended_at >= at or last.start_signal == signal_id):
        return 0
    start_lockdown(buttons.site, Actor(signal_id=signal_id))
    return 1


def _end(buttons: Buttons, at: datetime) -> int:
    running = Lockdown.objects.filter(site=buttons.site_id, ended_at__isnull=True, started_at__lte=at).first()
    return int(running is not None and end_lockdown(running, Actor()))
