"""What a plan does to each cluster."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cop_site.schools.planning_models import Effect, Make, PlanSchool, work_out

CLUSTERS = (1, 2, None)


def school(key: int, cluster_id: int | None, pupils: int | None = 100, phase: str = "Primary"):
    return PlanSchool(key, f"School {key}", "Larkton", phase, pupils, cluster_id)


def effects_of(schools: list[PlanSchool], moves: dict[int, int | None]) -> list[Effect]:
    """``makes`` counted one by one, as the database counts them in one go."""
    makes: dict[int | None, Make] = {key: Make() for key in CLUSTERS}
    for one in schools:
        makes[one.cluster_id].add(one)
    known = {one.school_id: one for one in schools}
    return work_out(makes, known, {key: to for key, to in moves.items() if key in known})


class TestWorkOut:
    def test_counts_schools_pupils_and_phases_before_and_after(self) -> None:
        schools = [school(1, 1), school(2, 1, None), school(3, 2, 50, "Not applicable")]
        one, two, none = effects_of(schools, {2: 2, 3: None})
        assert (one.before.schools, one.after.schools) == (2, 1)
        assert (one.before.pupils, one.before.uncounted) == (100, 1)
        assert two.after.phases == {"Primary": 1}
        assert none.after.named_phases == [("Special, independent or other", 1)]
        assert none.before.schools == 0

    @given(
        st.lists(st.tuples(st.sampled_from(CLUSTERS), st.integers(0, 2000) | st.none())),
        st.dictionaries(st.integers(0, 20), st.sampled_from(CLUSTERS)),
    )
    def test_nothing_is_lost_on_the_way(
        self, made: list[tuple[int | None, int | None]], moves: dict[int, int | None]
    ) -> None:
        schools = [school(key, cluster, pupils) for key, (cluster, pupils) in enumerate(made)]
        effects = effects_of(schools, moves)
        for name in ("schools", "pupils", "uncounted"):
            before = sum(getattr(effect.before, name) for effect in effects)
            assert before == sum(getattr(effect.after, name) for effect in effects)
        assert sum(effect.before.schools for effect in effects) == len(schools)
