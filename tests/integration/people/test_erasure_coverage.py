"""A new column that names a person, or takes words, is erased or says here why not."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site.db import Base
from cop_site.people import sweep_queries
from cop_site.wiring import ERASE
from tests.support.whose import list_columns_about_somebody

# The row stays for what counts; the name goes from the one row that had it.
COUNTS = "counts, and leads to a row without a name"
# So does whoever did something: the columns of theirs end in "by_user_id".
SERVICE = "who has it still is not erased: it is ended first"
NAMES_NOBODY = {
    **dict.fromkeys(("mark.person_id", "download.person_id", "entry_worker.person_id"), COUNTS),
    **dict.fromkeys(("facilitator.person_id", "notice.person_id", "action.person_id"), COUNTS),
    **dict.fromkeys(("person.merged_into_id", "user.person_id", "resource.owner_id"), COUNTS),
    **dict.fromkeys(("service_role.person_id", "assignment.person_id"), SERVICE),
    "erasure_step.person_id": "goes with the step, once that is done",
    **dict.fromkeys(
        ("authority.contact_email", "authority.data_protection_email"), "the service's own"
    ),
}
# Of these the whole row goes, whatever it says.
GONE = {
    "erasure_step",
    *("sign_in", "one_time_link", "second_step", "recovery_code", "outside_identity"),
    *("unwanted_topic", "address_change"),
}
# Lists that administrators keep, facts that are public, and JSON of numbers.
SAYS_NOBODY = {
    *("school", "scope_school", "authority", "partner_service", "term"),
    *(
        "assignment_kind",
        "cluster_kind",
        "event_tag_value",
        "facet_value",
        "mark_kind",
        "scale",
        "scale_answer",
    ),
    *("support_kind", "support_theme"),
    *("cluster.name", "cluster_plan.moves", "housekeeping_run.ended", "school_import.counts"),
    *("scope.rule", "parked_form.path"),
}
EMPTIED = {"person.name", "user.password_hash", "join_request.name"}


def _columns() -> dict[str, Any]:
    return {
        f"{table.name}.{column.name}": column
        for table in Base.metadata.sorted_tables
        for column in table.columns
    }


def _covered() -> set[str]:
    return {column for one in ERASE for column in one.covers}


def _texts() -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table, columns in sweep_queries.list_tables()
        for column in columns
    }


def _takes_words(column: Any) -> bool:
    is_text = isinstance(column.type, sa.Text | sa.JSON) and not isinstance(column.type, sa.Enum)
    return is_text and not column.foreign_keys


class TestEveryColumn:
    def test_that_names_somebody_is_erased_or_excused(self) -> None:
        naming = list_columns_about_somebody()
        did = {name for name in naming if name.endswith("by_user_id")}
        excused = set(NAMES_NOBODY)
        assert naming - did - _covered() - _texts() - excused == set(), "neither"
        assert excused - naming == set(), "an excuse for what is not there"
        assert excused & _covered() == set(), "erased and excused"
        assert _covered() - set(_columns()) == set(), "erased, and not there"

    def test_that_takes_words_is_swept_or_excused(self) -> None:
        words = {name for name, column in _columns().items() if _takes_words(column)}
        left = words - _texts() - _covered() - EMPTIED - SAYS_NOBODY
        assert {name for name in left if name.split(".")[0] not in GONE | SAYS_NOBODY} == set()
