"""How rows of arming move, with the line that says why. Shared by the batch, the steps and the acts of people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from canh.alarms.models_arming import Arming, ArmingChange, Bypass, SiteClosing
from canh.alarms.sensors import Opening
from canh.alarms.terms_arming import ArmState, BypassSource, Cause, Standing
from canh.kit import bulk
from canh.kit.ids import new_id
from canh.sites.terms import OnOpen

COLUMNS = ["partition", "state", "mode", "since_at", "until_at", "tripped_at", "user", "user_number",
           "panel_told_at", "tried_at"]  # fmt: skip
TO_CHECK = frozenset({Cause.PANEL_FAILED, Cause.ZONE_OPEN})


@dataclass(frozen=True, slots=True)
class Why:
    """Who or what moves a partition."""

    cause: Cause
    actor_id: int | None = None
    user_number: str = ""
    signal_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_told: bool = False
    """The panel's own code rings: Canh does not say it again."""


def new_row(site_id: int, panel_id: int | None, partition: str, at: datetime) -> Arming:
    """A partition of which nothing was known so far."""
    return bulk.make(Arming, id=new_id(), site_id=site_id, panel_id=panel_id, partition=partition, since_at=at)


def move(
    row: Arming, state: str, at: datetime, why: Why, *, mode: str = "", until_at: datetime | None = None
) -> ArmingChange:
    """Move a row; the caller writes both."""
    line = _line(row, state, at, why)
    row.state, row.mode, row.since_at, row.until_at = state, mode, at, until_at
    row.user_id, row.user_number, row.panel_told_at = why.actor_id, why.user_number, None
    if state == ArmState.DISARMED:
        row.tripped_at = None
    return line


def note(row: Arming, at: datetime, why: Why) -> ArmingChange:
    """Something was tried and nothing moved."""
    return _line(row, row.state, at, why)


def _line(row: Arming, state: str, at: datetime, why: Why) -> ArmingChange:
    is_opening = state == ArmState.DISARMED and why.cause in {Cause.PANEL, Cause.PERSON}
    is_checked = why.is_told or not (is_opening or why.cause in TO_CHECK)
    return bulk.make(
        ArmingChange, id=new_id(), arming_id=row.id, site_id=row.site_id, at=at, before=row.state, after=state,
        cause=why.cause, actor_id=why.actor_id, user_number=why.user_number, signal_id=why.signal_id,
        facts=dict(why.facts), is_checked=is_checked,
    )  # fmt: skip


def end_exit(
    row: Arming, opened: Sequence[Opening], silent: Sequence[str], on_open: str
) -> tuple[ArmingChange, list[Bypass]]:
    """The exit delay is over: armed, unless something stands open that is not to be left out."""
    at = row.until_at or row.since_at
    facts: dict[str, Any] = {"silent": list(silent)} if silent else {}
    names = [one.name for one in opened]
    if opened and on_open == OnOpen.REFUSE:
        why = Why(Cause.ZONE_OPEN, facts={**facts, "open": names})
        return move(row, ArmState.DISARMED, at, why), []
    left_out = [bypass(row.site_id, one, at) for one in opened]
    user_id = row.user_id
    line = move(row, row.mode, at, Why(Cause.EXIT_OVER, facts={**facts, **({"bypassed": names} if names else {})}))
    row.user_id = user_id  # who began it has armed it
    return line, left_out


def bypass(site_id: int, one: Opening, at: datetime) -> Bypass:
    """Left out because it was open when the premises were armed; until they are opened."""
    return bulk.make(
        Bypass, id=new_id(), site_id=site_id, panel_id=one.panel_id, zone_number=one.zone_number, name=one.name,
        source=BypassSource.ARMING, begun_at=at, ends_when_opened=True,
    )  # fmt: skip


def wake(site_ids: Collection[int], now: datetime) -> None:
    """Have the engine look at these premises again, inside the caller's transaction."""
    rows = [(site, now, Standing.UNKNOWN, ArmState.UNKNOWN, "") for site in sorted(site_ids)]
    names = ("site", "look_at", "standing", "state", "because")
    bulk.upsert(SiteClosing, names, rows, unique=["site"], keep=names[2:])
