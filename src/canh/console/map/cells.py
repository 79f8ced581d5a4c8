"""The ground of the map: each ward as a polygon, its own or an approximate one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Count, Max

from canh.accounts.models import Area
from canh.accounts.queries import areas_now
from canh.accounts.terms import AreaKind
from canh.kit.geo import Point, voronoi_cells

RADIUS_KM = 6
DRAWN = (AreaKind.WARD, AreaKind.COMMUNE)
Ring = list[list[float]]


def area_cells() -> dict[str, Any]:
    """All areas of today with their outlines; `approximate` when one of them has only a centre."""
    found = areas_now().filter(kind__in=DRAWN)
    mark = found.order_by().aggregate(n=Count("id"), last=Max("id"), drawn=Count("polygon"))
    return _cells(tuple(mark.values()))


@lru_cache(maxsize=4)
def _cells(_mark: tuple[object, ...]) -> dict[str, Any]:
    """`_mark` changes with the areas, so that they are read and cut again."""
    areas = [a for a in areas_now().filter(kind__in=DRAWN) if a.polygon or (a.lat is not None and a.lon is not None)]
    rough = _rough_rings(areas)
    cells = [
        {"name": a.name, "at": [a.lat, a.lon], "rings": rings_of(a.polygon) if a.polygon else rough[a.id]}
        for a in areas
    ]
    return {"areas": cells, "approximate": any(not a.polygon for a in areas)}


def _rough_rings(areas: list[Area]) -> dict[int, list[Ring]]:
    """Cells of the centres. Areas with a border of their own take part, so that the others end there."""
    centred = [a for a in areas if a.lat is not None and a.lon is not None]
    centres: list[Point] = [(a.lat or 0.0, a.lon or 0.0) for a in centred]
    outlines = voronoi_cells(centres, RADIUS_KM)
    return {
        area.id: [[[round(lat, 5), round(lon, 5)] for lat, lon in outline]]
        for area, outline in zip(centred, outlines, strict=True)
    }


def rings_of(geometry: dict[str, Any]) -> list[Any]:
    """GeoJSON (longitude first) to what Leaflet draws (latitude first)."""
    if geometry["type"] == "MultiPolygon":
        return [_turned(polygon) for polygon in geometry["coordinates"]]
    return _turned(geometry["coordinates"])


def _turned(polygon: list[list[list[float]]]) -> list[Ring]:
    return [[[lat, lon] for lon, lat, *_height in ring] for ring in polygon]
