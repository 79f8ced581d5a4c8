"""What Canh itself has to say, as signals: written to a journal and copied like everything that devices say.

So whatever raises an alarm has gone one way in, durable, chained, once.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from canh.intake import codes, queries
from canh.intake.journal import Entry, resume_after
from canh.intake.journal_writer import JournalWriter
from canh.intake.observation import Observation, to_json
from canh.intake.terms import Verdict
from canh.kit import clock, hint, paths
from canh.sites.terms import Door

DOOR, PROTOCOL = Door.OWN.value, codes.OWN


@dataclass(frozen=True, slots=True)
class Notice:
    """Something Canh noticed."""

    account: str
    """Whom it concerns: the account of a panel."""
    code: str
    """A code of data/codes/canh.toml."""
    turn: str = "new"
    zone: str = ""
    path: str = ""
    text: str = ""
    panel_id: int | None = None
    """Whose account is meant: also of a panel that was retired, or whose account another has now."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else there is to say; `ranks_as`: the condition whose priority it has."""
    occasion: str = ""
    """Equal when the same thing is noticed twice (a crash in between): the second is then a repeat."""


def write_down(name: str, notices: Sequence[Notice]) -> None:
    """Keep notices in the journal `name` of this machine, durable when this returns.

    `name`: one for each process that writes (`engine`, `cli`), so that nobody waits for another.
    Raises OSError or sqlite3.Error when the disk does not take them.
    """
    write_entries(name, [_entry(notice) for notice in notices])


def write_entries(name: str, entries: Sequence[Entry]) -> list[int]:
    """As `write_down`, for entries of any form. Returns their numbers in the journal."""
    path = paths.journal(name)
    numbers: list[int] = []
    with open(paths.run(f"journal-{name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cursor = queries.cursor(name)
        resume_after(path, cursor.journal_id, bytes(cursor.hash))
        writer = JournalWriter(path)
        writer.submit(entries, numbers.extend)
        writer.stop()
    if len(numbers) != len(entries):
        raise writer.broken or OSError("the journal took nothing")
    hint.tell("engine")
    return numbers


def _entry(notice: Notice) -> Entry:
    now = clock.now_us()
    seen = Observation(
        protocol=PROTOCOL,
        account=notice.account,
        code=notice.code,
        turn=notice.turn,
        zone=notice.zone,
        path=notice.path,
        text=notice.text,
        extra={**notice.facts, **({"panel": str(notice.panel_id)} if notice.panel_id else {})},
        occurred_at=now,
        digest=_digest(notice) if notice.occasion else "",
    )
    raw = json.dumps({"account": notice.account, "code": notice.code, "turn": notice.turn, "path": notice.path})
    return Entry(now, DOOR, "", Verdict.ACCEPTED.value, raw.encode(), to_json([seen]))


def _digest(notice: Notice) -> str:
    source = f"{DOOR} {notice.account} {notice.code} {notice.turn} {notice.zone} {notice.path} {notice.occasion}"
    return hashlib.blake2b(source.encode(), digest_size=16).hexdigest()
