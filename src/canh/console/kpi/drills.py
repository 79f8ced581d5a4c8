"""Exercises and how they went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from canh.alarms import queries_drills
from canh.alarms.terms_drills import Mark
from canh.console.access import STAFF, Request, allow
from canh.console.desk import wording

if TYPE_CHECKING:
    from canh.alarms.models_drills import DrillRun

PER_PAGE = 40
SCENES: dict[str, Any] = {
    "hold_up_at_counter": gettext_lazy("Hold-up at the counter"),
    "hold_up_two_buttons": gettext_lazy("Hold-up, two buttons"),
    "school_break_in": gettext_lazy("Break-in at a school"),
    "vault_after_hours": gettext_lazy("Vault opened after hours"),
    "safe_attacked": gettext_lazy("Safe attacked"),
    "smoke_in_office": gettext_lazy("Smoke in the office"),
    "panic_at_reception": gettext_lazy("Panic button at reception"),
    "mains_lost": gettext_lazy("Mains lost"),
    "battery_low": gettext_lazy("Battery low"),
    "panel_opened": gettext_lazy("Panel opened"),
    "path_lost": gettext_lazy("Path lost"),
    "radio_jammed": gettext_lazy("Radio jammed"),
    "late_restore": gettext_lazy("Door closed late"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of an exercise."""

    name: str
    took: str
    wanted: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Row:
    run: DrillRun
    scene: str
    figures: list[Figure | None]
    """One for each Mark; None: it was not part of it, or it is not over."""


@allow(*STAFF)
@require_safe
def drills(request: Request) -> HttpResponse:
    """The newest first; what runs has no figures yet."""
    page = Paginator(queries_drills.drills(request.viewer), PER_PAGE).get_page(request.GET.get("page"))
    rows = [Row(run, str(SCENES.get(run.scene, run.scene)), _figures(run)) for run in page]
    return render(
        request, "console/kpi/drills.html", {"rows": rows, "page": page, "names": [mark.label for mark in Mark]}
    )


def _figures(run: DrillRun) -> list[Figure | None]:
    known = {one["mark"]: _figure(one) for one in run.marks}
    return [known.get(mark.value) for mark in Mark]


def _figure(one: dict[str, Any]) -> Figure:
    took = "—" if one["seconds"] is None else _("%(n)s s") % {"n": wording.number(one["seconds"])}
    wanted = "" if one["wanted_s"] is None else _("%(n)s s at most") % {"n": wording.number(one["wanted_s"])}
    return Figure(str(Mark(one["mark"]).label), took, wanted, one["is_kept"])
