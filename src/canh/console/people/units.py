"""The tree of units: add and rename."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from canh.accounts import actions, queries
from canh.accounts.terms import Role
from canh.console import flash
from canh.console.access import Request, allow
from canh.console.forms import errors_to
from canh.console.people.forms import UnitForm, UnitNameForm

if TYPE_CHECKING:
    from canh.accounts.models import Unit


@dataclass(frozen=True, slots=True)
class Branch:
    unit: Unit
    depth: int


@allow(Role.ADMINISTRATOR)
@require_safe
def tree(request: Request) -> HttpResponse:
    return _show(request, UnitForm())


def _show(request: Request, form: UnitForm) -> HttpResponse:
    facts = {"branches": branches(), "form": form, "has_areas": queries.areas_now().exists()}
    return render(request, "console/people/units.html", facts)


def branches() -> list[Branch]:
    """Units as a tree: each below its parent, sisters by name."""
    below: dict[int | None, list[Unit]] = {}
    units = list(queries.units_now())
    shown = {unit.id for unit in units}
    for unit in sorted(units, key=lambda u: u.folded):
        below.setdefault(unit.parent_id if unit.parent_id in shown else None, []).append(unit)
    return list(_walk(below, None, 0))


def _walk(below: dict[int | None, list[Unit]], parent: int | None, depth: int) -> list[Branch]:
    found = []
    for unit in below.get(parent, []):
        found += [Branch(unit, depth), *_walk(below, unit.id, depth + 1)]
    return found


@allow(Role.ADMINISTRATOR)
@require_POST
def add(request: Request) -> HttpResponse:
    form = UnitForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        if _is_there(data["name"], data["parent"]):
            form.add_error("name", _("There is a unit of this name at this place already."))
        else:
            with errors_to(form):
                actions.add_unit(actor_id=request.user.id, **data)
                flash.say(request, _("%(name)s is added.") % {"name": data["name"]})
                return redirect("units")
    return _show(request, form)


@allow(Role.ADMINISTRATOR)
@require_POST
def add_areas(request: Request) -> HttpResponse:
    """For whoever began on the command line: the first run, which enters the wards, is then passed over."""
    actions.add_areas_of_hanoi(actor_id=request.user.id)
    flash.say(request, _("The wards and communes of Hanoi are entered."))
    return redirect("units")


def _is_there(name: str, parent: Unit | None) -> bool:
    return queries.units_now().filter(name=name, parent=parent).exists()


@allow(Role.ADMINISTRATOR)
@require_POST
def rename(request: Request, unit_id: int) -> HttpResponse:
    """Answers with the row, for htmx; without it, with the page."""
    unit = queries.units_now().filter(id=unit_id).first()
    if unit is None:
        raise Http404
    before, form = unit.name, UnitNameForm(request.POST)
    if form.is_valid():
        with errors_to(form):
            actions.rename_unit(unit, form.cleaned_data["name"], actor_id=request.user.id)
    if not request.htmx:
        return redirect("units")
    error = next((str(e) for errors in form.errors.values() for e in errors), "")
    facts = {"branch": Branch(unit, unit.path.count("/") - 2), "error": error, "before": before}
    facts |= {"typed": request.POST.get("name", "")[:200] if error else unit.name, "is_saved": not error}
    return render(request, "console/people/unit_row.html", facts, status=422 if error else 200)
