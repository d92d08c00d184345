"""The drawing of clusters."""

from __future__ import annotations

from math import dist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop_site.schools.map_models import MARGIN, TALLEST, WIDTH, Drawing, MapSchool, draw


def school(easting: int | None, northing: int | None, key: int = 1) -> MapSchool:
    return MapSchool(key, "Elm", "Larkton", "Primary", 1, easting, northing)


def drawn(*places: tuple[int, int]) -> Drawing:
    drawing = draw([school(*place, key) for key, place in enumerate(places)])
    assert drawing is not None
    return drawing


class TestDraw:
    def test_north_is_up_and_east_is_right(self) -> None:
        south_west, north_east = drawn((380_000, 405_000), (384_000, 409_000)).points
        assert south_west.x < north_east.x and south_west.y > north_east.y

    def test_both_axes_have_one_scale(self) -> None:
        corner, east, north = drawn((0, 0), (4000, 0), (0, 3000)).points
        across = dist((corner.x, corner.y), (east.x, east.y))
        up = dist((corner.x, corner.y), (north.x, north.y))
        assert across / up == pytest.approx(4 / 3, rel=0.01)

    def test_the_bar_has_the_scale_of_the_points(self) -> None:
        drawing = drawn((0, 0), (9000, 0))
        left, right = drawing.points
        assert drawing.bar / drawing.bar_metres == pytest.approx(
            (right.x - left.x) / 9000, rel=0.01
        )
        assert drawing.bar_metres == 2000

    def test_a_school_without_a_place_is_left_out(self) -> None:
        drawing = draw([school(1, None), school(None, 1), school(100, 100)])
        assert drawing is not None and len(drawing.points) == 1

    def test_nothing_placed_is_nothing(self) -> None:
        assert draw([school(None, None)]) is None and draw([]) is None

    @given(st.lists(st.tuples(st.integers(0, 999_999), st.integers(0, 1_999_999)), min_size=1))
    def test_every_point_lies_inside_the_box(self, places: list[tuple[int, int]]) -> None:
        drawing = drawn(*places)
        assert drawing.height <= TALLEST + 1
        for point in drawing.points:
            assert MARGIN - 1 <= point.x <= WIDTH - MARGIN + 1
            assert MARGIN - 1 <= point.y <= drawing.height - MARGIN + 1
