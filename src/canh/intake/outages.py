"""Whether the gateways and their doors hear at all: one word for each that does not, however many it cuts off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from canh.intake import own, queries
from canh.intake.models import GatewayReport
from canh.intake.own import Notice
from canh.intake.silence import JOURNAL, UP_SINCE, Hearings, heartbeat
from canh.intake.terms import Turn
from canh.kit import beat, clock
from canh.kit.saying import english, from_json
from canh.sites import actions as sites

GAP = timedelta(seconds=10)
"""An engine that did not look for so long knows nothing of the time between."""
ITSELF = ""


def keys_of(hearings: Hearings) -> set[Any]:
    """Which doors hear, and since when."""
    return {(key, hearing.up_since) for key, hearing in hearings.items()}


class Watch:
    """Told once when it begins and once when it ends; what is told stands in the gateway's row."""

    def __init__(self) -> None:
        self._watching_since = self._looked_at = clock.from_us(0)
        self._shut_since: dict[tuple[str, str], datetime] = {}

    def look(self, reports: Sequence[GatewayReport], now: datetime) -> bool:
        """True when there was something to tell."""
        if not timedelta(0) <= now - self._looked_at <= GAP:
            self._watching_since = now
            self._shut_since.clear()
        self._looked_at = now
        return any([self._compare(report, now) for report in reports])

    def _compare(self, report: GatewayReport, now: datetime) -> bool:
        wanted = self._wanted(report, now)
        begun = {name: at for name, at in wanted.items() if name not in report.told}
        ended = {name: at for name, at in report.told.items() if name not in wanted}
        if not begun and not ended:
            return False
        account = sites.own_panel(report.gateway)
        if account is None:  # no unit yet: there is no desk to tell
            return False
        notices = [_notice(account, name, Turn.NEW, at) for name, at in begun.items()]
        notices += [_notice(account, name, Turn.RESTORE, at) for name, at in ended.items()]
        own.write_down(JOURNAL, notices)
        told = {**{name: at for name, at in report.told.items() if name not in ended}, **begun}
        with transaction.atomic():
            GatewayReport.objects.filter(gateway=report.gateway).update(told=told)
        return True

    def _wanted(self, report: GatewayReport, now: datetime) -> dict[str, str]:
        """What there is to tell of a gateway now: name -> occasion."""
        limits, alive_at = queries.silence_limits(now.date()), heartbeat(report)
        if alive_at is None:
            return {}
        quiet = now - max(alive_at, self._watching_since)
        doors = {name: at for name, at in report.told.items() if name != ITSELF}
        if now - alive_at > limits.fresh:  # what its doors do cannot be known; so what is told of it
            is_silent = quiet > limits.gateway_silent or ITSELF in report.told
            return {**doors, **({ITSELF: alive_at.isoformat()} if is_silent else {})}
        return self._shut_doors(report, now, limits.door_shut)

    def _shut_doors(self, report: GatewayReport, now: datetime, limit: timedelta) -> dict[str, str]:
        shut = {name.removeprefix(UP_SINCE) for name, at in report.counters.items()
                if name.startswith(UP_SINCE) and not at}  # fmt: skip
        for gateway, door in list(self._shut_since):
            if gateway == report.gateway and door not in shut:
                del self._shut_since[gateway, door]
        found = {}
        for door in sorted(shut):
            since = self._shut_since.setdefault((report.gateway, door), now)
            if now - since >= limit or door in report.told:
                found[door] = since.isoformat()
        return found


def _notice(account: str, name: str, turn: Turn, occasion: str) -> Notice:
    if name == ITSELF:
        return Notice(account, "gateway_silent", turn, occasion=occasion)
    return Notice(account, "door_shut", turn, zone=name, text=_problem(name), occasion=occasion)


def _problem(door: str) -> str:
    """What the gateway of this machine says about it."""
    last = beat.read("gateway")
    state = last.facts.get("doors", {}).get(door, {}) if last else {}
    return english(map(from_json, state.get("problems", [])))
