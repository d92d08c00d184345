"""``flask schools import``, run as a command on a database that really commits."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from cop_site import audit
from cop_site.db import db
from cop_site.schools import import_services
from cop_site.schools.models import School, SchoolImport, SchoolStatus
from cop_site.transaction import transaction
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_person
from tests.factories.register import (
    CLOSED,
    PROPOSED_TO_CLOSE,
    PROPOSED_TO_OPEN,
    Row,
    make_row,
    write_register,
)
from tests.support.race import race

pytestmark = pytest.mark.thorough


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "register.csv"


def run(app: Flask, file: Path, *options: str, la_code: str = "999") -> Result:
    arguments = ["schools", "import", str(file), "--la", la_code, *options]
    result = app.test_cli_runner().invoke(args=arguments)
    db.session.rollback()
    return result


def count_rows() -> tuple[int, int, int]:
    kinds = (School, SchoolImport, audit.Change)
    first, second, third = (db.session.query(kind).count() for kind in kinds)
    db.session.rollback()
    return first, second, third


def make_borough() -> list[Row]:
    return [
        *(make_row() for _ in range(3)),
        make_row("Closing", status=PROPOSED_TO_CLOSE, urn="812345"),
        *(make_row(status=CLOSED) for _ in range(2)),
        make_row(status=PROPOSED_TO_OPEN),
    ]


class TestDryRun:
    def test_says_what_it_read_and_would_do(self, committed_app: Flask, file: Path) -> None:
        result = run(committed_app, write_register(file, *make_borough()))
        lines = result.stdout.splitlines()
        assert lines[0] == "register.csv, local authority 999 (Larkshire)"
        assert lines[1] == (
            "7 rows: 4 open (1 of them proposed to close), 2 closed, 1 proposed to open"
        )
        assert lines[2] == "7 new:"
        assert lines[-2:] == [
            "  Closing, Larkton, URN 812345",
            "This was a dry run: nothing was written. To write it, add --apply.",
        ]
        assert result.exit_code == 0
        assert count_rows() == (0, 0, 0)

    def test_one_row_is_said_in_the_singular(self, committed_app: Flask, file: Path) -> None:
        result = run(committed_app, write_register(file, make_row()))
        assert "\n1 row: 1 open, 0 closed, 0 proposed to open\n" in result.stdout

    def test_long_lists_show_their_beginning(self, committed_app: Flask, file: Path) -> None:
        result = run(committed_app, write_register(file, *(make_row() for _ in range(12))))
        assert "12 new:\n" in result.stdout
        assert "  and 2 more\n" in result.stdout

    def test_refused_rows_are_listed_with_line_and_reason(
        self, committed_app: Flask, file: Path
    ) -> None:
        result = run(committed_app, write_register(file, make_row(), make_row(status="9")))
        assert "2 rows: 1 open, 0 closed, 0 proposed to open, 1 refused\n" in result.stdout
        assert "\n1 refused:\n  line 3: EstablishmentStatus (code) is" in result.stdout
        assert result.exit_code == 0

    def test_changes_are_said_field_by_field(self, committed_app: Flask, file: Path) -> None:
        row = make_row("Lark Infants", urn="812346", NumberOfPupils="")
        run(committed_app, write_register(file, row), "--apply")
        changed = row | {"EstablishmentName": "Lark Primary", "NumberOfPupils": "90"}
        result = run(committed_app, write_register(file, changed))
        assert (
            "  Lark Primary, Larkton, URN 812346:"
            " name Lark Infants to Lark Primary; pupils blank to 90\n"
        ) in result.stdout

    def test_all_counts_the_authorities(self, committed_app: Flask, file: Path) -> None:
        rows = [make_row(), make_row(la="998", **{"LA (name)": "Finchshire"})]
        result = run(committed_app, write_register(file, *rows), la_code="all")
        assert "register.csv, all 2 local authorities\n" in result.stdout

    def test_a_closing_school_with_bookings_ahead_is_named(
        self, committed_app: Flask, file: Path
    ) -> None:
        row = make_row("Lark", urn="812347")
        run(committed_app, write_register(file, row), "--apply")
        school = db.session.query(School).one()
        make_booking(make_event(), make_person(), school)
        make_booking(make_event(), make_person(), school)
        db.session.commit()
        closing = row | {"EstablishmentStatus (code)": PROPOSED_TO_CLOSE}
        result = run(committed_app, write_register(file, closing))
        assert (
            "1 closing or proposed to close with bookings ahead:\n"
            "  Lark, Larkton, URN 812347: 2 bookings ahead\n"
        ) in result.stdout


class TestApply:
    def test_writes_and_says_so(self, committed_app: Flask, file: Path) -> None:
        result = run(committed_app, write_register(file, *make_borough()), "--apply")
        assert result.exit_code == 0
        assert result.stdout.endswith("\nWritten.\n")
        assert count_rows() == (7, 1, 7)

    def test_again_changes_nothing(self, committed_app: Flask, file: Path) -> None:
        write_register(file, *make_borough())
        run(committed_app, file, "--apply")
        result = run(committed_app, file, "--apply")
        assert "0 new\n0 changed\n0 closed\n7 unchanged\n" in result.stdout
        assert result.stdout.endswith("\nNothing to write.\n")
        assert count_rows() == (7, 1, 7)

    def test_refused_rows_stop_it(self, committed_app: Flask, file: Path) -> None:
        result = run(committed_app, write_register(file, make_row(), make_row(urn="1")), "--apply")
        assert result.exit_code == 1
        assert "  line 3: URN is " in result.stdout
        assert "add --skip-refused.\n" in result.stdout
        assert result.stderr.startswith("Error: register.csv: 1 row is refused, on line 3, so")
        assert count_rows() == (0, 0, 0)

    def test_refused_rows_are_left_out_when_told(self, committed_app: Flask, file: Path) -> None:
        write_register(file, make_row(), make_row(urn="1"))
        assert run(committed_app, file, "--apply", "--skip-refused").exit_code == 0
        assert count_rows() == (1, 1, 1)

    def test_a_fault_half_way_leaves_nothing_written(
        self, committed_app: Flask, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = [make_row() for _ in range(4)]
        run(committed_app, write_register(file, *rows), "--apply")
        before = count_rows()
        monkeypatch.setattr(import_services, "ROWS_AT_ONCE", 1)
        real, calls = audit.record_many, []

        def fail_at_third(*arguments: object, **options: object) -> None:
            calls.append(1)
            if len(calls) == 3:
                raise OSError("the disk is full")
            real(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(audit, "record_many", fail_at_third)
        changed = [row | {"EstablishmentStatus (code)": CLOSED} for row in rows]
        result = run(committed_app, write_register(file, *changed, make_row()), "--apply")
        assert isinstance(result.exception, OSError)
        assert count_rows() == before
        assert {row.status for row in db.session.query(School)} == {SchoolStatus.OPEN}

    def test_two_at_once_write_each_school_once(self, committed_app: Flask, file: Path) -> None:
        write_register(file, *(make_row() for _ in range(200)))
        register = import_services.read_file(file, "999")

        def apply() -> bool:
            with transaction():
                return import_services.apply_import(register, by=None).changes_anything

        assert sorted(race(committed_app, [apply] * 4)) == [False, False, False, True]
        assert count_rows() == (200, 1, 200)


class TestRefusal:
    @pytest.mark.parametrize("content", [b"", b"\x00\x01", b"a,b\r\n1,2\r\n", b"URN\r\n1\r\n"])
    @pytest.mark.parametrize("options", [(), ("--apply",)])
    def test_a_bad_file_gets_one_sentence(
        self, committed_app: Flask, file: Path, content: bytes, options: tuple[str, ...]
    ) -> None:
        file.write_bytes(content)
        result = run(committed_app, file, *options)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert result.stderr.startswith("Error: register.csv")
        assert result.stderr.count("\n") == 1
        assert count_rows() == (0, 0, 0)

    def test_a_cut_file_is_refused_by_what_is_missing(
        self, committed_app: Flask, file: Path
    ) -> None:
        rows = [make_row() for _ in range(10)]
        run(committed_app, write_register(file, *rows), "--apply")
        result = run(committed_app, write_register(file, *rows[:5]), "--apply")
        assert result.exit_code == 1
        assert "5 of the 10 open schools known here are not in the file" in result.stderr
        assert count_rows() == (10, 1, 10)

    @pytest.mark.parametrize("la_code", ["998", "Bury", "35"])
    def test_a_wrong_authority_gets_one_sentence(
        self, committed_app: Flask, file: Path, la_code: str
    ) -> None:
        result = run(committed_app, write_register(file, make_row()), "--apply", la_code=la_code)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "local authority" in result.stderr
        assert result.stderr.count("\n") == 1

    def test_a_missing_file_gets_one_sentence(self, committed_app: Flask, file: Path) -> None:
        result = run(committed_app, file)
        assert result.exit_code == 1
        assert result.stderr == (
            "Error: register.csv: the file cannot be opened (No such file or directory).\n"
        )

    def test_a_database_without_tables_gets_one_sentence(
        self, committed_app: Flask, file: Path
    ) -> None:
        with db.engine.begin() as connection:
            db.metadata.drop_all(connection)
        result = run(committed_app, write_register(file, make_row()), "--apply")
        assert result.exit_code == 1
        assert "its tables are not there yet: run flask setup" in result.stderr
