"""What other rooms have Canh say: it becomes a signal like what a device says."""

from __future__ import annotations

from collections.abc import Sequence

from canh.intake import own
from canh.intake.own import Notice
from canh.intake.terms import Turn
from canh.sites.queries import working_panels

JOURNAL = "engine"


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
