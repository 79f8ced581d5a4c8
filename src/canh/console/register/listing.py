"""The list of premises: search as you type, filters, pages, and the same as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from canh.accounts import queries as accounts
from canh.alarms import queries as alarms
from canh.console.access import KEEPERS, STAFF, Request, allow
from canh.console.cells import plain
from canh.intake import queries as intake
from canh.sites import queries
from canh.sites.terms import SiteKind

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from canh.accounts.models import Area
    from canh.sites.models import Site

PER_PAGE = 50
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Row:
    site: Site
    priority: int | None
    """Most urgent open alarm."""
    heard_at: datetime | None
    accounts: list[str]
    """Of its working panels."""


@allow(*STAFF)
@require_safe
def sites(request: Request) -> HttpResponse:
    """The page; htmx gets the rows only."""
    found = _found(request).select_related("unit", "area").prefetch_related("panels")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    facts = {"rows": _rows(request, page), "page": page, "q": request.GET.get("q", ""), **_links(request)}
    if request.htmx:
        return render(request, "console/register/rows.html", facts)
    return render(request, "console/register/sites.html", {**facts, **_filters(request)})


def _found(request: Request) -> QuerySet[Site]:
    found = queries.search(request.viewer, request.GET.get("q", "")[:LONGEST_SEARCH])
    if (kind := request.GET.get("kind")) in SiteKind.values:
        found = found.filter(kind=kind)
    if (area := request.GET.get("area", "")).isdecimal() and len(area) < 20:
        found = found.filter(area__path__contains=f"/{area}/")
    return found


def _rows(request: Request, page: Page[Site]) -> list[Row]:
    shown = list(page)
    worst = alarms.open_by_site(request.viewer) if shown else {}
    heard = intake.last_heard([site.id for site in shown]) if shown else {}
    return [Row(site, worst.get(site.id), heard.get(site.id), _accounts(site)) for site in shown]


def _accounts(site: Site) -> list[str]:
    return [panel.account for panel in site.panels.all() if panel.retired_at is None]


def _links(request: Request) -> dict[str, Any]:
    """Addresses of this list with its filters, and the account a panel is looked for, if any."""
    kept = request.GET.copy()
    kept.pop("page", None)
    return {
        "filters": kept.urlencode(),
        "account": request.GET.get("account", "")[:16],
        "may_add": request.viewer.has(*KEEPERS),
        "is_filtered": any(request.GET.get(name) for name in ("q", "kind", "area")),
    }


def _filters(request: Request) -> dict[str, Any]:
    return {
        "kinds": SiteKind.choices,
        "kind": request.GET.get("kind", ""),
        "areas": _areas_in_use(request),
        "area": request.GET.get("area", ""),
    }


def _areas_in_use(request: Request) -> list[Area]:
    """Only areas that have premises this person sees: 126 empty choices help nobody."""
    used = queries.visible_to(request.viewer).values("area")
    return sorted(accounts.areas_now().filter(id__in=used), key=lambda area: area.folded)


@allow(*STAFF)
@require_safe
def export(request: Request) -> StreamingHttpResponse:
    """What the list shows, all pages, as a file that spreadsheet programs open."""
    found = _found(request).select_related("unit", "area").prefetch_related("panels")
    response = StreamingHttpResponse(_lines(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="canh-sites.csv"'
    return response


class _Echo:
    """A file that hands each written line straight back."""

    def write(self, line: str) -> str:
        return line


def _lines(found: QuerySet[Site]) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    yield "\ufeff"  # spreadsheet programs take UTF-8 for what it is only with this mark
    yield writer.writerow([_("Name"), _("Kind"), _("Unit"), _("Area"), _("Address"), _("Latitude"),
                           _("Longitude"), _("Panel accounts"), _("On the register since")])  # fmt: skip
    for site in found.iterator(chunk_size=500):
        yield writer.writerow([plain(cell) if isinstance(cell, str) else cell for cell in _cells(site)])


def _cells(site: Site) -> list[Any]:
    return [
        site.name, site.get_kind_display(), site.unit.name, site.area.name if site.area else "",
        site.address, site.lat, site.lon, " ".join(_accounts(site)), localtime(site.created_at).strftime("%d/%m/%Y"),
    ]  # fmt: skip
