"""For whom there is a place, without a database."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cop_site.bookings.place_rules import Claim, Queue, Room

OAK, ELM = Claim(frozenset({1})), Claim(frozenset({2}))
NEW = Claim(frozenset({9}), is_new=True)
CLAIMS = st.builds(Claim, st.frozensets(st.integers(1, 5), min_size=1, max_size=2), st.booleans())


class TestLimitForASchool:
    def test_stops_the_school_and_nobody_else(self) -> None:
        room = Room(5, school_limit=1)
        room.give(OAK)
        assert not room.has_place_for(OAK)
        assert room.has_place_for(ELM)

    def test_stops_whoever_names_one_such_school_of_several(self) -> None:
        room = Room(5, school_limit=1)
        room.give(OAK)
        assert not room.has_place_for(Claim(frozenset({1, 2})))

    def test_counts_the_whole_event(self) -> None:
        at_school: Counter[int] = Counter()
        hall, online = Room(5, school_limit=1, at_school=at_school), Room(5, school_limit=1)
        online.at_school = at_school
        hall.give(OAK)
        assert not online.has_place_for(OAK)

    def test_without_a_limit_of_places_still_holds(self) -> None:
        room = Room(None, school_limit=1)
        room.give(OAK)
        assert not room.has_place_for(OAK)


class TestHeldPlaces:
    def test_are_for_new_schools_only(self) -> None:
        room = Room(3, held=2)
        assert room.has_place_for(OAK)
        room.give(OAK)
        assert not room.has_place_for(OAK)
        assert room.has_place_for(NEW)

    def test_taken_by_new_schools_are_kept_no_longer(self) -> None:
        room = Room(3, held=1)
        room.give(NEW)
        assert room.kept == 0
        room.give(OAK)
        assert room.has_place_for(OAK)

    def test_full_is_full_for_new_schools_too(self) -> None:
        room = Room(1, held=5)
        room.give(NEW)
        assert (room.kept, room.has_place_for(NEW)) == (0, False)


class TestQueue:
    def test_nobody_passes_those_for_whom_there_is_a_place(self) -> None:
        assert Queue(Room(5), {1: OAK}).must_wait(ELM)

    def test_those_whom_a_rule_stops_are_passed(self) -> None:
        room = Room(5, school_limit=1)
        room.give(OAK)
        assert not Queue(room, {1: OAK}).must_wait(ELM)
        assert not Queue(Room(1, held=1), {1: OAK}).must_wait(NEW)

    def test_of_one_school_only_the_first_is_chosen(self) -> None:
        assert Queue(Room(5, school_limit=1), {1: OAK, 2: OAK, 3: ELM}).choose() == {1, 3}

    @given(
        capacity=st.integers(0, 6),
        held=st.integers(0, 4),
        limit=st.integers(1, 3),
        claims=st.lists(CLAIMS, max_size=12),
    )
    def test_never_over_whoever_comes(
        self, capacity: int, held: int, limit: int, claims: list[Claim]
    ) -> None:
        room = Room(capacity, held, limit)
        chosen = Queue(room, dict(enumerate(claims))).choose()
        given_to = [claims[number] for number in chosen]
        at_school = Counter(id_ for claim in given_to for id_ in claim.school_ids)
        assert len(given_to) <= capacity
        assert all(count <= limit for count in at_school.values())
        assert sum(not claim.is_new for claim in given_to) <= max(0, capacity - held)
        left = [claim for number, claim in enumerate(claims) if number not in chosen]
        assert not any(room.has_place_for(claim) for claim in left), "none is left lying"
