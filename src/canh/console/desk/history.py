"""Alarms that were closed: looked through, and taken along as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.http import require_GET

from canh.accounts.queries import Viewer
from canh.alarms import queries
from canh.alarms.models import Alarm
from canh.alarms.terms import CloseReason, State
from canh.console.access import STAFF, Request, allow
from canh.console.cells import plain
from canh.console.desk import wording
from canh.intake.terms import Kind
from canh.kit.text import fold

PER_PAGE = 50
CHUNK = 500
COLUMNS = (
    _("Number"), _("Kind"), _("Alarm"), _("Site"), _("Area"), _("Priority"), _("Drill"), _("Received"),
    _("Shown"), _("Acknowledged"), _("Acknowledged by"), _("Back to normal"), _("Closed"), _("Closed by"),
    _("Reason"), _("Times reported"),
)  # fmt: skip


class FilterForm(forms.Form):
    """What to look for. An empty field does not narrow anything."""

    q = forms.CharField(required=False, label=_("Site"), max_length=100)
    site = forms.IntegerField(required=False, widget=forms.HiddenInput)
    since = forms.DateField(required=False, label=_("From"), widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(required=False, label=_("To"), widget=forms.DateInput({"type": "date"}))
    kind = forms.ChoiceField(required=False, label=_("Kind"))
    reason = forms.ChoiceField(required=False, label=_("Reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("kind", Kind.choices), ("reason", CloseReason.choices)):
            self.fields[name].choices = [("", _("All")), *choices]  # type: ignore[attr-defined]


def closed_alarms(viewer: Viewer, wanted: dict[str, Any]) -> QuerySet[Alarm]:
    """Closed alarms this person may see, newest closing first."""
    found = queries.visible_to(viewer).filter(state=State.CLOSED)
    for word in fold(wanted.get("q") or "").split():
        found = found.filter(site__folded__contains=word)
    lookups = {"site": "site", "kind": "kind", "reason": "close_reason"}
    found = found.filter(**{lookups[name]: wanted[name] for name in lookups if wanted.get(name)})
    if since := wanted.get("since"):
        found = found.filter(received_at__gte=_midnight(since))
    if until := wanted.get("until"):
        found = found.filter(received_at__lt=_midnight(until + timedelta(days=1)))
    return found.select_related("site__area", "acknowledged_by", "closed_by").order_by("-closed_at", "-id")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@allow(*STAFF)
@require_GET
def history(request: Request) -> HttpResponse:
    """The list, a page at a time."""
    form = FilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = Paginator(closed_alarms(request.viewer, wanted), PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    lines = [(alarm, wording.alarm_title(alarm)) for alarm in page]
    return render(
        request, "console/desk/history.html", {"form": form, "page": page, "lines": lines, "query": query.urlencode()}
    )


@allow(*STAFF)
@require_GET
def history_csv(request: Request) -> HttpResponse:
    """All that fits the filter, for a spreadsheet."""
    form = FilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    lines = csv_lines(closed_alarms(request.viewer, wanted), request.LANGUAGE_CODE)
    return HttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="canh-alarms.csv"'},
    )


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(alarms: QuerySet[Alarm], language: str) -> Iterator[str]:
    """Begins with a byte order mark: without it spreadsheets garble Vietnamese."""
    writer = csv.writer(_Echo())
    with override(language):
        yield "\ufeff" + writer.writerow([str(name) for name in COLUMNS])
        for alarm in alarms.iterator(chunk_size=CHUNK):
            yield writer.writerow([text_of(cell) for cell in cells(alarm)])


def cells(alarm: Alarm) -> list[object]:
    return [
        alarm.id, alarm.get_kind_display(), wording.alarm_title(alarm), alarm.site, alarm.site.area,
        f"P{alarm.priority}", alarm.is_drill, alarm.received_at, alarm.shown_at, alarm.acknowledged_at,
        alarm.acknowledged_by, alarm.returned_at, alarm.closed_at, alarm.closed_by,
        alarm.get_close_reason_display(), alarm.count,
    ]  # fmt: skip


def text_of(cell: object) -> str:
    """Text of a cell."""
    if cell is None or cell is False:
        return ""
    if isinstance(cell, datetime):
        return timezone.localtime(cell).isoformat(sep=" ", timespec="milliseconds")
    return "1" if cell is True else plain(str(cell))
