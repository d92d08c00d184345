"""Which files are taken, and what is said of the others."""

from __future__ import annotations

import time
import tracemalloc
from io import BytesIO

import pytest

from cop_site.errors import DomainError
from cop_site.toolkit.file_checks import KINDS, CheckedFile, check_file, name_kind
from cop_site.toolkit.file_names import clean_name
from tests.unit.toolkit.file_parts import DOCX, PDF
from tests.unit.toolkit.hostile import HOSTILE, SOUND

LARGEST = 25 * 1024 * 1024


def _check(name: str, content: bytes, largest: int = LARGEST) -> CheckedFile:
    return check_file(BytesIO(content), name, largest=largest)


class TestCheckFile:
    @pytest.mark.parametrize("case", HOSTILE)
    def test_hostile_is_refused_at_the_field_with_a_sentence(self, case: str) -> None:
        name, content, words = HOSTILE[case]
        with pytest.raises(DomainError, match=words) as refused:
            _check(name, content)
        assert refused.value.field == "file"

    @pytest.mark.parametrize("case", SOUND)
    def test_sound_is_taken_under_a_safe_name(self, case: str) -> None:
        given, content, name = SOUND[case]
        checked = _check(given, content)
        assert (checked.name, checked.size) == (name, len(content))
        kind = KINDS["jpg" if name.endswith("jpeg") else name.rpartition(".")[2]]
        assert checked.media_type == kind.media_type

    def test_stream_is_left_at_its_start(self) -> None:
        stream = BytesIO(PDF)
        check_file(stream, "plan.pdf", largest=LARGEST)
        assert stream.tell() == 0

    def test_the_limit_itself_is_taken_and_a_byte_more_is_not(self) -> None:
        assert _check("plan.pdf", PDF, largest=len(PDF)).size == len(PDF)
        with pytest.raises(DomainError, match="0 MB or smaller"):
            _check("plan.pdf", PDF, largest=len(PDF) - 1)

    @pytest.mark.parametrize("cut", range(0, len(DOCX), 97))
    def test_no_damage_is_a_fault_of_ours(self, cut: int) -> None:
        for content in (DOCX[:cut], DOCX[:cut] + b"\xff" * 8 + DOCX[cut + 8 :]):
            try:
                _check("plan.docx", content)
            except DomainError as error:
                assert error.sentence


# Made to cost as much as may be: each fills a file of the largest size.
_FILLED = {
    "escapes": (b"1 0 obj /", b"#41"),
    "harmless escapes": (b"1 0 obj /", b"#20"),
    "empty streams": (b"", b"1 0 obj<<>>stream\nendstream endobj\n"),
    "names": (b"1 0 obj [[[[", b"/a 1 "),
    "deep": (b"1 0 obj [", b"[[[[[[1]]]]]]"),
    "places": (b"", b" obj"),
    "past comments": (b"", b"%\nobj 1"),
}


def _cost_of(content: bytes) -> float:
    """Seconds of the processor that it takes to refuse a file."""
    before = time.process_time()
    with pytest.raises(DomainError):
        check_file(BytesIO(content), "plan.pdf", largest=LARGEST)
    return time.process_time() - before


@pytest.mark.thorough
class TestCost:
    @pytest.mark.parametrize("case", _FILLED)
    def test_the_worst_of_the_largest_is_refused_at_little_cost(self, case: str) -> None:
        start, again = _FILLED[case]
        times = (LARGEST - 100) // len(again)
        content = b"%PDF-1.7\n" + start + again * times + b"\n%%EOF\n"
        # Ten times less than it was. A busy machine only adds, so one good try of three will do.
        assert any(_cost_of(content) < 4 for _try in range(3))

    def test_memory_is_that_of_the_file_and_little_more(self) -> None:
        content = b"%PDF-1.7\n1 0 obj [" + b"/a" * (LARGEST // 2 - 50) + b"] endobj\n%%EOF\n"
        stream = BytesIO(content)
        tracemalloc.start()
        with pytest.raises(DomainError):
            check_file(stream, "plan.pdf", largest=LARGEST)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 150 * 1024 * 1024


class TestCleanName:
    def test_a_stem_that_is_only_signs_gets_a_name(self) -> None:
        assert clean_name("\u200b.pdf") == ("file", "pdf")
        assert clean_name("") == ("file", "")

    def test_joined_and_separate_accents_are_the_same_name(self) -> None:
        assert clean_name("cafe\u0301.pdf") == clean_name("café.pdf")


class TestNameKind:
    def test_says_the_kind_of_each_type(self) -> None:
        assert [name_kind(kind.media_type) for kind in KINDS.values()] == [
            kind.name for kind in KINDS.values()
        ]
        assert name_kind("application/x-unknown") == "File"
