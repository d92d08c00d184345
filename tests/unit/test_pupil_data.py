"""The guard against pupil data: what it finds, and how seldom it is wrong about ordinary notes."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cop_site.pupil_data import UPN_LETTERS, find_pupil_data, is_nhs_number, is_uln, upn_letter

TODAY = date(2026, 11, 10)
# How long one text takes is asked below; a busy machine must not fail the others.
unhurried = settings(deadline=None)
NOTES = Path(__file__).parent / "pupil_notes"
ORDINARY = (NOTES / "ordinary.txt").read_text(encoding="utf-8").splitlines()
RISKY = [
    line.partition("|")[::2]
    for line in (NOTES / "risky.txt").read_text(encoding="utf-8").splitlines()
]
SEPARATORS = st.sampled_from(["", " ", "-", "  ", "\u00a0", "\u2011"])
AROUND = st.sampled_from(["", " ", "UPN: ", "see ", "(", "no. ", "12 ", "“"])
BEHIND = st.sampled_from(["", " ", ".", ", thanks", ")", " 12", "”"])


def kinds(text: str) -> set[str]:
    return {finding.kind for finding in find_pupil_data(text, TODAY)}


class TestOrdinaryNotes:
    def test_no_more_than_two_in_a_hundred_are_doubted(self) -> None:
        doubted = [note for note in ORDINARY if find_pupil_data(note, TODAY)]
        assert len(ORDINARY) >= 110
        assert len(doubted) * 50 <= len(ORDINARY), doubted

    def test_all_of_them_in_one_text_are_no_riskier(self) -> None:
        found = find_pupil_data("\n".join(ORDINARY), TODAY)
        assert len(found) * 50 <= len(ORDINARY), found


class TestRiskyNotes:
    @pytest.mark.parametrize(("kind", "note"), RISKY, ids=[note for _kind, note in RISKY])
    def test_each_is_found(self, kind: str, note: str) -> None:
        assert kind in kinds(note)

    @pytest.mark.parametrize(("kind", "note"), RISKY, ids=[note for _kind, note in RISKY])
    def test_each_is_found_in_the_middle_of_a_text(self, kind: str, note: str) -> None:
        assert kind in kinds(f"{ORDINARY[0]} {note}\n{ORDINARY[1]}")


class TestSentence:
    def test_says_what_was_found_and_what_it_looks_like(self) -> None:
        (finding,) = find_pupil_data("Spoke about Aisha (Y4) at length", TODAY)
        assert finding.sentence == ("“Aisha (Y4)” looks like a pupil’s name with their year or age")

    def test_is_never_long(self) -> None:
        assert len(find_pupil_data(f"{'Ann' * 20}, Year 4", TODAY)[0].quote) <= 61

    def test_the_same_thing_twice_is_said_once(self) -> None:
        assert len(find_pupil_data("Aisha (Y4) and Aisha (Y4)", TODAY)) == 1


class TestUpn:
    @pytest.mark.parametrize(
        ("rest", "letter"),
        [
            # 8x2 + 1x4 + 2x5 + 1x10 + 1x13 = 53, and 53 - 46 = 7.
            ("801200001001", "H"),
            # 1x2 + 2x3 + 3x4 + 4x5 + 5x6 + 6x7 + 7x8 + 8x9 + 9x10 + 1x12 + 4x13 = 394, rest 3.
            ("123456789014", "D"),
            # A temporary one ends with a letter, whose place counts: 16 + 4 + 10 + 10, rest 17.
            ("80120000100A", "U"),
            # 40 + 1x13, rest 7.
            ("80120000100B", "H"),
        ],
    )
    def test_check_letter_is_the_weighted_sum_by_twenty_three(self, rest: str, letter: str) -> None:
        assert upn_letter(rest) == letter

    @unhurried
    @given(
        st.text("0123456789", min_size=11, max_size=11),
        st.sampled_from("0123456789" + UPN_LETTERS),
        SEPARATORS,
        AROUND,
        BEHIND,
        st.booleans(),
    )
    def test_every_valid_one_is_found(
        self, digits: str, last: str, gap: str, before: str, behind: str, small: bool
    ) -> None:
        upn = upn_letter(digits + last) + gap + digits[:3] + gap + digits[3:7] + gap
        upn += digits[7:9] + gap + digits[9:] + last
        text = before + (upn.lower() if small else upn) + behind
        assert "upn" in kinds(text), text

    @unhurried
    @given(st.text("0123456789", min_size=12, max_size=12), st.sampled_from(UPN_LETTERS))
    def test_a_wrong_check_letter_is_not_one(self, digits: str, letter: str) -> None:
        if letter != upn_letter(digits):
            assert "upn" not in kinds(f"Order {letter}{digits} came")


def with_check_digit(nine: str) -> str | None:
    found = [nine + digit for digit in "0123456789" if is_nhs_number(nine + digit)]
    assert len(found) <= 1
    return found[0] if found else None


class TestNhsNumber:
    # Of the NHS data dictionary's own example, and of test ranges that nobody is given.
    @pytest.mark.parametrize("number", ["9434765919", "4010232137", "9999999999"])
    def test_known_ones_are_told(self, number: str) -> None:
        assert is_nhs_number(number)

    @pytest.mark.parametrize("number", ["9434765918", "4010232130", "1234567890"])
    def test_others_are_not(self, number: str) -> None:
        assert not is_nhs_number(number)

    @unhurried
    @given(st.text("0123456789", min_size=9, max_size=9), SEPARATORS, AROUND, BEHIND)
    def test_every_valid_one_is_found(self, nine: str, gap: str, before: str, behind: str) -> None:
        number = with_check_digit(nine)
        if number is None:
            return
        text = f"{before}{number[:3]}{gap}{number[3:6]}{gap}{number[6:]}{behind}"
        assert "nhs" in kinds(text), text

    def test_a_number_with_the_dialling_code_is_a_telephone(self) -> None:
        assert kinds("Ring +44 401 023 2137") == set()


class TestUln:
    def test_one_by_hand_is_told(self) -> None:
        # 1x10 + 4x3 = 22... 100000004: 10 + 4x2 = 18, 18 - 11 = 7, and 10 - 7 = 3.
        assert is_uln("1000000043")
        assert not is_uln("1000000044")

    @unhurried
    @given(st.integers(100_000_000, 999_999_999))
    def test_every_valid_one_is_found(self, nine: int) -> None:
        found = [f"{nine}{digit}" for digit in range(10) if is_uln(f"{nine}{digit}")]
        assert all(kinds(f"learner {number}") & {"uln", "nhs"} for number in found)


class TestDateOfBirth:
    @unhurried
    @given(
        st.dates(TODAY - timedelta(days=365 * 20), TODAY - timedelta(days=365 * 3)),
        st.sampled_from(["Jayden", "Zofia Nowak", "Ayaan", "Oluwaseun", "Tom Hill"]),
        st.sampled_from(["%d/%m/%Y", "%d.%m.%y", "%Y-%m-%d", "%d %B %Y", "%d %b %y"]),
    )
    def test_beside_a_name_it_is_found(self, day: date, name: str, shape: str) -> None:
        assert "birth" in kinds(f"Spoke about {name}, {day:{shape}}, with the teacher")

    @pytest.mark.parametrize(
        "text",
        [
            "Review with Mrs Patel on 12/11/2026",
            "Born to read: 200 books",
            "Mrs Patel has led since 1 September 2019",
            "Jayden was at the session on 30/02/2016",
            "99/99/2016 Jayden",
        ],
    )
    def test_other_dates_are_left_alone(self, text: str) -> None:
        assert "birth" not in kinds(text)

    def test_on_the_leap_day_it_still_works(self) -> None:
        assert find_pupil_data("Jayden 03/04/2016", date(2028, 2, 29))


class TestHostileText:
    @pytest.mark.parametrize("piece", ["Year 4, ", "A1", "1 ", "Ann ", "1/1/16 ", "(", "in ", "\n"])
    def test_a_long_one_is_read_in_good_time(self, piece: str) -> None:
        text = piece * (10_000 // len(piece))
        assert isinstance(find_pupil_data(text, TODAY), list)

    @unhurried
    @given(st.text(max_size=200))
    def test_any_text_is_read(self, text: str) -> None:
        assert isinstance(find_pupil_data(text, TODAY), list)


class TestTime:
    @pytest.mark.parametrize(
        "words", ["Year 4, ", "Year 4 and ", "aged 7 ", "Ann, Y4 / ", "1.1.19 "]
    )
    def test_grows_with_the_text_and_no_faster(self, words: str) -> None:
        def took(characters: int) -> float:
            text = words * (characters // len(words))
            began = time.process_time()
            find_pupil_data(text, TODAY)
            return time.process_time() - began

        took(1_000)
        short, long = took(4_000), took(16_000)
        # Four times the text: sixteen times the time would be the square.
        assert long < 9 * max(short, 0.005)
