"""The measure of the doors: it sees what must not be."""

from __future__ import annotations

import pytest

from bench.doors import Guessing, address, find_problems
from bench.load import Answer, Load


def load(*statuses: int) -> Load:
    return Load([Answer(status, 0.1) for status in statuses], 1.0)


class TestFindProblems:
    def test_ten_looks_and_nobody_locked_out_is_no_problem(self) -> None:
        assert not list(find_problems(Guessing(load(422), 10, 303, 303)))

    @pytest.mark.parametrize(
        ("held", "said"),
        [
            (Guessing(load(422), 11, 303, 303), "11 guesses were held against the password"),
            (Guessing(load(422), 10, 422, 303), "the owner was locked out"),
            (Guessing(load(422), 10, 303, 422), "a colleague was locked out"),
            (Guessing(load(422, 500), 10, 303, 303), "1 guesses met a fault"),
        ],
    )
    def test_each_wrong_outcome_is_said(self, held: Guessing, said: str) -> None:
        [problem] = find_problems(held)
        assert said in problem


def test_every_guess_comes_from_an_address_of_its_own() -> None:
    assert len({address(number) for number in range(1200)}) == 1200
