"""The measuring itself: what it counts, and that it sees what must not be."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from bench.__main__ import FULL, QUICK, choose_amounts, read_options
from bench.load import NO_ANSWER, Answer, Ask, Load, run, volley
from bench.processes import children_of, cpu_seconds, memory_mib
from bench.races import Standing, find_problems
from bench.report import number, print_table, times
from cop_site.bookings.models import Booking

BEGAN = datetime(2026, 11, 10, 12, tzinfo=UTC)
DEAD_PORT = 1


def bookings(count: int, first: int = 0) -> list[Booking]:
    return [Booking(created_at=BEGAN + timedelta(seconds=first + n)) for n in range(count)]


def load(*statuses: int) -> Load:
    return Load([Answer(status, 0.1) for status in statuses], 1.0)


class TestFindProblems:
    def test_places_full_and_everyone_in_order_is_no_problem(self) -> None:
        standing = Standing(bookings(2), bookings(3, first=2), [1, 2, 3])
        assert not list(find_problems(load(*[303] * 5), standing, people=5, places=2))

    @pytest.mark.parametrize(
        ("standing", "said"),
        [
            (Standing(bookings(3), bookings(2, 3), [1, 2, 3]), "3 booked for 2 places"),
            (Standing(bookings(1), bookings(4, 1), [1, 2, 3]), "1 booked where 2 could be"),
            (Standing(bookings(2), bookings(2, 2), [1, 2, 3]), "5 people came and 4 have"),
            (Standing(bookings(2), bookings(3, 2), [1, 2, 2]), "is numbered [1, 2, 2]"),
            (Standing(bookings(2, 1), bookings(3), [1, 2, 3]), "somebody waits who came before"),
        ],
    )
    def test_each_wrong_outcome_is_said(self, standing: Standing, said: str) -> None:
        [problem] = find_problems(load(*[303] * 5), standing, people=5, places=2)
        assert said in problem

    @pytest.mark.parametrize("status", [500, 503, NO_ANSWER])
    def test_a_fault_is_said(self, status: int) -> None:
        standing = Standing(bookings(2), [], [])
        [problem] = find_problems(load(303, status), standing, people=2, places=2)
        assert problem.startswith("1 requests failed")


class TestLoad:
    def test_a_server_that_is_not_there_is_a_fault_not_a_crash(self) -> None:
        asks = [Ask("/"), Ask("/", fields={"a": "b"})]
        assert run(DEAD_PORT, asks, threads=2).faults == 2
        assert volley(DEAD_PORT, asks).faults == 2


class TestProcesses:
    def test_a_child_counts_while_it_runs_and_after(self) -> None:
        before = cpu_seconds(os.getpid())
        busy = "import time\nwhile time.process_time() < 0.3: pass\nprint('', flush=True)\ninput()"
        child = subprocess.Popen(
            [sys.executable, "-c", busy], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in children_of(os.getpid())
        assert memory_mib(child.pid) > 1
        running = cpu_seconds(os.getpid()) - before
        child.communicate(b"\n")
        assert running >= 0.28
        assert cpu_seconds(os.getpid()) - before >= 0.28


class TestReport:
    def test_columns_stand_under_each_other(self, capsys: pytest.CaptureFixture[str]) -> None:
        print_table("Title", ["", "ms"], [["list", "1.5"], ["a page", "12.0"]])
        said = capsys.readouterr().out
        assert said == "\nTitle\n          ms\nlist     1.5\na page  12.0\n"

    def test_numbers_and_ratios(self) -> None:
        assert number(None) == ""
        assert number(1234.56) == "1,234.6"
        assert times(6.0, 2.0) == "3.0 x"


class TestChooseAmounts:
    def test_options_change_how_much_is_asked(self) -> None:
        assert choose_amounts(read_options([])) == FULL
        assert choose_amounts(read_options(["--quick"])) == QUICK
        assert choose_amounts(read_options(["--quick", "--volleys", "7"])).volleys == 7
