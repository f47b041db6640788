"""Functions on places: points are `latitude longitude [altitude [accuracy]]`, lines are points joined by `;`."""

from __future__ import annotations

import math
from itertools import pairwise

from desktop.survey.xpath.context import Context
from desktop.survey.xpath.functions.registry import MANY, function
from desktop.survey.xpath.functions.strings import texts_of
from desktop.survey.xpath.values import NAN, Value, number_of_text

EARTH_RADIUS = 6_378_100.0
"""Equatorial radius in metres, as JavaRosa takes it."""

Point = tuple[float, float]


def points_of(arguments: tuple[Value, ...]) -> list[Point] | None:
    """All points in the arguments, None when some text is no point."""
    found: list[Point] = []
    for text in texts_of(arguments):
        for part in text.split(";"):
            if not part.strip():
                continue
            pieces = part.split()
            if len(pieces) < 2:
                return None
            latitude, longitude = number_of_text(pieces[0]), number_of_text(pieces[1])
            if latitude != latitude or longitude != longitude:
                return None
            found.append((latitude, longitude))
    return found


@function("distance", least=1, most=MANY)
def distance(_context: Context, *arguments: Value) -> float:
    """Length in metres, to the centimetre, of the line through all points."""
    points = points_of(arguments)
    if points is None:
        return NAN
    return round(sum(_between(first, second) for first, second in pairwise(points)), 2)


def _between(first: Point, second: Point) -> float:
    latitude = math.radians(second[0] - first[0])
    longitude = math.radians(second[1] - first[1])
    share = (
        math.sin(latitude / 2) ** 2
        + math.cos(math.radians(first[0])) * math.cos(math.radians(second[0])) * math.sin(longitude / 2) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(max(0.0, share))))


@function("area", "enclosed-area", least=1)
def area(_context: Context, value: Value) -> float:
    """Area in square metres inside the line through all points (spherical strips under each edge)."""
    points = points_of((value,))
    if points is None or len(points) < 3:
        return 0.0
    if points[0] != points[-1]:
        points.append(points[0])
    total = 0.0
    for (latitude1, longitude1), (latitude2, longitude2) in pairwise(points):
        strip = 2 + math.sin(math.radians(latitude1)) + math.sin(math.radians(latitude2))
        total += math.radians(longitude2 - longitude1) * strip
    return round(abs(total * EARTH_RADIUS * EARTH_RADIUS / 2), 2)


@function("geofence", least=2)
def geofence(_context: Context, point: Value, fence: Value) -> bool:
    """Whether a point lies inside a closed shape (ray casting)."""
    places, corners = points_of((point,)), points_of((fence,))
    if not places or corners is None or len(corners) < 4 or corners[0] != corners[-1]:
        return False
    y, x = places[0]
    inside = False
    for (y1, x1), (y2, x2) in pairwise(corners):
        if (x1 > x) != (x2 > x) and y < (y2 - y1) * (x - x1) / (x2 - x1) + y1:
            inside = not inside
    return inside
