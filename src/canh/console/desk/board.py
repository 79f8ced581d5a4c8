"""What one scope of viewers sees of the open alarms, and the messages that bring it to them.

A scope is everybody who sees the same rows in the same language; one encoded message serves all
of them. `full` is the whole state, `delta` what changed; a delta names the message it follows, so
a browser that missed one notices and asks again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import translation

from canh.accounts.queries import Viewer
from canh.alarms import queries
from canh.alarms.queries_owners import Burden
from canh.console.desk import storm
from canh.console.desk.rows import Row, rows
from canh.kit import clock
from canh.monitoring import queries as monitoring

if TYPE_CHECKING:
    from canh.alarms.models import Alarm

WINDOW = 200
"""Rows sent at once; nobody reads further, and the counts tell the rest."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Viewers who get the same bytes."""

    viewer: Viewer
    language: str
    desks: frozenset[int] = frozenset()
    """At which watching desks they may sit; empty: what others watch is theirs to hear too."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The open alarms of a scope at one pulse."""

    pulse: int = field(compare=False)
    counts: dict[int, int]
    """Unacknowledged alarms by priority."""
    total: int
    rows: dict[str, Row]
    """The first rows of the queue, in order."""
    sites: dict[str, int]
    """Site -> most urgent priority open there."""
    shelved: int = 0
    """How many are put aside."""
    theirs: frozenset[str] = frozenset()
    """Rows of premises that another desk watches now: shown, but they do not ring here."""


@dataclass(frozen=True, slots=True)
class Message:
    """Encoded once, sent to many."""

    data: bytes
    number: int
    unshown: tuple[int, ...]
    """Alarms in it that no desk had seen before."""


def take_picture(scope: Scope, pulse: int) -> Picture:
    """Read the present state. `pulse` is read before, so that a change in between comes next time."""
    with translation.override(scope.language):
        open_alarms = queries.open_alarms(scope.viewer)
        found = list(open_alarms[:WINDOW])
        alone = rows(found)
        first = storm.among(alone, scope.viewer)
        total = (len(alone) if len(alone) < WINDOW else open_alarms.count()) + len(first) - len(alone)
        sites = queries.open_by_site(scope.viewer)
    return Picture(
        pulse=pulse,
        counts=queries.open_counts(scope.viewer),
        total=total,
        rows={row.id: row for row in first},
        sites={str(site): priority for site, priority in sites.items()},
        shelved=queries.shelved_alarms(scope.viewer).count(),
        theirs=_theirs(found, scope.desks),
    )


def _theirs(alarms: Sequence[Alarm], desks: frozenset[int]) -> frozenset[str]:
    away = monitoring.theirs({alarm.site_id for alarm in alarms}, desks, clock.now())
    return frozenset(str(alarm.id) for alarm in alarms if alarm.site_id in away)


def full(now: Picture, number: int, at_ms: int) -> Message:
    """Everything: for a browser that just came, or fell behind."""
    body = {
        **_common(now, number, at_ms),
        "state": True,
        "rows": {id_: row.html for id_, row in now.rows.items()},
        "sites": now.sites,
        "sound": 0,
    }
    return _message("board", body, number, now)


def delta(before: Picture, now: Picture, number: int, at_ms: int) -> Message:
    """What changed since the message before."""
    changed = {
        id_: row.html
        for id_, row in now.rows.items()
        if id_ not in before.rows or before.rows[id_].revision != row.revision
    }
    body = {
        **_common(now, number, at_ms),
        "after": number - 1,
        "rows": changed,
        "gone": [id_ for id_ in before.rows if id_ not in now.rows],
        "sound": sound(before, now),
    }
    if now.sites != before.sites:
        body["sites"] = now.sites
    return _message("board", body, number, now)


def sound(before: Picture, now: Picture) -> int:
    """The most urgent priority among alarms that wait since; 0 for none.

    One that came back after its acknowledgement rings like a new one, and so does one that another desk watched until
    now. Beyond the window only the
    counts tell that something came.
    """
    waited = {id_ for id_, r in before.rows.items() if r.is_waiting and id_ not in before.theirs}
    waits = {id_: r for id_, r in now.rows.items() if r.is_waiting and id_ not in now.theirs}
    fresh = {r.priority for id_, r in waits.items() if id_ not in waited}
    more = {p for p, n in now.counts.items() if now.total > WINDOW and n > before.counts.get(p, 0)}
    return min(fresh | more, default=0)


def beat(at_ms: int, engine_age_s: float | None, *, is_failing: bool, burdens: Sequence[Burden] = ()) -> bytes:
    """Says: the board was looked at just now; how long ago the engine gave a sign; whether it fails; who took how
    many alarms lately."""
    people = {str(b.user_id): [b.name, b.taken, b.load.value, b.is_here] for b in burdens}
    return _encode("beat", {"at": at_ms, "engine": engine_age_s, "failing": is_failing, "people": people})


def _common(now: Picture, number: int, at_ms: int) -> dict[str, Any]:
    return {
        "number": number,
        "pulse": now.pulse,
        "at": at_ms,
        "counts": {str(p): now.counts.get(p, 0) for p in (1, 2, 3)},
        "total": now.total,
        "shelved": now.shelved,
        "order": list(now.rows),
        "theirs": sorted(now.theirs),
    }


def _message(event: str, body: dict[str, Any], number: int, now: Picture) -> Message:
    unshown = tuple(int(row.id) for row in now.rows.values() if not row.is_shown)  # a storm is no alarm to mark
    return Message(_encode(event, body), number, unshown)


def _encode(event: str, body: dict[str, Any]) -> bytes:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event}\ndata: {text}\n\n".encode()
