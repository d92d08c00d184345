"""What a register file would change, and what is written of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.schools.import_services import ImportPlan, apply_import, plan_import, read_file
from cop_site.schools.models import School, SchoolImport, SchoolStatus
from cop_site.schools.register_file import FIELDS, Register
from tests.conftest import NOON
from tests.factories.register import CLOSED, OPEN, PROPOSED_TO_CLOSE, Row, make_row, write_register
from tests.factories.schools import make_school
from tests.support.statements import count_statements

Load = Callable[..., Register]

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write rows as a register file and read it."""

    def load(*rows: Row, la_code: str = "999") -> Register:
        return read_file(write_register(tmp_path / "register.csv", *rows), la_code)

    return load


def make_rows(count: int, **values: str) -> list[Row]:
    return [make_row(**values) for _ in range(count)]


def import_rows(load: Load, *rows: Row) -> ImportPlan:
    return apply_import(load(*rows), by=None)


def find(urn: str) -> School:
    return db.session.query(School).filter_by(urn=int(urn)).one()


def everything() -> list[tuple[Any, ...]]:
    """Every school with every field, and how much history there is."""
    columns = [getattr(School, name) for name in FIELDS]
    rows = db.session.query(School.id, School.local_code, School.imported_at, *columns)
    counts = (db.session.query(audit.Change).count(), db.session.query(SchoolImport).count())
    return [tuple(row) for row in rows.order_by(School.id)] + [counts]


class TestReadFile:
    @pytest.mark.parametrize("la_code", ["", "35", "3510", "abc", "٣٥١", "ALL"])
    def test_a_code_that_can_be_none_is_refused(self, load: Load, la_code: str) -> None:
        with pytest.raises(DomainError, match="must be a code of 3 digits"):
            load(make_row(), la_code=la_code)


class TestPlanImport:
    def test_schools_not_known_are_new(self, load: Load) -> None:
        plan = plan_import(load(make_row("One"), make_row("Two", status=CLOSED)))
        assert [row.name for row in plan.new] == ["One", "Two"]
        assert plan.counts["closed"] == 0

    def test_reading_writes_nothing(self, load: Load) -> None:
        plan_import(load(make_row()))
        assert db.session.query(School).count() == 0

    def test_each_changed_field_is_told_with_what_it_was(self, load: Load) -> None:
        row = make_row("Lark Infants", NumberOfPupils="90", CloseDate="")
        import_rows(load, row)
        changed = row | {"EstablishmentName": "Lark Primary", "NumberOfPupils": ""}
        # Another row fills the column, so its blank here is news.
        plan = plan_import(load(changed, make_row()))
        (change,) = plan.changed
        assert change.was == {"name": "Lark Infants", "pupils": 90}
        assert change.now == {"name": "Lark Primary", "pupils": None}

    def test_a_closure_is_told_apart_from_other_changes(self, load: Load) -> None:
        rows = make_rows(2)
        import_rows(load, *rows)
        closed = rows[0] | {"EstablishmentStatus (code)": CLOSED, "CloseDate": "31-08-2026"}
        plan = plan_import(load(closed, rows[1]))
        assert plan.counts == {
            "new": 0,
            "changed": 0,
            "closed": 1,
            "reopened": 0,
            "unchanged": 1,
            "refused": 0,
            "absent": 0,
        }
        assert plan.closed[0].now == {
            "status": SchoolStatus.CLOSED,
            "closed_on": date(2026, 8, 31),
        }

    def test_a_school_closed_before_is_unchanged(self, load: Load) -> None:
        row = make_row(status=CLOSED)
        import_rows(load, row)
        plan = plan_import(load(row))
        assert (plan.closed, plan.unchanged, plan.closing) == ([], 1, {})

    @pytest.mark.parametrize("status", [OPEN, PROPOSED_TO_CLOSE])
    def test_a_school_that_reopens_is_told_apart_and_written(self, load: Load, status: str) -> None:
        row = make_row(status=CLOSED)
        import_rows(load, row)
        again = row | {"EstablishmentStatus (code)": status}
        plan = import_rows(load, again)
        assert plan.reopened[0].was == {"status": SchoolStatus.CLOSED}
        assert (plan.changed, plan.counts["reopened"]) == ([], 1)
        assert find(row["URN"]).status.is_open
        assert plan_import(load(again)).reopened == []

    def test_schools_closing_or_proposed_to_are_named_by_id(self, load: Load) -> None:
        rows = make_rows(3)
        import_rows(load, *rows)
        rows[0]["EstablishmentStatus (code)"] = CLOSED
        rows[1]["EstablishmentStatus (code)"] = PROPOSED_TO_CLOSE
        plan = plan_import(load(*rows))
        assert set(plan.closing) == {find(rows[0]["URN"]).id, find(rows[1]["URN"]).id}
        assert [row.urn for row in plan.proposed_to_close] == [int(rows[1]["URN"])]

    def test_a_column_that_nobody_fills_changes_nothing(self, load: Load) -> None:
        row = make_row()
        import_rows(load, row)
        blank = {"Trusts (code)": "", "Trusts (name)": "", "NumberOfPupils": "", "Town": ""}
        assert plan_import(load(row | blank)).unchanged == 1

    @pytest.mark.parametrize(
        "column",
        [
            "PhaseOfEducation (name)",
            "TypeOfEstablishment (code)",
            "TypeOfEstablishment (name)",
        ],
    )
    def test_a_gap_in_what_every_school_has_changes_nothing(self, load: Load, column: str) -> None:
        row = make_row()
        import_rows(load, row)
        assert plan_import(load(row | {column: ""}, make_row())).unchanged == 1

    def test_a_school_moved_from_another_authority_is_the_same_school(self, load: Load) -> None:
        row = make_row()
        apply_import(load(row | {"LA (code)": "998"}, la_code="998"), by=None)
        plan = plan_import(load(row))
        assert plan.changed[0].now == {"la_code": "999"}
        assert plan.new == []

    def test_takes_as_many_statements_for_thirty_rows_as_for_three(self, load: Load) -> None:
        few, many = load(*make_rows(3)), load(*make_rows(30))
        counts = []
        for register in (few, many):
            with count_statements() as counted:
                plan_import(register)
            counts.append(len(counted))
        assert counts[0] == counts[1] == 1


class TestAbsentSchools:
    def test_an_absent_school_stays_open(self, load: Load) -> None:
        rows = make_rows(10)
        import_rows(load, *rows)
        plan = import_rows(load, *rows[1:])
        assert [school.urn for school in plan.absent] == [int(rows[0]["URN"])]
        assert find(rows[0]["URN"]).status is SchoolStatus.OPEN

    def test_more_than_a_tenth_absent_refuses_the_file(self, load: Load) -> None:
        rows = make_rows(10)
        import_rows(load, *rows)
        with pytest.raises(DomainError) as caught:
            plan_import(load(*rows[2:]))
        assert caught.value.sentence == (
            "register.csv: 2 of the 10 open schools known here are not in the file,"
            " which is more than 1 in 10, so the file may have been cut."
        )

    def test_closed_schools_may_be_absent(self, load: Load) -> None:
        rows = [*make_rows(2), *make_rows(8, status=CLOSED)]
        import_rows(load, *rows)
        assert plan_import(load(*rows[:2])).absent == []

    def test_a_refused_row_is_not_absent(self, load: Load) -> None:
        rows = make_rows(2)
        import_rows(load, *rows)
        plan = plan_import(load(rows[0], rows[1] | {"OpenDate": "soon"}))
        assert (len(plan.refused), plan.absent) == (1, [])

    def test_schools_of_another_authority_are_not_expected(self, load: Load) -> None:
        apply_import(load(*make_rows(5, la="998"), la_code="998"), by=None)
        assert plan_import(load(make_row())).absent == []

    def test_all_expects_every_authority(self, load: Load) -> None:
        apply_import(load(*make_rows(5, la="998"), la_code="998"), by=None)
        with pytest.raises(DomainError, match="5 of the 5 open schools"):
            plan_import(load(make_row(), la_code="all"))

    def test_schools_that_no_register_brought_are_not_expected(self, load: Load) -> None:
        make_school(la_code="999")
        make_school(la_code="999", urn=None, local_code="L1")
        assert plan_import(load(make_row())).absent == []


class TestApplyImport:
    def test_every_field_is_written(self, load: Load) -> None:
        row = make_row("Lark", CloseDate="31-08-2027", status=PROPOSED_TO_CLOSE)
        register = load(row)
        apply_import(register, by=None)
        school = find(row["URN"])
        for name in FIELDS:
            assert getattr(school, name) == getattr(register.rows[0], name)
        assert school.imported_at == NOON

    def test_again_writes_nothing_at_all(self, load: Load, at: Callable[..., None]) -> None:
        rows = [*make_rows(3), make_row(status=CLOSED)]
        import_rows(load, *rows)
        before = everything()
        at(NOON + timedelta(days=1))
        assert not import_rows(load, *rows).changes_anything
        assert everything() == before

    def test_the_import_is_recorded_with_its_counts(self, load: Load) -> None:
        register = load(make_row(), make_row())
        apply_import(register, by=7)
        (row,) = db.session.query(SchoolImport).all()
        assert (row.file_name, row.sha256) == ("register.csv", register.sha256)
        assert (row.la_code, row.by_user_id, row.at) == ("999", 7, NOON)
        assert row.counts["new"] == 2

    def test_a_change_writes_its_fields_and_leaves_the_others(
        self, load: Load, at: Callable[[datetime], None]
    ) -> None:
        rows = make_rows(2)
        import_rows(load, *rows)
        untouched = find(rows[1]["URN"]).imported_at
        at(NOON + timedelta(days=1))
        import_rows(load, rows[0] | {"EstablishmentName": "Renamed"}, rows[1])
        assert find(rows[0]["URN"]).name == "Renamed"
        assert find(rows[0]["URN"]).imported_at == clock.now()
        assert find(rows[1]["URN"]).imported_at == untouched

    def test_history_has_what_was_and_is(self, load: Load) -> None:
        row = make_row("Lark")
        import_rows(load, row)
        new = {"EstablishmentStatus (code)": CLOSED, "CloseDate": "31-08-2026"}
        import_rows(load, row | new)
        added, changed = audit.list_changes("school", find(row["URN"]).id)
        assert (added.verb, added.now["status"]) == ("imported", "open")
        assert changed.was == {"status": "open", "closed_on": None}
        assert changed.now == {"status": "closed", "closed_on": "2026-08-31"}

    def test_a_local_code_is_left_alone(self, load: Load) -> None:
        school = make_school("Old name", urn=812345, local_code="L1")
        plan = import_rows(load, make_row("New name", urn="812345"))
        db.session.refresh(school)
        assert (school.name, school.local_code, plan.new) == ("New name", "L1", [])

    def test_refused_rows_stop_it_before_anything_is_written(self, load: Load) -> None:
        with pytest.raises(DomainError) as caught:
            apply_import(load(make_row(), make_row(status="9")), by=None)
        assert "1 row is refused, on line 3, so nothing was written" in caught.value.sentence
        assert "--" not in caught.value.sentence
        assert db.session.query(School).count() == 0

    def test_refused_rows_can_be_left_out(self, load: Load) -> None:
        rows = make_rows(2)
        import_rows(load, *rows)
        changed = [row | {"EstablishmentName": "Renamed"} for row in rows]
        changed[1]["EstablishmentStatus (code)"] = "9"
        plan = apply_import(load(*changed), by=None, skip_refused=True)
        assert plan.counts["refused"] == 1
        assert find(rows[0]["URN"]).name == "Renamed"
        assert find(rows[1]["URN"]).name != "Renamed"

    @pytest.mark.parametrize("name", ['=HYPERLINK("x")', "<b>Lark</b>", "Robert'); DROP TABLE"])
    def test_formulas_markup_and_sql_in_a_name_are_only_text(self, load: Load, name: str) -> None:
        row = make_row(name)
        import_rows(load, row)
        assert find(row["URN"]).name == name

    def test_more_rows_than_fit_one_statement_are_all_written(
        self, load: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cop_site.schools.import_services.ROWS_AT_ONCE", 2)
        rows = make_rows(5)
        import_rows(load, *rows)
        import_rows(load, *(row | {"Town": "Elsewhere"} for row in rows))
        assert {school.town for school in db.session.query(School)} == {"Elsewhere"}
        for row in rows:
            school = find(row["URN"])
            assert school.name == row["EstablishmentName"]
            assert audit.list_changes("school", school.id)[0].now["urn"] == school.urn
