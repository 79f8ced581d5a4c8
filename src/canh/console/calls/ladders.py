"""Ladders: which hold, one of a unit or site written or changed, one removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from canh.accounts import queries as accounts
from canh.accounts.queries import people_by_id
from canh.accounts.queries_contacts import called_people
from canh.alarms.terms import Priority
from canh.console import flash
from canh.console.access import KEEPERS, Request, allow
from canh.console.calls import wording
from canh.console.forms import Form, choose_from, errors_to
from canh.console.register.scope import keeper, kept_site
from canh.guards.actions import Place
from canh.kit import clock
from canh.response import queries, rules
from canh.response.actions import remove_ladder, write_ladder
from canh.response.rules import Rung
from canh.response.terms import Target

if TYPE_CHECKING:
    from canh.response.models import Ladder
    from canh.sites.models import Site

NUMBERS = range(1, rules.MOST_RUNGS + 1)


class LadderForm(Form):
    """One rung a line; a line without a target is no rung."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    unit: Any = forms.ModelChoiceField(None, label=pgettext_lazy("place", "For"), empty_label=gettext_lazy("Choose…"))
    priority = forms.TypedChoiceField(label=gettext_lazy("Alarms of priority"), choices=Priority.choices, coerce=int)
    rounds = forms.IntegerField(label=gettext_lazy("How often it is climbed while nobody comes"), min_value=1,
                                max_value=rules.MOST_ROUNDS, initial=2)  # fmt: skip
    again_s = forms.IntegerField(label=gettext_lazy("Seconds until the next round"), min_value=60,
                                 max_value=rules.LONGEST_S, initial=300)  # fmt: skip

    def __init__(self, request: Request, data: Any = None, *, site: Site | None = None, ladder: Ladder | None = None,
                 ) -> None:  # fmt: skip
        super().__init__(data, initial=_initial(ladder) if ladder else _proposal())
        viewer = keeper(request)
        people = called_people(viewer)
        for n in NUMBERS:
            self._rung_fields(n, people)
        if ladder or site:
            del self.fields["unit"]
        else:
            choose_from(self, "unit", accounts.units_within(viewer))
        if ladder:
            del self.fields["priority"]

    def _rung_fields(self, n: int, people: Any) -> None:
        none = [("", gettext_lazy("no rung"))]
        self.fields[f"who_{n}"] = forms.ChoiceField(label=gettext_lazy("Whom"), choices=none + Target.choices,
                                                    required=False)  # fmt: skip
        self.fields[f"wait_{n}"] = forms.IntegerField(label=gettext_lazy("Wait, seconds"), min_value=0,
                                                      max_value=rules.LONGEST_S, required=False)  # fmt: skip
        self.fields[f"person_{n}"] = forms.ModelChoiceField(None, label=gettext_lazy("Which person"), required=False,
                                                            empty_label="—")  # fmt: skip
        self.fields[f"topic_{n}"] = forms.CharField(label=gettext_lazy("Topic of the siren"), max_length=200,
                                                    required=False)  # fmt: skip
        choose_from(self, f"person_{n}", people)

    @property
    def lines(self) -> list[tuple[int, list[tuple[str, Any]]]]:
        parts = ("who", "wait", "person", "topic")
        return [(n, [(part, self[f"{part}_{n}"]) for part in parts]) for n in NUMBERS]

    def rungs(self) -> list[Rung]:
        data = self.cleaned_data
        return [_rung(data, n) for n in NUMBERS if data[f"who_{n}"]]


def _rung(data: dict[str, Any], n: int) -> Rung:
    who, person = Target(data[f"who_{n}"]), data[f"person_{n}"]
    return Rung(
        wait_s=data[f"wait_{n}"] or 0, who=who, person=person.id if person and who == Target.PERSON else None,
        topic=data[f"topic_{n}"].strip() if who == Target.SIREN else "",
    )  # fmt: skip


def _initial(ladder: Ladder) -> dict[str, Any]:
    found = {"name": ladder.name, "rounds": ladder.rounds, "again_s": ladder.again_s}
    return {**found, **_rung_values(rules.rungs_of(ladder.rungs))}


def _proposal() -> dict[str, Any]:
    """A new one begins as the built-in one of the gravest alarms."""
    return _rung_values(queries.built_in(clock.now().date())[Priority.URGENT].rungs)


def _rung_values(rungs: tuple[Rung, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for n, rung in enumerate(rungs, start=1):
        found |= {f"wait_{n}": rung.wait_s, f"who_{n}": rung.who, f"person_{n}": rung.person, f"topic_{n}": rung.topic}
    return found


@allow(*KEEPERS)
@require_safe
def page(request: Request) -> HttpResponse:
    own = list(queries.visible_to(keeper(request)))
    read = {row.id: rules.rungs_of(row.rungs) for row in own}
    names = people_by_id({r.person for rungs in read.values() for r in rungs if r.person})
    built_in = [(Priority(p), ladder, _lines(ladder.rungs, {}))
                for p, ladder in queries.built_in(clock.now().date()).items()]  # fmt: skip
    rows = [(row, _lines(read[row.id], names)) for row in own]
    return render(request, "console/calls/ladders.html", {"rows": rows, "built_in": built_in})


def _lines(rungs: tuple[Rung, ...], names: Any) -> list[str]:
    return [wording.rung_line(rung, names) for rung in rungs]


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: Request) -> HttpResponse:
    asked = request.GET.get("site", "")
    site = kept_site(request, int(asked)) if asked.isdecimal() and len(asked) < 20 else None
    form = LadderForm(request, request.POST or None, site=site)
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            place = Place(site, form.cleaned_data.get("unit"))
            _save(request, form, place, form.cleaned_data["priority"])
            return redirect("ladders")
    return _editor(request, form, site=site)


@allow(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Request, ladder_id: int) -> HttpResponse:
    ladder = _own(request, ladder_id)
    form = LadderForm(request, request.POST or None, ladder=ladder)
    if request.method == "POST" and form.is_valid():
        with errors_to(form):
            _save(request, form, Place(ladder.site, ladder.unit), ladder.priority)
            return redirect("ladders")
    return _editor(request, form, ladder=ladder)


def _editor(request: Request, form: LadderForm, **facts: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "console/calls/ladder.html", {"form": form, **facts}, status=status)


def _save(request: Request, form: LadderForm, place: Place, priority: int) -> None:
    data = form.cleaned_data
    write_ladder(place, priority, data["name"], form.rungs(), rounds=data["rounds"], again_s=data["again_s"],
                 by=request.user)  # fmt: skip
    flash.say(request, _("Saved. It holds for alarms that begin to wait from now on."))


def _own(request: Request, ladder_id: int) -> Ladder:
    found = queries.visible_to(keeper(request)).filter(id=ladder_id).first()
    if found is None:
        raise Http404
    return found


@allow(*KEEPERS)
@require_POST
def remove(request: Request, ladder_id: int) -> HttpResponse:
    ladder = _own(request, ladder_id)
    remove_ladder(ladder, by=request.user)
    flash.say(request, _("Removed: %(name)s. The one above it holds.") % {"name": ladder.name})
    return redirect("ladders")
