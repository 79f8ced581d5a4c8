"""The map page and its data."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from canh.accounts.queries import Viewer
from canh.alarms import queries
from canh.alarms.terms import State
from canh.console.access import STAFF, Request, allow
from canh.console.desk import wording
from canh.console.map.cells import area_cells
from canh.kit import clock
from canh.sites import queries as sites

LISTED = 100


@allow(*STAFF)
@require_GET
def map_page(request: Request) -> HttpResponse:
    """The whole map, and beside it the sites with open alarms as a list for the keyboard."""
    alarms = list(queries.open_alarms(request.viewer)[:LISTED])
    facts = {
        "lines": [(alarm, wording.alarm_title(alarm)) for alarm in alarms],
        "counts": [(p, sum(a.priority == p for a in alarms if a.state == State.UNACKNOWLEDGED)) for p in (1, 2, 3)],
        "may_act": queries.may_act(request.viewer),
        "now_ms": clock.now_us() // 1000,
    }
    return render(request, "console/map/page.html", facts)


@allow(*STAFF)
@require_GET
def areas_json(request: Request) -> HttpResponseBase:
    """Outlines of wards and communes."""
    return _json(request, area_cells())


@allow(*STAFF)
@require_GET
def sites_json(request: Request) -> HttpResponseBase:
    """Visible sites that have a position. Unchanged register, unchanged rights: 304 without reading them."""
    tag = _sites_tag(request.viewer)
    if request.headers.get("If-None-Match") == tag:
        return _fresh(HttpResponseNotModified(), tag)
    return _fresh(HttpResponse(_encode(_site_rows(request.viewer)), content_type="application/json"), tag)


def _sites_tag(viewer: Viewer) -> str:
    scope = [viewer.sees_all, sorted(viewer.unit_paths), sorted(viewer.area_paths)]
    text = json.dumps([sites.directory_revision(), scope])
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def _site_rows(viewer: Viewer) -> dict[str, Any]:
    """Rows instead of objects, area names once: ten thousand sites are a third of the bytes."""
    found = sites.visible_to(viewer).filter(closed_at__isnull=True, lat__isnull=False)
    names: dict[str, int] = {}
    rows = []
    for site_id, name, kind, lat, lon, area in found.values_list("id", "name", "kind", "lat", "lon", "area__name"):
        index = names.setdefault(area, len(names)) if area else -1
        rows.append([str(site_id), name, kind, lat, lon, index])
    return {"columns": ["id", "name", "kind", "lat", "lon", "area"], "areas": list(names), "rows": rows}


def _json(request: Request, body: dict[str, Any]) -> HttpResponseBase:
    text = _encode(body)
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'
    if request.headers.get("If-None-Match") == tag:
        return _fresh(HttpResponseNotModified(), tag)
    return _fresh(HttpResponse(text, content_type="application/json"), tag)


def _fresh(response: HttpResponse, tag: str) -> HttpResponse:
    """The browser may keep it, but asks each time."""
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie"])
    return response


def _encode(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
