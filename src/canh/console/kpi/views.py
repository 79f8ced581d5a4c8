"""The figures of the desk, each with the alarms behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from canh.alarms import queries_kpi as kpi
from canh.alarms import rules_kpi
from canh.alarms.terms import Priority
from canh.console.access import STAFF, Request, allow
from canh.console.desk import wording
from canh.kit import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from canh.alarms.models import Alarm

PER_PAGE = 50
DAYS = {
    1: gettext_lazy("24 hours"), 7: gettext_lazy("7 days"), 30: gettext_lazy("30 days"), 90: gettext_lazy("90 days"),
}  # fmt: skip
USUAL = 30
"""ISA-18.2 asks for 30 days at least."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the page."""

    name: str
    value: str
    wanted: str
    is_kept: bool | None
    """None: nothing to judge by."""
    behind: str = ""
    """The figure whose alarms can be looked at."""


def days_of(request: Request) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked.isdecimal() and len(asked) < 4 and int(asked) in DAYS else USUAL


def span_of(days: int) -> kpi.Span:
    now = clock.now()
    return kpi.Span(now - timedelta(days=days), now)


@allow(*STAFF)
@require_safe
def page(request: Request) -> HttpResponse:
    """Rates, times, sources, people; for how many days one chooses."""
    days = days_of(request)
    span, viewer = span_of(days), request.viewer
    table = kpi.kpi_table(span.until.date())
    rates = kpi.rates(viewer, span)
    sources = kpi.top_sources(viewer, span)
    facts = {
        "days": days, "choices": DAYS.items(), "table": table, "rates": rates,
        "figures": [*_rates(rates, table), *_times(request, span), *_nuisance(request, span, rates, sources, table)],
        "priorities": _priorities(kpi.by_priority(viewer, span), table),
        "sources": [(source, wording.alarm_title(source.alarm), percent(source.alarms / rates.alarms))
                    for source in sources],
        "floods": [(window, kpi.window_at(window)) for window in rates.floods[-20:]],
        "people": kpi.people(viewer, span),
    }  # fmt: skip
    return render(request, "console/kpi/page.html", facts)


def percent(share: float) -> str:
    return f"{wording.number(share * 100)} %"


def _rates(rates: rules_kpi.Rates, table: rules_kpi.KpiTable) -> list[Figure]:
    hour, most = wording.number(table.target_per_hour), wording.number(table.most_per_hour)
    fullest = f"window-{rates.peak_window}" if rates.peak_window is not None else ""
    return [
        Figure(_("Alarms an hour"), wording.number(rates.per_hour),
               _("%(hour)s as it should be, %(most)s at most") % {"hour": hour, "most": most},
               _kept(rates, rates.per_hour <= table.most_per_hour), "all"),
        Figure(_("Most alarms in 10 minutes"), str(rates.peak), _("%(n)s at most") % {"n": table.flood},
               _kept(rates, rates.peak <= table.flood), fullest),
        Figure(_("Share of time in a flood"), percent(rates.flood_share),
               _("less than %(share)s") % {"share": percent(table.flood_share)},
               _kept(rates, rates.flood_share < table.flood_share)),
    ]  # fmt: skip


def _kept(rates: rules_kpi.Rates, is_kept: bool) -> bool | None:
    """Where nothing rang, nothing was proved."""
    return is_kept if rates.alarms else None


def _times(request: Request, span: kpi.Span) -> list[Figure]:
    urgent, others = kpi.times(request.viewer, span)
    names = {0: _("Calls for help and fire taken within %(n)s s"), 1: _("Other alarms taken within %(n)s s")}
    made = []
    for place, group in enumerate((urgent, others)):
        for one in group:
            value = percent(one.share) if one.share is not None else _("none came")
            wanted = _("%(share)s at least") % {"share": percent(one.wanted)}
            kept = one.is_kept if one.alarms else None
            made.append(Figure(names[place] % {"n": one.within_s}, value, wanted, kept, "late"))
    return made


def _nuisance(
    request: Request, span: kpi.Span, rates: rules_kpi.Rates, sources: list[kpi.Source], table: rules_kpi.KpiTable
) -> list[Figure]:
    top = sum(source.alarms for source in sources) / rates.alarms if rates.alarms else None
    is_judged = rates.alarms >= kpi.TOP / table.top_share  # of fewer, ten alarms of ten sources are more than that
    chatter = kpi.chattering(request.viewer, span).count()
    stale = kpi.stale(request.viewer, span.until).count()
    return [
        Figure(_("Share of the ten sources that ring most"), percent(top) if top is not None else _("none came"),
               _("%(share)s at most") % {"share": percent(table.top_share)},
               top <= table.top_share if top is not None and is_judged else None),
        Figure(_("Chattering alarms"), str(chatter), _("%(n)s at most") % {"n": 0}, chatter == 0, "chatter"),
        Figure(_("Open for longer than a day"), str(stale), _("fewer than %(n)s") % {"n": table.stale},
               stale < table.stale, "stale"),
    ]  # fmt: skip


def _priorities(counts: dict[int, int], table: rules_kpi.KpiTable) -> list[tuple[int, Any, int, str, str]]:
    shares = rules_kpi.shares(counts)
    return [
        (p.value, p.label, counts.get(p.value, 0), percent(shares.get(p.value, 0)), percent(table.priorities[p.value]))
        for p in Priority
    ]


# ── Behind a figure ──────────────────────────────────────────────────────

Behind = Callable[[Request, kpi.Span], "QuerySet[Alarm]"]
BEHIND: dict[str, tuple[Any, Behind]] = {
    "all": (gettext_lazy("All that rang"), lambda r, span: kpi.counted(r.viewer, span)),
    "late": (gettext_lazy("Taken late, or not yet"),
             lambda r, span: kpi.late(r.viewer, span)),
    "chatter": (gettext_lazy("Chattering alarms"), lambda r, span: kpi.chattering(r.viewer, span)),
    "stale": (gettext_lazy("Open for longer than a day"), lambda r, span: kpi.stale(r.viewer, span.until)),
}  # fmt: skip


def _behind(name: str) -> tuple[Any, Behind] | None:
    kind, _dash, number = name.partition("-")
    if kind == "window" and number.isdecimal() and len(number) < 9:
        return _("Ten minutes of many alarms"), lambda r, span: kpi.in_window(r.viewer, span, int(number))
    return BEHIND.get(name)


@allow(*STAFF)
@require_safe
def behind(request: Request) -> HttpResponse:
    """The alarms that make a figure what it is."""
    found = _behind(request.GET.get("figure", ""))
    key = request.GET.get("source", "")[:200]
    if found is None and not key:
        raise Http404
    days = days_of(request)
    heading, alarms = found or (_("One source"), lambda r, span: kpi.counted(r.viewer, span).filter(key=key))
    rows = alarms(request, span_of(days)).select_related("site__area", "acknowledged_by").order_by("-id")
    query = request.GET.copy()
    query.pop("page", None)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    lines = [(alarm, wording.alarm_title(alarm)) for alarm in page]
    facts = {"heading": heading, "lines": lines, "page": page, "query": query.urlencode(), "days": days}
    return render(request, "console/kpi/behind.html", facts)
