"""What an acting user says of themselves, without a database."""

from __future__ import annotations

from datetime import date

import pytest

from cop_site.accounts.acting_models import ActingUser, HeldSchoolRole
from cop_site.accounts.models import SchoolRoleKind, Standing

SENCO = SchoolRoleKind.SENCO
BEGAN, JULY, AUGUST = date(2025, 9, 1), date(2027, 7, 31), date(2027, 8, 31)


def held(school_id: int, ends_on: date | None = None, **more: Standing) -> HeldSchoolRole:
    return HeldSchoolRole(school_id, f"School {school_id}", SENCO, BEGAN, ends_on=ends_on, **more)


def user(*roles: HeldSchoolRole) -> ActingUser:
    return ActingUser(1, 1, "Somebody", "s@school.example", school_roles=roles)


class TestDescribesAs:
    def test_says_how_the_post_is_held_and_how_many_schools_more(self) -> None:
        acting = user(held(1, standing=Standing.ACTING), held(2))
        assert acting.describes_as == "Acting SENCO, School 1 and 1 more"


class TestLastDayAt:
    @pytest.mark.parametrize(
        ("ends", "last"),
        [
            ((None,), None),
            ((JULY,), JULY),
            ((JULY, AUGUST), AUGUST),
            ((AUGUST, JULY), AUGUST),
            ((JULY, None), None),
        ],
    )
    def test_is_the_latest_end_and_none_while_one_has_none(
        self, ends: tuple[date | None, ...], last: date | None
    ) -> None:
        assert user(*(held(1, end) for end in ends), held(2)).last_day_at(1) == last

    def test_of_another_school_is_none(self) -> None:
        assert user(held(1, JULY)).last_day_at(2) is None
