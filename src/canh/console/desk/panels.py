"""Parts of a case that other corners of the console bring: confirmation, procedure, escalation.

A part is one line in PANELS. What it must know is read for one alarm that the person may see; the template finds it
as `panel`. A button or link of a part with `data-key="p"` is pressed by that key while the case is on show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from canh.console.access import Request
from canh.console.arming import facts as arming
from canh.console.calls import facts as calls
from canh.console.cases import facts as cases
from canh.console.desk import confirmation, shelf_panel
from canh.console.dispatch import facts as dispatch
from canh.console.monitoring import facts as monitoring
from canh.console.occupancy import facts as occupancy
from canh.console.plans import facts as plans
from canh.console.police import facts as police

if TYPE_CHECKING:
    from canh.alarms.models import Alarm


class Place(StrEnum):
    """Where in the case a part stands."""

    TOP = "top"
    """Over everything: what the operator must know before they do anything."""
    WORK = "work"
    """Left of the timeline: what to do now."""
    SIDE = "side"
    """In the right pane, under whom to call."""


@dataclass(frozen=True, slots=True)
class CasePanel:
    """A part of a case."""

    place: Place
    template: str
    facts: Callable[[Request, Alarm], dict[str, Any] | None]
    """What the template needs; None: of this alarm there is nothing to show."""
    dialogs: str = ""
    """A template with the windows of the part. They stand apart from what the live stream refreshes, so that
    nobody loses what they are writing; shown to those alone who may act on the alarm."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A part with what it shows of one alarm."""

    template: str
    dialogs: str
    facts: dict[str, Any]


PANELS: list[CasePanel] = [
    CasePanel(Place.TOP, "console/desk/shelf.html", shelf_panel.facts, "console/desk/shelve_dialog.html"),
    CasePanel(Place.TOP, "console/desk/confirmation.html", confirmation.facts, "console/desk/sight_dialog.html"),
    CasePanel(Place.WORK, "console/cases/procedure.html", cases.of_alarm, "console/cases/dialogs.html"),
    CasePanel(Place.SIDE, "console/occupancy/panel.html", occupancy.of_alarm),
    CasePanel(Place.SIDE, "console/plans/panel.html", plans.of_alarm, "console/plans/dialog.html"),
    CasePanel(Place.SIDE, "console/dispatch/panel.html", dispatch.of_alarm, "console/dispatch/dialog.html"),
    CasePanel(Place.SIDE, "console/police/panel.html", police.of_alarm),
    CasePanel(Place.SIDE, "console/calls/panel.html", calls.of_alarm),
    CasePanel(Place.SIDE, "console/monitoring/panel.html", monitoring.of_alarm),
    CasePanel(Place.SIDE, "console/arming/panel.html", arming.of_alarm),
]
"""One line for each part, in the order in which they stand."""


def panels_of(request: Request, alarm: Alarm, panels: Sequence[CasePanel] | None = None) -> dict[str, list[Shown]]:
    """The parts of a case by place; a place without one is an empty list."""
    found: dict[str, list[Shown]] = {place.value: [] for place in Place}
    for panel in PANELS if panels is None else panels:
        facts = panel.facts(request, alarm)
        if facts is not None:
            found[panel.place.value].append(Shown(panel.template, panel.dialogs, facts))
    return found
