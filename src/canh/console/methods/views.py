"""The catalogue of methods, and which of them a narrative tells of."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from canh.console.access import STAFF, Request, allow
from canh.console.forms import Form
from canh.incidents import queries_methods as queries

if TYPE_CHECKING:
    from canh.incidents.methods import Method

GROUPS = {
    "snatching": gettext_lazy("Snatching"),
    "robbery": gettext_lazy("Robbery"),
    "theft": gettext_lazy("Theft"),
}
SEASONS = {
    "tet": gettext_lazy("before Tết"),
    "payday": gettext_lazy("pay days"),
    "gold_day": gettext_lazy("day of the god of wealth"),
    "summer": gettext_lazy("summer holidays"),
    "holidays": gettext_lazy("public holidays"),
    "rain": gettext_lazy("rainy season"),
}


class NarrativeForm(Form):
    narrative = forms.CharField(
        label=gettext_lazy("What happened"), max_length=5000, widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("It is read for the suggestion and not kept."),
    )  # fmt: skip


@allow(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Request) -> HttpResponse:
    """All methods; with a narrative, the likeliest first."""
    form = NarrativeForm(request.POST or None)
    is_asked = request.method == "POST" and form.is_valid()
    found = queries.suggested(form.cleaned_data["narrative"]) if is_asked else []
    groups = [
        (GROUPS[name], [_told(method) for method in methods])
        for name, methods in groupby(sorted(queries.catalogue(), key=_by_group), key=lambda method: method.group)
    ]
    facts = {
        "form": form, "is_asked": is_asked, "groups": groups,
        "suggestions": [(_told(one.method), one.because) for one in found],
    }  # fmt: skip
    return render(request, "console/methods/page.html", facts)


def _by_group(method: Method) -> int:
    return list(GROUPS).index(method.group)


def _told(method: Method) -> dict[str, object]:
    """A method in the language of the page, its fields with their labels."""
    told = method.in_language(get_language() or "vi")
    fields = [
        (gettext_lazy("Whom it hits"), told.target), (pgettext_lazy("place", "Where"), told.place),
        (pgettext_lazy("time", "When"), told.time), (gettext_lazy("Vehicle"), told.vehicle),
        (gettext_lazy("How they do it"), told.how), (gettext_lazy("What to do"), told.advice),
    ]  # fmt: skip
    return {
        "id": method.id, "name": told.name, "fields": fields, "sources": method.sources,
        "seasons": [SEASONS[season] for season in method.seasons], "is_confirmed": method.is_confirmed,
    }  # fmt: skip


def names() -> list[str]:
    """What the methods are called in the language of the page, for the field of a case."""
    return [method.in_language(get_language() or "vi").name for method in queries.catalogue()]
