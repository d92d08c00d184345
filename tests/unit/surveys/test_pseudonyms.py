"""What stands for a person in their answers."""

from __future__ import annotations

from cop_site.surveys.pseudonym_models import Pseudonyms, new_key, new_token

KEY = Pseudonyms("a key of some length")


class TestPseudonyms:
    def test_is_the_same_within_a_series_and_another_elsewhere(self) -> None:
        assert KEY.of_person("event-1", 7) == KEY.of_person("event-1", 7)
        assert KEY.of_person("event-1", 7) != KEY.of_person("event-2", 7)
        assert KEY.of_person("event-1", 7) != KEY.of_person("event-1", 8)

    def test_tells_persons_schools_and_drafts_apart(self) -> None:
        assert len({KEY.of_person("", 7), KEY.of_school("", 7), KEY.of_draft(7)}) == 3

    def test_needs_the_key(self) -> None:
        assert Pseudonyms("another").of_person("wave", 7) != KEY.of_person("wave", 7)

    def test_parts_cannot_run_into_each_other(self) -> None:
        assert KEY.of_person("1|2", 3) != KEY.of_person("2", 31)
        assert KEY.of_person("|1", 1) != KEY.of_person("1", 1)

    def test_never_prints_the_key(self) -> None:
        assert "some length" not in repr(KEY)


def test_keys_and_tokens_do_not_repeat() -> None:
    assert len({new_key() for _ in range(100)} | {new_token() for _ in range(100)}) == 200
    assert len(new_token()) >= 43
