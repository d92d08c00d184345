"""The record of changes as administrators read it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit, clock
from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.audit import CONFIDENTIAL, Change
from cop_site.db import db
from cop_site.reports.audit_queries import SIZE, ChangeFilter, list_changes
from cop_site.reports.audit_things import KEYED, NAMES, THINGS, name_query
from cop_site.support.models import Entry
from tests.conftest import NOON
from tests.factories.events import make_event, make_register, session_of
from tests.factories.people import (
    give_service_role,
    make_person,
    make_service_user,
    make_user,
)
from tests.factories.schools import make_cluster, make_school
from tests.factories.support import make_entry
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.usefixtures("app")
RECORDING = ("audit.record", "audit.record_many")


@pytest.fixture
def admin(client: GatedClient) -> User:
    user = make_user(make_person("The administrator"))

    person = db.session.get_one(Person, user.person_id)
    give_service_role(person, ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    client.sign_in(user)
    return user


def list_recorded(root: Path) -> Iterator[str]:
    """The first argument of each call of audit.record, written out or as the module's constant."""
    for path in root.rglob("*.py"):
        tree = ast.parse(path.read_text())
        constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in RECORDING:
                named = call.args[0]
                if isinstance(named, ast.Constant):
                    yield str(named.value)
                else:
                    yield str(constants[ast.unparse(named)])


def verbs(chosen: ChangeFilter) -> list[str]:
    return [change.verb for change in list_changes(chosen)[0]]


class TestListChanges:
    def test_newest_first_with_who_what_was_and_is(self) -> None:
        user, school = make_user(make_person("The lead")), make_school("Elm")
        audit.record("school", school.id, "imported", by=None, now={"status": "open"})
        audit.record(
            "school",
            school.id,
            "changed by hand",
            by=user.id,
            was={"closed_on": None, "status": "open"},
            now={"closed_on": "2026-08-31", "status": "proposed_to_close"},
            reason="A letter",
        )
        (newest, first), has_older = list_changes(ChangeFilter())
        assert (newest.by, newest.label, newest.name) == ("The lead", "School", "Elm")
        assert newest.details == (
            ("Closed", "", "31 August 2026"),
            ("Status", "open", "proposed to close"),
        )
        assert (newest.reason, first.by, has_older) == ("A letter", "", False)

    def test_narrowed_by_what_which_who_and_when(self) -> None:
        lead, other = make_user(make_person("Lead")), make_user(make_person("Other"))
        for number, (thing, by) in enumerate(
            [("school", lead.id), ("school", other.id), ("event", lead.id), ("event", None)]
        ):
            audit.record(thing, number, f"did {number}", by=by)
        db.session.flush()
        early = db.session.scalars(sa.select(Change).where(Change.thing_id == 0)).one()
        early.at = NOON - timedelta(days=3)
        db.session.flush()
        assert verbs(ChangeFilter(thing="school")) == ["Did 1", "Did 0"]
        assert verbs(ChangeFilter(thing="school", thing_id=1)) == ["Did 1"]
        assert verbs(ChangeFilter(who="lEA")) == ["Did 2", "Did 0"]
        today = clock.today()
        assert verbs(ChangeFilter(since=today)) == ["Did 3", "Did 2", "Did 1"]
        assert verbs(ChangeFilter(until=today - timedelta(days=1))) == ["Did 0"]
        assert verbs(ChangeFilter(until=today, since=today - timedelta(days=3), who="Lead")) == [
            "Did 2",
            "Did 0",
        ]

    def test_ids_of_other_things_are_told_by_their_names(self) -> None:
        school, cluster, person = make_school("Elm"), make_cluster("North"), make_person("Sam")
        audit.record(
            "school_clusters", school.id, "joined", by=None, now={"cluster_id": cluster.id}
        )
        audit.record("mentoring", person.id, "paired", by=None, now={"mentor_id": person.id})
        (pair, move), _older = list_changes(ChangeFilter())
        assert (move.name, move.details) == ("Elm", (("Cluster", "", "North"),))
        assert (pair.name, pair.details) == ("Sam", (("Mentor", "", "Sam"),))

    def test_moves_and_hand_overs_are_told_by_names(self) -> None:
        school, one, two = make_school("Elm"), make_cluster("Heather"), make_cluster("Larch")
        old, new = make_person("Old"), make_person("New")
        moved = {"from": one.id, "to": two.id, "kind_key": "ep"}
        audit.record("school_clusters", school.id, "move taken back", by=None, was=moved)
        handed = {"from_person_id": old.id, "to_person_id": new.id}
        audit.record("school", school.id, "handed over", by=None, now=handed)
        runs = {"facilitators": [old.id, new.id], "kind": "cpd", "involvement": "co_designed"}
        audit.record("event", 1, "planned", by=None, now=runs)
        (plan, over, move), _older = list_changes(ChangeFilter())
        assert move.details[:2] == (("From", "Heather", ""), ("To", "Larch", ""))
        assert over.details == (("From person", "", "Old"), ("To person", "", "New"))
        assert plan.details == (
            ("Facilitators", "", "Old, New"),
            ("Kind", "", "CPD session"),
            ("Involvement", "", "Co-designed with"),
        )

    def test_what_stays_is_left_out_but_for_whom_it_is_about(self) -> None:
        school, cluster = make_school("Elm"), make_cluster("Heather")
        was = {"cluster_id": cluster.id, "starts_on": "2026-01-01", "ends_on": None, "by": None}
        now = {**was, "ends_on": "2026-12-31"}
        audit.record("school_clusters", school.id, "ended", by=None, was=was, now=now)
        ((change,), _older) = list_changes(ChangeFilter())
        assert change.details == (("Cluster", "", "Heather"), ("Ends", "", "31 December 2026"))

    def test_what_hangs_on_an_event_or_a_cluster_is_called_by_it(self) -> None:
        event = make_event(title="Autumn network")
        register = make_register(session_of(event))
        entry = make_entry(make_cluster("North"), make_school())
        audit.record("register", register.id, "closed", by=None)
        audit.record("entry", entry.id, "edited", by=None, now={"cluster_id": 1})
        names = [change.name for change in list_changes(ChangeFilter())[0]]
        assert names == ["North", "Autumn network"]

    @pytest.mark.parametrize("thing", CONFIDENTIAL)
    def test_what_is_confidential_says_only_that_it_changed(self, thing: str) -> None:
        audit.record(thing, 1, "edited", by=None, was={"text": "A"}, now={"text": "B"}, reason="C")
        ((change,), _older) = list_changes(ChangeFilter())
        assert (change.verb, change.details, change.reason) == ("Edited", (), "")

    @pytest.mark.parametrize(
        ("key", "value", "told"),
        [
            ("email", "jo_smith@school.example", "jo_smith@school.example"),
            ("name", "20260831", "20260831"),
            ("starts_on", "2026-08-31", "31 August 2026"),
            ("status", "proposed_to_close", "proposed to close"),
            ("moves_bookings", True, "yes"),
            ("left_out", [3, 4], "3, 4"),
            ("starts_on", "nonsense", "nonsense"),
            ("role", "senco", "SENCO"),
            ("closed_at", "2026-07-01T12:30:00+00:00", "1 July 2026, 1:30pm"),
            ("held_until", "2027-01-07T00:00:00+00:00", "7 January 2027, midnight"),
            ("tags", ["level_building", "phase_primary"], "Building on it, Primary"),
            ("tags", ["gone"], "gone"),
            ("filter", {"term": "3"}, "Term: 3"),
            ("school_id", 9999, "9999"),
        ],
    )
    def test_what_was_typed_is_told_to_the_letter(self, key: str, value: object, told: str) -> None:
        audit.record("school", 1, "changed by hand", by=None, now={key: value})
        ((change,), _older) = list_changes(ChangeFilter())
        assert change.details[0][2] == told

    def test_a_urn_is_called_so(self) -> None:
        audit.record("school", 1, "imported", by=None, now={"urn": 100000})
        ((change,), _older) = list_changes(ChangeFilter())
        assert change.details == (("URN", "", "100000"),)

    def test_pages_follow_each_other_without_gaps(self) -> None:
        for number in range(SIZE + 3):
            audit.record("booking", number, f"did {number}", by=None)
        first, has_older = list_changes(ChangeFilter())
        rest, has_more = list_changes(ChangeFilter(before=first[-1].id))
        assert (len(first), len(rest), has_older, has_more) == (SIZE, 3, True, False)
        assert [one.thing_id for one in first + rest] == list(range(SIZE + 2, -1, -1))

    def test_costs_two_statements_at_3_and_at_30(self) -> None:
        counts = []
        for count in (3, 27):
            for _ in range(count):
                school = make_school()
                audit.record("school", school.id, "imported", by=make_user().id)
                audit.record("user", make_user().id, "added", by=None)
            db.session.commit()
            db.session.expunge_all()
            with count_statements() as sent:
                list_changes(ChangeFilter())
            counts.append(len(sent))
        assert counts == [2, 2]


class TestThings:
    def test_every_thing_that_is_recorded_has_words(self, app: Flask) -> None:
        """Found in the program itself: the first word of each call that records."""
        found = set(list_recorded(Path(app.root_path)))
        assert {"mentoring", "school", "user"} <= found
        assert found - set(THINGS) == set()

    def test_all_kinds_of_name_are_found_in_one_statement(self) -> None:
        ids = {thing: {"x"} if thing in KEYED else {1} for thing in sorted(NAMES)}
        arms = [query for thing in ids if (query := name_query(thing, ids[thing])) is not None]
        assert len(arms) == len(NAMES)
        assert db.session.execute(sa.union_all(*arms)).all() is not None

    def test_texts_of_entries_are_among_the_confidential(self) -> None:
        assert {Entry.__tablename__, "action"} <= set(CONFIDENTIAL)


@pytest.mark.sqlite_only
class TestPage:
    def test_shows_names_links_and_filters(self, client: GatedClient, admin: User) -> None:
        school = make_school("Elm")
        audit.record("school", school.id, "changed by hand", by=admin.id, now={"town": "<b>X"})
        db.session.commit()
        text = client.get("/changes").text
        assert f'href="/schools/{school.id}"' in text and "The administrator" in text
        assert "&lt;b&gt;X" in text
        only = client.get(f"/changes?thing=school&id={school.id}").text
        assert "Show everything" in only
        assert "No change matches" in client.fragment("/changes?who=nobody").text

    def test_to_before_from_is_said_at_the_field(self, client: GatedClient, admin: User) -> None:
        audit.record("school", make_school().id, "imported", by=None)
        db.session.commit()
        address = "/changes?since=2026-11-10&until="
        for text in (
            client.get(f"{address}2026-11-09").text,
            client.fragment(address + "2026-11-09").text,
        ):
            assert "“To” must be the same day as “From”, or later</p>" in text
            assert 'aria-describedby="until-error"' in text
            assert "No change matches" not in text and "Imported" not in text
        fine = client.fragment(f"{address}2026-11-10").text
        assert "Imported" in fine and "Automatic" in fine and "until-error" not in fine

    @pytest.mark.parametrize(
        "query",
        [
            "thing=none&id=x&since=31-31-31&until=9999-12-31&before=0&who=%25",
            "id=99999999999999999999&before=-1&since=0001-01-01",
        ],
    )
    def test_nonsense_is_left_out(self, client: GatedClient, admin: User, query: str) -> None:
        assert client.get(f"/changes?{query}").status_code == 200

    def test_older_keeps_the_filter(self, client: GatedClient, admin: User) -> None:
        for number in range(SIZE + 1):
            audit.record("booking", number, "added", by=admin.id)
        db.session.commit()
        text = client.get("/changes?thing=booking&who=admin").text
        found = re.search(r'href="(/changes\?[^"]*before=[^"]*)"', text)
        assert found is not None
        older = found[1].replace("&amp;", "&")
        assert "thing=booking" in older and "who=admin" in older
        assert "Booking 0" in " ".join(client.get(older).text.split())

    def test_service_staff_without_that_role_may_not(self, client: GatedClient) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        answer = client.get("/changes")
        assert answer.status_code == 403 and "ask an administrator" in answer.text

    def test_who_else_is_of_the_service_is_sent_to_the_lead(self, client: GatedClient) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.SUPPORT_OFFICER))
        answer = client.get("/changes")
        assert answer.status_code == 403
        assert "Your role does not include this. The inclusion lead can do it." in answer.text
