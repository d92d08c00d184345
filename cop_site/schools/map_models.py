"""Where the schools of clusters lie, as points of a drawing. Knows no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cop_site.schools.models import name_phase

WIDTH = 900
TALLEST = 1200
MARGIN = 30
# Where all lie on one spot there is no span to scale by: then a kilometre is drawn.
LEAST_SPAN = 1000
STEPS = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True)
class MapSchool:
    """A school of a cluster with its place on the national grid, in metres; None where unknown."""

    school_id: int
    name: str
    town: str
    phase: str
    cluster_id: int
    easting: int | None
    northing: int | None

    @property
    def phase_name(self) -> str:
        return name_phase(self.phase)

    @property
    def is_placed(self) -> bool:
        return self.easting is not None and self.northing is not None


@dataclass(frozen=True)
class Point:
    """A school in the drawing: x to the right, y down."""

    school: MapSchool
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    """Points in a box ``width`` by ``height``, north up; the scale bar's length and its metres."""

    points: tuple[Point, ...]
    width: int
    height: int
    bar: float
    bar_metres: int


def draw(schools: Sequence[MapSchool]) -> Drawing | None:
    """The schools that have a place; None where none has. Both axes keep one scale."""
    known = [
        (one, one.easting, one.northing)
        for one in schools
        if one.easting is not None and one.northing is not None
    ]
    if not known:
        return None
    west, east = min(one[1] for one in known), max(one[1] for one in known)
    south, north = min(one[2] for one in known), max(one[2] for one in known)
    wide, tall = max(east - west, LEAST_SPAN), max(north - south, LEAST_SPAN)
    scale = min((WIDTH - 2 * MARGIN) / wide, (TALLEST - 2 * MARGIN) / tall)
    left = (WIDTH - (east - west) * scale) / 2
    height = round(tall * scale) + 2 * MARGIN
    top = (height - (north - south) * scale) / 2
    points = tuple(
        Point(one, round(left + (x - west) * scale, 1), round(top + (north - y) * scale, 1))
        for one, x, y in known
    )
    metres = max((step for step in STEPS if step <= wide / 3), default=STEPS[0])
    return Drawing(points, WIDTH, height, round(metres * scale, 1), metres)
