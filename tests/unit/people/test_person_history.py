"""What happened to a person, in plain words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cop_site.audit import Change
from cop_site.people.person_history import Names, tell

NAMES = Names(schools={1: "Oak"})


def say(**now: Any) -> str:
    change = Change(
        at=datetime(2026, 11, 10, 12, tzinfo=UTC),
        thing="person",
        thing_id=1,
        verb="role given",
        was={},
        now={"role": "senco", "school_id": 1, "starts_on": "2026-11-10", **now},
        reason="",
    )
    return tell(change, NAMES).sentence


class TestTell:
    @pytest.mark.parametrize(
        ("now", "what"),
        [
            ({}, "SENCO"),
            ({"standing": "acting"}, "Acting SENCO"),
            ({"standing": "interim"}, "Interim SENCO"),
            ({"standing": "of another age"}, "SENCO"),
            ({"role": "of another age", "standing": "acting"}, "of another age"),
        ],
    )
    def test_a_role_is_said_with_how_it_is_held(self, now: dict[str, str], what: str) -> None:
        assert say(**now) == f"{what} at Oak: from 10 November 2026"
