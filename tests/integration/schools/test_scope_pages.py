"""Lists of schools as pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.db import db
from cop_site.schools.models import Term
from cop_site.schools.scope_queries import (
    ScopeRule,
    list_scopes,
    resolve_scope,
)
from cop_site.schools.scope_services import freeze_scope
from cop_site.transaction import transaction
from tests.factories.people import make_service_user
from tests.factories.schools import (
    join_cluster,
    make_cluster,
    make_school,
    make_term,
)
from tests.integration.schools.frozen import FIRST_DAY, freeze
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def lead(client: GatedClient, term: Term) -> GatedClient:
    user = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
    db.session.get_one(Person, user.person_id).name = "The Lead"
    make_school("Oak", phase="Primary")
    make_school("Elm", phase="Secondary")
    db.session.commit()
    client.sign_in(user)
    return client


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"', maxsplit=1)[0]


class TestPages:
    def test_look_over_leave_one_out_and_freeze(self, lead: GatedClient, term: Term) -> None:
        address = f"/scopes/new?term={term.id}"
        assert "1 September 2026" in lead.get(address).text
        looked = lead.send(address, step="look", name="All schools")
        assert "2 schools on the list" in looked.text
        assert "2 schools of them are in no cluster on" in " ".join(looked.text.split())
        leave = resolve_scope({"phases": ["Secondary"]}, FIRST_DAY)[0].school.id
        fields: dict[str, Any] = {"step": "freeze", "name": "All schools", "left_out": leave}
        fields["seen"] = seen_in(looked.text)
        refused = lead.send(address, **fields)
        assert refused.status_code == 422
        assert "Say why you leave schools out." in refused.text
        assert 'href="#reason"' in refused.text
        assert "checked" in refused.text
        answer = lead.send(address, **fields, reason="Its network is next door’s")
        (scope,) = list_scopes(term.id)
        assert answer.location == f"/scopes/{scope.id}"
        page = lead.get(answer.location).text
        for words in ("Oak", "The Lead", "10 November 2026, midday", "Every open school"):
            assert words in page
        assert "Left out by hand" in page
        assert "1 school: Elm" in page
        assert "Its network is next door’s" in page

    def test_say_of_which_day_each_fact_is(self, lead: GatedClient, term: Term) -> None:
        """The register dates no new name or phase, so nobody can know what it was that day."""
        told = " ".join(lead.get(f"/scopes/new?term={term.id}").text.split())
        assert "the first day of the term, each in its cluster of that day." in told
        assert "phases, types and trusts are those of the day it is frozen." in told
        school, cluster = make_school("Ash Primary", phase="Primary"), make_cluster("Alder")
        join_cluster(school, cluster, ends_on=FIRST_DAY)
        school.name, school.phase = "Ash Academy", "Secondary"
        db.session.commit()
        page = lead.get(f"/scopes/{freeze(term).id}").text
        row = page.split("Ash Academy")[1].split("</tr>")[0]
        assert "Secondary" in row and "Alder" in row and "Ash Primary" not in page
        assert "Each in its cluster of that day" in page
        assert "Names, phases, types and trusts are of this day" in page
        assert "As they were" not in page

    def test_look_keeps_the_fields_and_the_rule_can_be_changed(
        self, lead: GatedClient, term: Term
    ) -> None:
        looked = lead.send("/scopes/new", step="look", name="Primaries", phases="Primary")
        assert '<input type="hidden" name="phases" value="Primary">' in looked.text
        assert "Elm" not in looked.text
        back = lead.send("/scopes/new", step="rule", name="Primaries", phases="Primary")
        assert back.status_code == 200
        assert 'value="Primaries"' in back.text
        assert "checked" in back.text

    def test_frozen_list_leads_back_where_the_person_came_from(
        self, lead: GatedClient, term: Term
    ) -> None:
        looked = lead.send("/scopes/new", step="look", name="All")
        fields = {"step": "freeze", "name": "All", "seen": seen_in(looked.text)}
        answer = lead.post(
            "/scopes/new?next=/reports/engagement", data={**fields, "csrf_token": lead.token()}
        )
        assert answer.location == "/reports/engagement"

    def test_never_leads_off_the_site(self, lead: GatedClient, term: Term) -> None:
        looked = lead.send("/scopes/new", step="look", name="All")
        fields = {"step": "freeze", "name": "All", "seen": seen_in(looked.text)}
        answer = lead.post(
            "/scopes/new?next=//evil.example", data={**fields, "csrf_token": lead.token()}
        )
        assert answer.location.startswith("/scopes/")

    def test_list_that_changed_is_looked_over_again(self, lead: GatedClient, term: Term) -> None:
        looked = lead.send("/scopes/new", step="look", name="All")
        make_school("Came Since")
        db.session.commit()
        answer = lead.send("/scopes/new", step="freeze", name="All", seen=seen_in(looked.text))
        assert answer.status_code == 422
        assert "has changed since you looked" in answer.text
        assert "Came Since" in answer.text
        assert list_scopes(term.id) == []

    def test_next_version_asks_why(self, lead: GatedClient, term: Term) -> None:
        freeze(term)
        looked = lead.send("/scopes/new", step="look", name="All schools")
        assert "This will be version 2" in looked.text
        fields: dict[str, Any] = {
            "step": "freeze",
            "name": "All schools",
            "seen": seen_in(looked.text),
        }
        refused = lead.send("/scopes/new", **fields)
        assert refused.status_code == 422
        assert 'href="#reason"' in refused.text
        answer = lead.send("/scopes/new", **fields, reason="Elm was wrong")
        page = lead.get(answer.location).text
        assert "Elm was wrong" in page
        assert "Version 1</a>" in page

    def test_correcting_starts_from_the_list_and_keeps_its_name(
        self, lead: GatedClient, term: Term
    ) -> None:
        elm = resolve_scope({"phases": ["Secondary"]}, FIRST_DAY)[0].school.id
        rule: ScopeRule = {"phases": ["Primary", "Secondary"], "left_out": [elm]}
        with transaction():
            first = freeze_scope(term.id, "Our schools", rule, by=None, reason="Elm is next door’s")
        address = f"/scopes/new?of={first.id}"
        shown = lead.get(f"/scopes/{first.id}").text
        assert f'href="{address}">Correct this list</a>' in shown
        opened = lead.get(address).text
        assert "Correct Our schools, Autumn 2026" in opened
        assert '<input type="hidden" name="name" value="Our schools">' in opened
        assert opened.count(" checked") == 2
        looked = lead.send(address, step="look", name="Our schols", phases="Secondary").text
        assert "This will be version 2" in looked
        assert looked.count(" checked") == 1
        answer = lead.send(
            address,
            step="freeze",
            name="Our schols",
            phases="Secondary",
            seen=seen_in(looked),
            reason="Elm is ours",
        )
        assert answer.status_code == 303
        assert {(one.name, one.version) for one in list_scopes(term.id)} == {
            ("Our schools", 1),
            ("Our schools", 2),
        }

    def test_correcting_starts_from_the_newest_version(self, lead: GatedClient, term: Term) -> None:
        first = freeze(term)
        with transaction():
            freeze_scope(term.id, "All schools", {"phases": ["Primary"]}, by=None, reason="New")
        page = lead.get(f"/scopes/new?of={first.id}").text
        assert page.count(" checked") == 1
        assert "becomes version 3" in page

    def test_correcting_an_earlier_term_goes_on_after_a_refusal(
        self, lead: GatedClient, term: Term
    ) -> None:
        summer = make_term("Summer 2026", date(2026, 4, 13), date(2026, 7, 21))
        make_school("Newly Opened", opened_on=FIRST_DAY)
        db.session.commit()
        first = freeze(summer)
        address = f"/scopes/new?of={first.id}"
        looked = lead.send(address, step="look", name="All schools")
        fields: dict[str, Any] = {"step": "freeze", "name": "All schools"}
        refused = lead.send(address, **fields, seen=seen_in(looked.text))
        assert refused.status_code == 422
        assert "Summer 2026, as at 13 April 2026" in refused.text
        assert "Newly Opened" not in refused.text
        answer = lead.send(address, **fields, seen=seen_in(refused.text), reason="Oak was wrong")
        assert answer.status_code == 303
        assert [one.version for one in list_scopes(summer.id)] == [2, 1]
        assert list_scopes(term.id) == []

    def test_leaving_every_school_out_is_refused(self, lead: GatedClient, term: Term) -> None:
        looked = lead.send("/scopes/new", step="look", name="All")
        ids = [str(one.school.id) for one in resolve_scope({}, FIRST_DAY)]
        answer = lead.send(
            "/scopes/new", step="freeze", name="All", left_out=ids, seen=seen_in(looked.text)
        )
        assert answer.status_code == 422
        assert "Keep at least one school" in answer.text

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"name": ""}, "Enter a name for the list"),
            ({"name": "A", "phases": "Nursery"}, "Choose from the list"),
            ({"name": "A", "clusters": "x"}, "Choose from the list"),
            ({"name": "A" * 101}, "Use 100 characters or fewer"),
        ],
    )
    def test_bad_rule_is_a_sentence(
        self, lead: GatedClient, term: Term, fields: dict[str, Any], sentence: str
    ) -> None:
        answer = lead.send("/scopes/new", step="look", **fields)
        assert answer.status_code == 422
        assert sentence in answer.text

    def test_phase_of_special_schools_is_named(self, lead: GatedClient, term: Term) -> None:
        make_school("Ash", phase="Not applicable")
        db.session.commit()
        assert "Special, independent or other" in lead.get("/scopes/new").text
        looked = lead.send("/scopes/new", step="look", name="A", phases="Not applicable")
        assert "1 school on the list" in looked.text
        fields: dict[str, Any] = {"step": "freeze", "name": "A", "phases": "Not applicable"}
        answer = lead.send("/scopes/new", **fields, seen=seen_in(looked.text))
        page = lead.get(answer.location).text
        assert page.count("Special, independent or other") == 2
        assert "Not applicable" not in page

    def test_term_that_has_not_begun_says_when(self, lead: GatedClient, term: Term) -> None:
        spring = make_term("Spring 2027", date(2027, 1, 5), date(2027, 3, 26))
        later = make_term("Summer 2027", date(2027, 4, 12), date(2027, 7, 21))
        db.session.commit()
        page = lead.get(f"/scopes/new?term={spring.id}").text
        assert "from the term’s first day, 5 January 2027." in page
        assert 'name="name"' not in page
        assert f'<option value="{term.id}">' in page
        assert f'<option value="{later.id}"' not in page
        answer = lead.post(
            f"/scopes/new?term={spring.id}",
            data={"step": "look", "name": "All", "csrf_token": lead.token()},
        )
        assert answer.status_code == 422
        assert list_scopes(spring.id) == []

    def test_rule_that_gives_nothing_is_refused(self, lead: GatedClient, term: Term) -> None:
        cluster = make_cluster()
        db.session.commit()
        answer = lead.send("/scopes/new", step="look", name="A", clusters=cluster.id)
        assert answer.status_code == 422
        assert "No school matches" in answer.text

    @pytest.mark.parametrize("term_id", ["999999", "x", "99999999999999999999", "-1"])
    def test_unknown_term_is_not_found(self, lead: GatedClient, term_id: str) -> None:
        assert lead.get(f"/scopes/new?term={term_id}").status_code == 404
