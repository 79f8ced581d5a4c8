"""What the pages tell about the arming of premises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from canh.accounts import queries as accounts
from canh.accounts.queries import Viewer
from canh.alarms import queries_arming
from canh.alarms.terms_arming import ARMED, ArmState
from canh.console.access import Request
from canh.console.arming import wording
from canh.console.desk.actors import ACTORS
from canh.console.desk.wording import signal_title
from canh.sites import queries as sites

if TYPE_CHECKING:
    from canh.alarms.models import Alarm
    from canh.alarms.models_arming import Arming, ArmingChange, Bypass
    from canh.alarms.sensors import SensorBook
    from canh.sites.models import Site

CHANGES = 10
MODES = (ArmState.AWAY, ArmState.STAY, ArmState.NIGHT)


def actor(request: Request) -> Viewer:
    """What this person sees by the roles that arm and disarm, leaving others aside."""
    others = request.viewer.roles.difference(ACTORS)
    return accounts.viewer(request.user, only=ACTORS) if others else request.viewer


def may_arm(request: Request, site: Site) -> bool:
    viewer = actor(request)
    return viewer.has(*ACTORS) and sites.visible_to(viewer).filter(id=site.id, closed_at__isnull=True).exists()


def state(site_id: int) -> dict[str, Any] | None:
    """How premises stand, what is left out, what changed last; None: nothing is known."""
    rows = list(queries_arming.armings(site_id))
    closing = queries_arming.closing_of(site_id)
    if not rows and closing is None:
        return None
    whole = queries_arming.whole(rows)
    return {
        "parts": [wording.part_line(row, several=len(rows) > 1) for row in rows],
        "is_open": whole == ArmState.DISARMED,
        "is_closed": whole in ARMED,
        "closing": closing,
        "bypasses": [_bypass_line(one) for one in queries_arming.bypasses(site_id)],
        "changes": [wording.change_line(c, _said(c)) for c in queries_arming.changes(site_id, CHANGES)],
    }


def _bypass_line(one: Bypass) -> tuple[Bypass, str, str]:
    """The row, what is left out, and by whom."""
    by = one.begun_by.full_name if one.begun_by else str(one.get_source_display())
    return one, wording.place_of(one), by


def _said(change: ArmingChange) -> str:
    return signal_title(change.signal) if change.signal else ""


def of_alarm(_request: Request, alarm: Alarm) -> dict[str, Any] | None:
    """For the case of an alarm."""
    return state(alarm.site_id)


def of_site(request: Request, site: Site) -> dict[str, Any]:
    """For the page of premises: also what a person may do there."""
    found = state(site.id) or {"parts": [], "changes": [], "bypasses": [], "closing": None}
    book = queries_arming.bare_sensors(site.id)
    if not book.panels:
        return {**found, "is_shown": bool(found["parts"]), "is_ours": False}
    mine = next((row for row in queries_arming.armings(site.id) if row.panel_id is None), None)
    return {
        **found,
        "is_shown": True,
        "is_ours": True,
        "ours": mine.state if mine else ArmState.UNKNOWN.value,
        "may_arm": may_arm(request, site),
        "modes": [(mode.value, mode.label) for mode in MODES],
        "open_now": [one.name for one in book.open_at(site.id)],
        "silent_now": book.silent_at(site.id),
        "places": sorted(_places(book), key=lambda place: place[1]),
    }


def _places(book: SensorBook) -> list[tuple[str, str]]:
    """What may be left out: a value for the form, and its name."""
    found = []
    for panel in book.panels.values():
        if len(panel.zones) > 1:
            found += [(f"{panel.id}:{number}", f"{panel.name}: {z.name}") for number, z in panel.zones.items()]
        else:
            found.append((f"{panel.id}:", panel.name_of("")))
    return found


def standing_of(rows: Sequence[Arming]) -> list[wording.PartLine]:
    """The partitions of premises as the board lists them: those that are open, else the one closed last."""
    opened = [row for row in rows if row.state == ArmState.DISARMED]
    shown = opened or sorted(rows, key=lambda row: row.since_at)[-1:]
    return [wording.part_line(row, several=False) for row in shown]
