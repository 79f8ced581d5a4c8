"""What other rooms have Canh say: it becomes a signal like what a device says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from canh.intake import own
from canh.intake.own import Notice
from canh.intake.terms import Turn
from canh.sites.actions import own_panel
from canh.sites.queries import working_panels

JOURNAL, JOURNAL_OF_THE_DESK = "engine", "web"


def tell_runaways(begun: Sequence[tuple[int, str]], ended: Sequence[tuple[int, str]]) -> None:
    """That panels send too much, and that others no longer do: (panel id, occasion). Durable when this returns;
    the same occasion again is a repeat."""
    said = [(Turn.NEW, *one) for one in begun] + [(Turn.RESTORE, *one) for one in ended]
    accounts = dict(working_panels().filter(id__in=[panel for _t, panel, _o in said]).values_list("id", "account"))
    notices = [
        Notice(accounts[panel], "runaway", turn, panel_id=panel, occasion=f"{panel} {occasion}")
        for turn, panel, occasion in said
        if panel in accounts
    ]
    if notices:
        own.write_down(JOURNAL, notices)


@dataclass(frozen=True, slots=True)
class Lapse:
    """Premises that are opened or closed otherwise than they should be, or no longer."""

    panel_id: int
    code: str
    """Of data/codes/canh.toml."""
    turn: Turn
    occasion: str
    facts: Mapping[str, str] = field(default_factory=dict)


def tell_lapses(lapses: Sequence[Lapse], journal: str = JOURNAL) -> None:
    """What premises do otherwise than their hours or routines say. Durable when this returns; the same occasion again
    is a repeat. Of a panel that is out of use nothing is said. `journal`: of the process that says it. Raises OSError
    or sqlite3.Error when the disk does not take it."""
    accounts = dict(working_panels().filter(id__in=[one.panel_id for one in lapses]).values_list("id", "account"))
    notices = [
        Notice(accounts[one.panel_id], one.code, one.turn, panel_id=one.panel_id, facts=one.facts,
               occasion=f"{one.panel_id} {one.occasion}")
        for one in lapses
        if one.panel_id in accounts
    ]  # fmt: skip
    if notices:
        own.write_down(journal, notices)


def tell_workers(journal: str, told: Sequence[tuple[str, Turn]]) -> None:
    """That parts of Canh on this machine fail, or work again: (name, turn). Durable when this returns; where no unit
    exists yet there is nobody to tell. Raises OSError, sqlite3.Error or a database error."""
    account = own_panel("canh", _("Canh itself"))
    if account is not None:
        own.write_down(journal, [Notice(account, "worker_failed", turn, zone=name) for name, turn in told])


def tell_sight(account: str, panel_id: int, code: str, sees: str, *, alarm_id: int, user_id: int) -> None:
    """What somebody at the desk took down of an alarm: `guard_sees` or `video_sees`, and what. Durable when this
    returns. Raises OSError or sqlite3.Error when the disk does not take it."""
    facts = {"sees": sees, "alarm": str(alarm_id), "by": str(user_id)}
    own.write_down(JOURNAL_OF_THE_DESK, [Notice(account, code, panel_id=panel_id, facts=facts)])
