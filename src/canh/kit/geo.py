"""Plane geometry of a city: distances and Voronoi cells, good to a few parts in a thousand."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]  # (latitude, longitude), degrees WGS 84
KM_PER_DEGREE = 111.32


def distance_km(a: Point, b: Point) -> float:
    """Flat-earth distance; wrong by less than 0.1 % within one city."""
    scale = math.cos(math.radians((a[0] + b[0]) / 2))
    return KM_PER_DEGREE * math.hypot(a[0] - b[0], (a[1] - b[1]) * scale)


def voronoi_cells(centres: Sequence[Point], radius_km: float) -> list[list[Point]]:
    """For each centre the ground nearer to it than to any other, at most `radius_km` away.

    1. Start with a circle (24 corners) around the centre.
    2. For each other centre, nearest first, cut off the half beyond the perpendicular bisector.
    3. Stop when the next centre is too far away to cut anything (twice the radius).
    """
    if not centres:
        return []
    scale = math.cos(math.radians(sum(lat for lat, _ in centres) / len(centres)))
    flat = [(lon * scale * KM_PER_DEGREE, lat * KM_PER_DEGREE) for lat, lon in centres]
    cells = []
    for i, own in enumerate(flat):
        cell = _circle(own, radius_km)
        others = sorted((math.dist(own, other), other) for j, other in enumerate(flat) if j != i)
        for distance, other in others:
            if distance >= 2 * radius_km:
                break
            if distance > 0:
                cell = _keep_nearer(cell, own, other)
        cells.append([(y / KM_PER_DEGREE, x / (scale * KM_PER_DEGREE)) for x, y in cell])
    return cells


def _circle(centre: tuple[float, float], radius: float, corners: int = 24) -> list[tuple[float, float]]:
    turns = (2 * math.pi * k / corners for k in range(corners))
    return [(centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t)) for t in turns]


def _keep_nearer(
    polygon: list[tuple[float, float]], own: tuple[float, float], other: tuple[float, float]
) -> list[tuple[float, float]]:
    """Clip a convex polygon to the side of the bisector where `own` lies (Sutherland-Hodgman)."""
    middle = ((own[0] + other[0]) / 2, (own[1] + other[1]) / 2)
    normal = (other[0] - own[0], other[1] - own[1])

    def beyond(p: tuple[float, float]) -> float:
        return (p[0] - middle[0]) * normal[0] + (p[1] - middle[1]) * normal[1]

    kept: list[tuple[float, float]] = []
    for before, after in zip(polygon[-1:] + polygon[:-1], polygon, strict=True):
        a, b = beyond(before), beyond(after)
        if (a > 0) != (b > 0):
            t = a / (a - b)
            kept.append((before[0] + t * (after[0] - before[0]), before[1] + t * (after[1] - before[1])))
        if b <= 0:
            kept.append(after)
    return kept
