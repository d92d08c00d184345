"""Try the import on the register's real files: ``python -m tests.trial FOLDER``.

The folder holds a borough's file as at two dates and its links, all of England's, and the header
of 2024.
Nothing in it is changed or copied into the project. Exits with 1 where anything failed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from cop_site.schools.register_file import read_register
from tests.support.postgres import TemporaryPostgres, find_reason_missing
from tests.trial import commands, variants
from tests.trial.commands import Done

BURY, BURY_LATER = "gias_bury_20231116.csv", "gias_bury_20250711.csv"
LINKS = "gias_bury_links_20250422.csv"
ENGLAND, HEADER_OF_2024 = "gias_england_20231116.csv.xz", "header_2024-05_140cols.csv"
BURY_SAYS = "155 rows: 92 open (1 of them proposed to close), 62 closed, 1 proposed to open\n"
BURY_HAS = {"open": 91, "proposed_to_close": 1, "closed": 62, "proposed_to_open": 1}
ENGLAND_ROWS, ENGLAND_SECONDS, ENGLAND_MEGABYTES = 50_515, 60, 500

NewDatabase = Callable[[str], str]


class Trial:
    """The checks of one kind of database, and how many failed."""

    def __init__(self, data: Path, folder: Path, new_database: NewDatabase) -> None:
        self.data, self.folder, self.new_database = data, folder, new_database
        self.passed = self.failed = 0

    def check(self, what: str, done: Done | None, *conditions: bool) -> None:
        good = all(conditions)
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        figures = f"  {done.seconds:.1f} s, {done.megabytes:.0f} MB" if done else ""
        print(f"{'ok    ' if good else 'FAILED'}  {what}{figures}", flush=True)
        if done and not good:
            print(f"        conditions {conditions}, exit {done.code}")
            print(
                f"        said: {done.said[-1500:]}\n        complained: {done.complained[-1500:]}"
            )

    def run(self) -> None:
        bury = self.try_bury()
        self.try_resaved(bury)
        self.try_spoiled(bury)
        self.try_next_year(bury)
        self.try_conversions()
        self.try_england()

    def save(self, name: str, content: bytes) -> Path:
        path = self.folder / f"{name.replace(' ', '-')}.csv"
        path.write_bytes(content)
        return path

    def try_bury(self) -> str:
        url = self.new_database("bury")
        empty = commands.fingerprint(url)
        done = commands.import_file(url, self.data / BURY)
        nothing = commands.fingerprint(url) == empty
        self.check("Bury 2023, dry run writes nothing", done, done.code == 0, nothing)
        done = commands.import_file(url, self.data / BURY, "--apply")
        right = commands.count_by_status(url) == BURY_HAS
        self.check(f"Bury 2023: {BURY_SAYS.strip()}", done, BURY_SAYS in done.said, right)
        self.check_again("Bury 2023", url, self.data / BURY, 155)
        return url

    def check_again(self, what: str, url: str, file: Path, rows: int, la_code: str = "351") -> None:
        before = commands.fingerprint(url)
        done = commands.import_file(url, file, "--apply", la_code=la_code)
        same = commands.fingerprint(url) == before
        unchanged = f"0 new\n0 changed\n0 closed\n{rows} unchanged\n0 refused\n" in done.said
        self.check(f"{what} again: nothing changes", done, done.code == 0, unchanged, same)

    def try_resaved(self, bury: str) -> None:
        wanted = commands.list_schools(bury)
        for name, content in variants.list_resaved(self.data / BURY, self.data / HEADER_OF_2024):
            url = self.new_database(f"resaved-{name}")
            done = commands.import_file(url, self.save(name, content), "--apply")
            same = commands.list_schools(url) == wanted
            self.check(f"re-saved, {name}: reads the same", done, BURY_SAYS in done.said, same)

    def try_spoiled(self, bury: str) -> None:
        before = commands.fingerprint(bury)
        for name, content in variants.list_spoiled(self.data / BURY):
            self.check_refused(name, bury, self.save(name, content), before)
        self.check_refused("wrong LA code", bury, self.data / BURY, before, la_code="999")

    def check_refused(
        self, what: str, url: str, file: Path, before: str, la_code: str = "351"
    ) -> None:
        done = commands.import_file(url, file, "--apply", la_code=la_code)
        same = commands.fingerprint(url) == before
        self.check(f"refused, {what}: {done.complained.strip()}", done, done.is_one_sentence, same)

    def try_next_year(self, bury: str) -> None:
        done = commands.import_file(bury, self.data / BURY_LATER, "--apply")
        self.check("Bury July 2025 as the next update", done, done.code == 0)
        print("".join(f"          {line}\n" for line in done.said.splitlines()), end="")
        self.check_again("Bury July 2025", bury, self.data / BURY_LATER, 174)

    def try_conversions(self) -> None:
        """A year lived through in between, with people who do not exist."""
        url = self.new_database("conversions")
        done = commands.python(url, "-m", "tests.trial.conversions", url, str(self.data))
        print(done.said, end="")
        self.passed += done.said.count("\nok ") + done.said.startswith("ok ")
        self.failed += done.said.count("\nFAILED ")
        self.check("Bury 2023, July 2025 and the links, lived through", done, done.code == 0)

    def try_england(self) -> None:
        url = self.new_database("england")
        done = commands.import_file(url, self.data / ENGLAND, "--apply", la_code="all")
        rows = sum(commands.count_by_status(url).values())
        within = done.seconds < ENGLAND_SECONDS and done.megabytes < ENGLAND_MEGABYTES
        limits = f"under {ENGLAND_SECONDS} s and {ENGLAND_MEGABYTES} MB"
        self.check(f"England, {rows} rows, {limits}", done, rows == ENGLAND_ROWS, within)
        self.check_again("England", url, self.data / ENGLAND, ENGLAND_ROWS, "all")
        done = commands.import_file(url, self.data / BURY_LATER, "--apply")
        self.check("Bury July 2025 after England", done, done.code == 0, "19 new:" in done.said)


def compare_encodings(trial: Trial) -> None:
    """England's names hold letters outside ASCII, which Bury's don't: UTF-8 must keep them."""
    source = trial.data / ENGLAND
    started = time.monotonic()
    wanted = read_register(source, "all").rows
    text = variants.unpack(source).decode("cp1252")
    found = read_register(trial.save("england", text.encode()), "all").rows
    letters = sum(not row.name.isascii() for row in wanted)
    same = [replace(row, line=0) for row in found] == [replace(row, line=0) for row in wanted]
    seconds = time.monotonic() - started
    what = f"England as UTF-8 reads the same, {letters} names outside ASCII  {seconds:.1f} s"
    trial.check(what, None, same, letters > 0)


def list_databases(folder: Path, stack: ExitStack) -> Iterator[tuple[str, NewDatabase]]:
    """The kinds of database there are here, each with a way to get a new one."""
    template = f"sqlite:///{folder / 'template.sqlite3'}"
    _migrate(template)

    def new_sqlite(name: str) -> str:
        path = folder / f"{name.replace(' ', '-')}.sqlite3"
        path.write_bytes((folder / "template.sqlite3").read_bytes())
        return f"sqlite:///{path}"

    yield "SQLite", new_sqlite
    missing = find_reason_missing()
    if missing:
        print(f"\nPostgreSQL was not tried: {missing}")
        return
    postgres = stack.enter_context(TemporaryPostgres())
    _migrate(postgres.new_database("template"))
    yield "PostgreSQL", lambda name: postgres.new_database(name, template="template")


def _migrate(url: str) -> None:
    done = commands.flask(url, "db", "upgrade")
    if done.code:
        sys.exit(f"The database could not be made:\n{done.complained}")


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.trial FOLDER")
    data = Path(sys.argv[1]).resolve()
    missing = [
        name
        for name in (BURY, BURY_LATER, LINKS, ENGLAND, HEADER_OF_2024)
        if not (data / name).is_file()
    ]
    if missing:
        sys.exit(f"{data} lacks {', '.join(missing)}")
    passed = failed = 0
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="cop-trial-"))
        folder = Path(name)
        for kind, new_database in list_databases(folder, stack):
            print(f"\n{kind}")
            trial = Trial(data, folder, new_database)
            trial.run()
            passed, failed = passed + trial.passed, failed + trial.failed
        # Last, because it needs memory here and that would be counted as the commands'.
        print("\nWithout a database")
        trial = Trial(data, folder, lambda _name: "")
        compare_encodings(trial)
        passed, failed = passed + trial.passed, failed + trial.failed
    print(f"\n{passed} ok, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
