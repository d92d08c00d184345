"""Finding resources: by words on both databases' own index, by facets, and their counts."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.db import db
from cop_site.toolkit import list_queries, word_queries
from cop_site.toolkit.list_queries import DRAFTS, REVIEW, WITHDRAWN, ResourceFilter
from cop_site.toolkit.models import Facet, VersionState
from tests.factories.toolkit import make_resource, make_version

WORDS = (
    *("communication", "interaction", "sensory", "transitions", "preparing", "emotional"),
    *("regulation", "attendance", "assessment", "planning", "reviewing", "identifying"),
    *("families", "anxiety", "writing", "vocabulary", "readiness", "provision", "accessibility"),
    *("cognition", "speaking", "behaviour", "wellbeing", "organisation", "running", "literacies"),
)
ODD = (
    *(
        '"',
        "'",
        "\\",
        "*",
        "(",
        ")",
        "NOT",
        "AND OR NOT",
        "NEAR(a b)",
        "a:b",
        "title:plan",
        "^plan",
    ),
    *("-plan", "plan*", "pl*n", '"plan', "plan & !", "!plan", "plan | ", "<->", ":*", "'':*", "%"),
    *("_", "{plan}", "[plan]", "plan;--", "' OR 1=1", "\u0000x"[1:], "²", "٣", "ﬁ", "計画", "🙂"),
    *(
        "e\u0301",
        "\u200b",
        "a" * 100,
        "a b " * 25,
        "+",
        "?",
        "~",
        "@",
        "@@",
        "$$",
        "1.5",
        "a/b-c_d",
    ),
)


def _find(words: str, **more: object) -> list[str]:
    narrowed = ResourceFilter(words, **more)  # type: ignore[arg-type]
    rows = list_queries.list_resources(narrowed, page=1, size=20)
    assert list_queries.count_facets(narrowed).found == len(rows)
    return [row.title for row in rows]


class TestWords:
    def test_finds_title_summary_and_guidance_by_stem(self, app: Flask) -> None:
        make_resource(title="Planning for change")
        make_resource(title="Second", summary="Make a plan together")
        make_resource(title="Third", guidance="It was **planned** in March")
        make_resource(title="Plaice")
        assert _find("plans") == ["Planning for change", "Second", "Third"]

    def test_ranks_the_title_before_the_summary_before_the_guidance(self, app: Flask) -> None:
        make_resource(title="A", guidance="attendance " * 40)
        make_resource(title="B", summary="Attendance and what helps: attendance again")
        make_resource(title="C attendance")
        assert _find("attendance") == ["C attendance", "B", "A"]

    def test_needs_every_word_and_takes_no_notice_of_small_ones(self, app: Flask) -> None:
        make_resource(title="Working with families")
        make_resource(title="Working alone")
        assert _find("the families and working") == ["Working with families"]
        assert _find("working nowhere") == []
        assert len(_find("the")) == 2, "nothing to look for is no search"

    @pytest.mark.parametrize("word", WORDS)
    def test_finds_from_the_third_letter_on_as_people_type(self, app: Flask, word: str) -> None:
        make_resource(title=f"About {word} in class")
        make_resource(title="Zebra xylophone")
        for length in range(3, len(word) + 1):
            assert _find(word[:length]) == [f"About {word} in class"], word[:length]
            assert _find(f"class {word[:length]}") == [f"About {word} in class"]

    def test_only_the_last_word_may_be_half_typed(self, app: Flask) -> None:
        make_resource(title="Sensory circuits")
        assert _find("sens circuits") == []
        assert _find("circuits sens") == ["Sensory circuits"]

    def test_a_whole_word_is_not_found_as_the_beginning_of_nothing(self, app: Flask) -> None:
        make_resource(title="A plan")
        assert _find("planet") == []

    def test_an_area_of_need_is_found_by_its_name_after_what_says_it(self, app: Flask) -> None:
        make_resource("communication_and_interaction", title="A")
        make_resource("communication_and_interaction", title="Communication, and B")
        make_resource("plan", title="C")
        assert _find("communicati") == ["Communication, and B", "A"]
        assert _find("Communication and interaction") == ["A", "Communication, and B"]
        assert _find("interaction communication") == []
        assert _find("plan") == [], "a stage is what one narrows by, not what one looks for"

    def test_signs_part_words(self, app: Flask) -> None:
        make_resource(title="Post-16 home/school self‑help")
        for words in ("post 16", "post-16", "16", "school", "home/school"):
            assert _find(words) == ["Post-16 home/school self‑help"], words

    @pytest.mark.parametrize("typed", ODD)
    def test_whatever_is_typed_is_no_error(self, app: Flask, typed: str) -> None:
        make_resource(title="A plan")
        _find(typed)
        _find(f"plan {typed}")

    def test_no_heap_of_signs_is_an_error(self, app: Flask) -> None:
        chance = Random(7)
        letters = "ab'\"*:()&|!<>-^\\%_{}[]~@. \tNOT𝒳é"
        for _ in range(150):
            _find("".join(chance.choice(letters) for _ in range(chance.randrange(1, 30))))

    def test_follows_the_text_when_it_changes(self, app: Flask) -> None:
        resource = make_resource(title="Marmalade")
        version = make_version(resource, 2, title="Draft", state=VersionState.DRAFT)
        assert _find("quince") == []
        version.title = "Quince"
        db.session.flush()
        assert _find("quince", shown=DRAFTS) == ["Quince"]
        assert _find("draft", shown=DRAFTS) == []

    def test_uses_the_index(self, app: Flask) -> None:
        sqlite = word_queries.is_sqlite()
        match = '"plan"' if sqlite else "'plan'"
        found = sa.select(word_queries.ranked(sqlite).c.id).params(match=match, pattern="%plan%")
        query = found.compile(db.engine, compile_kwargs={"literal_binds": True})
        if not sqlite:
            # A handful of rows is quicker read through; only what can be is asked here.
            db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        plan = db.session.connection().exec_driver_sql(f"{explain} {query}").all()
        assert ("VIRTUAL TABLE INDEX" if sqlite else "ix_resource_version_words") in str(plan)


class TestFacets:
    def _make(self) -> None:
        make_resource("semh", "assess", "targeted", "primary", title="A")
        make_resource("semh", "attendance", "plan", "targeted", "secondary", title="B")
        make_resource("attendance", "plan", "specialist", "primary", "secondary", title="C")
        make_resource("semh", "do", title="Draft", state=VersionState.DRAFT)

    def _counts(self, facet: Facet, words: str = "", **chosen: tuple[str, ...]) -> dict[str, int]:
        by = {Facet(name): keys for name, keys in chosen.items()}
        overview = list_queries.count_facets(ResourceFilter(words, by))
        return {one.key: one.total for one in overview.facets[facet] if one.total}

    def test_any_value_of_a_facet_and_all_facets(self, app: Flask) -> None:
        self._make()
        areas = {Facet.AREA: ("semh", "attendance")}
        assert _find("", chosen=areas) == ["A", "B", "C"]
        assert _find("", chosen={**areas, Facet.STAGE: ("plan",)}) == ["B", "C"]
        assert _find("", chosen={Facet.AREA: ("semh",), Facet.PHASE: ("secondary",)}) == ["B"]
        assert _find("", chosen={Facet.AREA: ("nowhere",)}) == []

    def test_counts_take_in_the_other_facets_but_not_their_own(self, app: Flask) -> None:
        self._make()
        assert self._counts(Facet.AREA) == {"semh": 2, "attendance": 2}
        assert self._counts(Facet.AREA, area=("semh",)) == {"semh": 2, "attendance": 2}
        assert self._counts(Facet.STAGE, area=("semh",)) == {"assess": 1, "plan": 1}
        assert self._counts(Facet.AREA, stage=("plan",)) == {"semh": 1, "attendance": 2}
        both = self._counts(Facet.PHASE, stage=("plan",), area=("semh",))
        assert both == {"secondary": 1}

    def test_counts_take_in_the_words(self, app: Flask) -> None:
        make_resource("semh", title="Calm corners")
        make_resource("semh", title="Visual timetables")
        assert self._counts(Facet.AREA, words="calm") == {"semh": 1}
        assert self._counts(Facet.AREA, words="nothing") == {}

    def test_each_count_is_what_choosing_it_gives(self, app: Flask) -> None:
        chance = Random(3)
        values = {facet: [one.key for one in rows] for facet, rows in _all_values().items()}
        for number in range(40):
            keys = [
                key for keys in values.values() for key in chance.sample(keys, chance.randint(0, 2))
            ]
            make_resource(*keys, title=f"{chance.choice(('Calm', 'Busy'))} {number}")
        for _ in range(12):
            chosen = {
                facet: tuple(chance.sample(keys, chance.randint(0, 2)))
                for facet, keys in values.items()
            }
            words = chance.choice(("", "calm"))
            overview = list_queries.count_facets(ResourceFilter(words, chosen))
            for facet, rows in overview.facets.items():
                for one in rows:
                    alone = ResourceFilter(words, {**chosen, facet: (one.key,)})
                    found = list_queries.list_resources(alone, page=1, size=100)
                    assert one.total == len(found)

    def test_lists_every_value_even_where_nothing_matches(self, app: Flask) -> None:
        overview = list_queries.count_facets(ResourceFilter("nothing"))
        assert [len(rows) for rows in overview.facets.values()] == [7, 4, 3, 4]


def _all_values() -> dict[Facet, list[list_queries.FacetCount]]:
    return list_queries.count_facets(ResourceFilter()).facets


class TestStates:
    def test_each_is_shown_apart_and_counted(self, app: Flask) -> None:
        today = clock.today()
        make_resource(title="Fresh", review_on=today)
        late = make_resource(title="Late", review_on=today - timedelta(days=1))
        make_version(late, 2, title="Late, new", state=VersionState.DRAFT)
        make_resource(title="Gone", state=VersionState.WITHDRAWN)
        back = make_resource(title="Went", state=VersionState.WITHDRAWN)
        make_version(back, 2, title="Came back")
        make_resource(title="Old draft", state=VersionState.DRAFT, review_on=today)
        assert _find("") == ["Came back", "Fresh", "Late"]
        assert _find("", shown=REVIEW) == ["Late"]
        assert _find("", shown=DRAFTS) == ["Late, new", "Old draft"]
        assert _find("", shown=WITHDRAWN) == ["Gone"]
        states = list_queries.count_facets(ResourceFilter()).states
        assert states == {"published": 3, "drafts": 2, "review": 1, "withdrawn": 1}

    def test_pages_are_in_order_and_complete(self, app: Flask) -> None:
        for number in range(25):
            make_resource(title=f"R{number:02}")
        pages = [
            [row.title for row in list_queries.list_resources(ResourceFilter(), page=n, size=10)]
            for n in (1, 2, 3, 4)
        ]
        assert [len(page) for page in pages] == [10, 10, 5, 0]
        assert [title for page in pages for title in page] == [
            f"R{number:02}" for number in range(25)
        ]
