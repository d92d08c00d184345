"""Terms, as an administrator enters and corrects them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit, clock
from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError, stamp_of
from cop_site.schools.models import Term
from cop_site.schools.scope_services import freeze_scope
from cop_site.schools.setup_services import NewTerm
from cop_site.schools.term_services import (
    add_terms,
    change_term,
    remove_term,
    suggest_next_year,
    values_of,
)
from cop_site.transaction import transaction
from tests.factories.people import make_service_user
from tests.factories.schools import make_authority, make_school, make_term
from tests.support.client import GatedClient
from tests.support.pages import hidden
from tests.support.race import race

pytestmark = pytest.mark.usefixtures("app")
AUTUMN = NewTerm(
    "Autumn 2026", date(2026, 9, 1), date(2026, 12, 18), (date(2026, 10, 26), date(2026, 10, 30))
)
SPRING = NewTerm("Spring 2027", date(2027, 1, 4), date(2027, 3, 25))


def fields(name: str, *days: date | None, reason: str = "") -> dict[str, Any]:
    """What the form sends: each day in three boxes of one name."""
    names = ("starts_on", "ends_on", "half_term_starts_on", "half_term_ends_on")
    padded = (*days, None, None)[:4]
    boxes = {
        key: [str(day.day), str(day.month), str(day.year)] if day else ["", "", ""]
        for key, day in zip(names, padded, strict=True)
    }
    return {"name": name, **boxes, "reason": reason}


def stamp(term: Term) -> str:
    """What a form opened on the term now would send along."""
    return stamp_of(values_of(term))


def names() -> list[str]:
    return list(db.session.scalars(sa.select(Term.name).order_by(Term.starts_on)))


@pytest.fixture
def admin(client: GatedClient) -> User:
    make_authority()
    user = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    client.sign_in(user)
    return user


class TestSuggestNextYear:
    def test_is_the_last_years_52_weeks_later_on_the_same_weekday(self) -> None:
        add_terms([AUTUMN, SPRING], by=1)
        make_term("Summer 2026", date(2026, 4, 13), date(2026, 7, 21))
        terms = list(db.session.scalars(sa.select(Term)))
        autumn, spring = suggest_next_year(terms)
        assert (autumn.name, autumn.starts_on) == ("Autumn 2027", date(2027, 8, 31))
        assert autumn.starts_on.weekday() == AUTUMN.starts_on.weekday()
        assert autumn.half_term == (date(2027, 10, 25), date(2027, 10, 29))
        assert (spring.name, spring.half_term) == ("Spring 2028", None)

    def test_is_nothing_until_the_last_but_one_has_begun(
        self, at: Callable[[datetime], None]
    ) -> None:
        terms = add_terms([AUTUMN, SPRING], by=1)
        summer = make_term("Summer 2027", date(2027, 4, 13), date(2027, 7, 21))
        for day, names in ((3, []), (4, ["Autumn 2027", "Spring 2028", "Summer 2028"])):
            at(datetime(2027, 1, day, 9, tzinfo=clock.LONDON))
            assert [term.name for term in suggest_next_year([*terms, summer])] == names

    def test_without_terms_is_nothing(self) -> None:
        assert suggest_next_year([]) == []


class TestAddTerms:
    def test_overlap_and_a_name_that_is_there_are_refused(self) -> None:
        add_terms([AUTUMN], by=1)
        late = NewTerm("Late", date(2026, 12, 18), date(2027, 1, 9))
        same = NewTerm("Autumn 2026", date(2027, 9, 1), date(2027, 12, 18))
        for new, words in ((late, "must start after"), (same, "same name")):
            with pytest.raises(DomainError, match=words):
                add_terms([new], by=1)
        assert names() == ["Autumn 2026"]

    def test_two_at_once_add_it_once(self, committed_app: Flask) -> None:
        make_authority()
        db.session.commit()

        def add() -> bool:
            with transaction():
                add_terms([AUTUMN], by=1)
            return True

        answers = race(committed_app, [add] * 4)
        assert answers.count(True) == 1
        assert sum(isinstance(answer, DomainError) for answer in answers) == 3
        assert names() == ["Autumn 2026"]


class TestChangeTerm:
    def test_one_that_has_begun_needs_a_reason_and_keeps_it(self) -> None:
        (term,) = add_terms([AUTUMN], by=1)
        to = NewTerm("Autumn 2026", date(2026, 9, 2), AUTUMN.ends_on, AUTUMN.half_term)
        with pytest.raises(DomainError, match="why"):
            change_term(term.id, to, seen=stamp(term), reason="", by=2)
        change_term(term.id, to, seen=stamp(term), reason="A training day", by=2)
        change = audit.list_changes("term", term.id)[-1]
        assert (change.was, change.now) == (
            {"starts_on": "2026-09-01"},
            {"starts_on": "2026-09-02"},
        )
        assert (change.reason, change.by_user_id) == ("A training day", 2)

    def test_its_own_old_days_are_no_overlap_but_others_are(self) -> None:
        _autumn, spring = add_terms([AUTUMN, SPRING], by=1)
        to = NewTerm("Spring 2027", date(2027, 1, 5), SPRING.ends_on)
        change_term(spring.id, to, seen=stamp(spring), reason="", by=1)
        with pytest.raises(DomainError, match="must start after"):
            change_term(
                spring.id,
                NewTerm("Spring 2027", AUTUMN.ends_on, SPRING.ends_on),
                seen=stamp(spring),
                reason="",
                by=1,
            )

    def test_two_who_opened_it_at_once_the_second_is_told(self) -> None:
        (spring,) = add_terms([SPRING], by=1)
        opened = stamp(spring)
        renamed = replace(SPRING, name="Spring")
        change_term(spring.id, renamed, seen=opened, reason="", by=1)
        with pytest.raises(StaleEditError):
            change_term(spring.id, replace(SPRING, name="Lent"), seen=opened, reason="", by=2)
        assert names() == ["Spring"]


class TestRemoveTerm:
    def test_one_ahead_goes_with_a_history(self) -> None:
        (spring,) = add_terms([SPRING], by=1)
        term_id = spring.id
        assert remove_term(term_id, by=2) == "Spring 2027"
        assert [change.verb for change in audit.list_changes("term", term_id)] == [
            "added",
            "removed",
        ]
        assert names() == []

    def test_one_that_has_begun_or_has_a_list_stays(self) -> None:
        autumn, spring = add_terms([AUTUMN, SPRING], by=1)
        make_school()
        scope = freeze_scope(autumn.id, "All", {}, by=None)
        with pytest.raises(DomainError, match="has begun"):
            remove_term(autumn.id, by=1)
        scope.term_id = spring.id
        db.session.flush()
        with pytest.raises(DomainError, match="has a list"):
            remove_term(spring.id, by=1)


@pytest.mark.sqlite_only
class TestPages:
    def test_next_year_is_added_with_one_button_and_once(
        self, client: GatedClient, admin: User
    ) -> None:
        add_terms([AUTUMN, SPRING], by=admin.id)
        db.session.commit()
        assert "Autumn 2027" in client.get("/terms").text
        for _ in range(2):
            client.send("/terms/next-year", name=["Autumn 2027", "Spring 2028"])
        assert names() == ["Autumn 2026", "Spring 2027", "Autumn 2027", "Spring 2028"]
        assert "These terms are there already" in client.get("/terms").text

    def test_a_first_term_is_typed_in(self, client: GatedClient, admin: User) -> None:
        assert "There are no terms yet" in client.get("/terms").text
        sent = fields("Spring 2027", SPRING.starts_on, SPRING.ends_on)
        assert client.send("/terms/new", **sent).location == "/terms"
        assert names() == ["Spring 2027"]

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            (fields("", None, None), "Enter a name"),
            (fields("X", date(2027, 1, 4), None), "Enter the last day"),
            (fields("X", date(2027, 3, 4), date(2027, 1, 4)), "must end after it starts"),
            (
                fields("X", SPRING.starts_on, SPRING.ends_on, date(2027, 2, 1)),
                "Enter both days of the half term",
            ),
            (
                fields("X", SPRING.starts_on, SPRING.ends_on, date(2027, 5, 1), date(2027, 5, 2)),
                "must lie within it",
            ),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(
        self, client: GatedClient, admin: User, sent: dict[str, Any], words: str
    ) -> None:
        answer = client.send("/terms/new", **sent)
        assert answer.status_code == 422 and words in answer.text
        assert f'value="{sent["name"]}"' in answer.text or not sent["name"]
        assert names() == []

    @pytest.mark.parametrize(
        ("sent", "words", "box"),
        [
            (fields("Spring 2027", date(2027, 5, 4), date(2027, 7, 9)), "same name", "name"),
            (fields("X", date(2027, 3, 25), date(2027, 7, 9)), "must start after", "starts_on-day"),
            (fields("X", date(2026, 9, 1), SPRING.starts_on), "must end before", "ends_on-day"),
            (fields("X", date(2027, 5, 4), date(2027, 5, 4)), "must end after", "ends_on-day"),
            (
                fields("X", date(2027, 5, 4), date(2027, 7, 9), date(2027, 8, 1), date(2027, 8, 2)),
                "must lie within it",
                "half_term_starts_on-day",
            ),
        ],
    )
    def test_what_clashes_is_said_at_its_field(
        self, client: GatedClient, admin: User, sent: dict[str, Any], words: str, box: str
    ) -> None:
        _spring, autumn = add_terms([SPRING, replace(AUTUMN, name="A", half_term=None)], by=1)
        autumn.starts_on, autumn.ends_on = date(2027, 9, 1), date(2027, 12, 18)
        db.session.commit()
        for address in ("/terms/new", f"/terms/{autumn.id}"):
            text = client.send(address, **{**sent, "seen": stamp(autumn)}).text
            assert re.search(rf'<a href="#{box}">[^<]*{words}', text)
            assert text.count(words) == 2

    def test_a_term_is_shown_changed_and_removed(self, client: GatedClient, admin: User) -> None:
        autumn, spring = add_terms([AUTUMN, SPRING], by=admin.id)
        db.session.commit()
        page = client.get(f"/terms/{autumn.id}").text
        assert "Why is it changed?" in page and 'value="26"' in page
        sent = fields("Spring 2027", date(2027, 1, 5), SPRING.ends_on)
        page = client.get(f"/terms/{spring.id}").text
        assert "Why is it changed?" not in page
        stale = client.send(f"/terms/{spring.id}", **{**sent, "seen": "old"})
        assert stale.status_code == 422 and "What was saved meanwhile" in stale.text
        assert "4 January 2027" in stale.text
        # Saving once more is deliberate.
        sent["seen"] = hidden(stale.text, "seen")
        assert client.send(f"/terms/{spring.id}", **sent).location == "/terms"
        assert client.send(f"/terms/{autumn.id}/remove").status_code == 422
        assert client.send(f"/terms/{spring.id}/remove").location == "/terms"
        assert names() == ["Autumn 2026"]
