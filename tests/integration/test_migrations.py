"""The migrations give exactly the tables that the models say, from nothing and back to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from sqlalchemy.exc import IntegrityError

from cop_site import audit, clock
from cop_site.accounts.models import SchoolRole, SignIn, Standing, User
from cop_site.db import db
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import Recipient, queue_message
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.support.models import SupportPlan
from cop_site.transaction import transaction
from tests.conftest import Databases, make_app
from tests.factories.people import make_school_user, make_user
from tests.factories.schools import join_cluster, make_cluster, make_school

pytestmark = pytest.mark.thorough

# Alembic's own note of how far the database is; empty when everything is undone.
VERSION_TABLE = "alembic_version"
# What SQLite's index of words keeps for itself.
WORD_TABLES = "resource_search"
DOWN, UP = ("downgrade", "base"), ("upgrade",)
TERM_BEGINS, TERM_ENDS = date(2026, 9, 1), date(2026, 12, 18)


@pytest.fixture
def migrated(databases: Databases) -> Iterator[Flask]:
    """A site whose database has been migrated up from nothing, and holds nothing."""
    app = make_app(databases.new())
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def run(app: Flask, *command: str) -> Result:
    """A ``flask db`` command, like ("downgrade", "base")."""
    return app.test_cli_runner().invoke(args=["db", *command])


def list_tables() -> set[str]:
    names = sa.inspect(db.engine).get_table_names()
    return {name for name in names if not name.startswith(WORD_TABLES)}


def list_kinds() -> dict[str, list[str]]:
    """The keys of the rows that the migrations themselves write."""
    names = (
        *("cluster_kind", "assignment_kind", "mark_kind", "facet_value", "event_tag_value"),
        *("support_kind", "support_theme", "scale", "question"),
    )
    with db.engine.connect() as connection:
        return {
            name: sorted(connection.scalars(sa.text(f"SELECT key FROM {name}"))) for name in names
        }


def add_plan(cluster_id: int, starts_on: date, ends_on: date | None) -> None:
    db.session.add(
        SupportPlan(
            cluster_id=cluster_id,
            starts_on=starts_on,
            ends_on=ends_on,
            minutes_a_week=90,
            at=clock.now(),
        )
    )
    db.session.flush()


class TestUp:
    def test_from_nothing_gives_every_table_of_the_models(self, migrated: Flask) -> None:
        assert list_tables() == {*db.metadata.tables, VERSION_TABLE}

    def test_check_finds_nothing_that_the_models_have_and_the_tables_lack(
        self, migrated: Flask
    ) -> None:
        result = run(migrated, "check")
        assert result.exit_code == 0, result.output

    def test_check_notices_a_column_that_is_missing(
        self, migrated: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        with db.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE person DROP COLUMN created_at"))
        result = run(migrated, "check")
        assert result.exit_code != 0
        assert "add_column" in caplog.text and "created_at" in caplog.text

    def test_again_changes_nothing(self, migrated: Flask) -> None:
        before = list_kinds()
        result = run(migrated, *UP)
        assert result.exit_code == 0, result.output
        assert list_kinds() == before


class TestRowsThatAreThere:
    def test_down_a_step_and_up_keeps_people_and_what_points_at_them(self, migrated: Flask) -> None:
        senco = make_school_user(make_school())
        db.session.commit()
        person_id = senco.person_id
        db.session.remove()
        for command in (("downgrade", "0005"), UP):
            result = run(migrated, *command)
            assert result.exit_code == 0, result.output
        role = db.session.scalars(sa.select(SchoolRole)).one()
        assert (role.person_id, role.standing) == (person_id, Standing.SUBSTANTIVE)

    def test_up_notes_who_has_been_in(self, migrated: Flask) -> None:
        known, invited = make_user(password_hash="a hash"), make_user()
        known.password_changed_at = clock.now()
        db.session.commit()
        ids = known.id, invited.id
        db.session.remove()
        for command in (("downgrade", "0005"), UP):
            run(migrated, *command)
        been_in = [db.session.get_one(User, user_id).first_in_at is not None for user_id in ids]
        assert been_in == [True, False]

    def test_up_notes_the_day_somebody_was_last_in(self, migrated: Flask) -> None:
        known, invited = make_user(), make_user()
        for number, days in enumerate((40, 3, 90)):
            at = clock.now() - timedelta(days=days)
            times = dict.fromkeys(("started_at", "last_seen_at", "expires_at"), at)
            db.session.add(
                SignIn(user_id=known.id, token_hash=str(number), idle_minutes=60, **times)
            )
        db.session.commit()
        ids = known.id, invited.id
        db.session.remove()
        for command in (("downgrade", "0007"), UP):
            assert run(migrated, *command).exit_code == 0
        last = [db.session.get_one(User, user_id).last_in_on for user_id in ids]
        assert last == [clock.today() - timedelta(days=3), None]

    def test_up_takes_the_words_of_notices_out_of_the_record(self, migrated: Flask) -> None:
        told = {"title": "Bring one plan", "shown_until": "2026-11-10"}
        with transaction():
            audit.record("notice", 1, "posted", by=None, was={"text": "Words"}, now=told)
            audit.record("event", 1, "created", by=None, now={"title": "An event"})
        db.session.remove()
        for command in (("downgrade", "0007"), UP):
            assert run(migrated, *command).exit_code == 0
        rows = db.session.scalars(sa.select(audit.Change).order_by(audit.Change.id))
        said = [(row.was, row.now) for row in rows]
        assert said == [({}, {"shown_until": "2026-11-10"}), ({}, {"title": "An event"})]

    def test_up_renames_what_waits_in_the_outbox(self, migrated: Flask) -> None:
        """A message is rendered when it is delivered, by the template that its kind names."""
        with transaction():
            to = Recipient("sam@oak.example", "Sam Hill")
            queue_message(to, kind="people/join_waits", thing="school", thing_id=1, context={})
        kinds = sa.select(OutboxMessage.kind)
        run(migrated, "downgrade", "0007")
        assert db.session.scalars(kinds).all() == ["accounts/join_waits"]
        db.session.remove()
        run(migrated, *UP)
        assert db.session.scalars(kinds).all() == ["people/join_waits"]

    def test_up_says_of_a_cluster_what_its_kind_says(self, migrated: Flask) -> None:
        cop, partnership = make_cluster(), make_cluster("Northern", "inclusion_partnership")
        join_cluster(make_school(), partnership)
        rightly = join_cluster(make_school(), cop).id
        db.session.commit()
        db.session.remove()
        run(migrated, "downgrade", "0012")
        with db.engine.begin() as connection:
            # By hand, as only the database itself can be asked.
            connection.execute(sa.update(ClusterMembership).values(exclusive=False))
        result = run(migrated, *UP)
        assert result.exit_code == 0, result.output
        sorts = sa.select(Cluster.kind_key, Cluster.exclusive).order_by(Cluster.kind_key)
        assert db.session.execute(sorts).all() == [
            ("community_of_practice", True),
            ("inclusion_partnership", False),
        ]
        in_one = sa.select(ClusterMembership.id).where(ClusterMembership.exclusive)
        assert db.session.scalars(in_one).all() == [rightly]

    def test_up_stops_where_a_school_is_in_two_at_a_time(self, migrated: Flask) -> None:
        school, first, second = make_school(), make_cluster(), make_cluster()
        join_cluster(school, first)
        values = {"cluster_id": second.id, "school_id": school.id, "starts_on": TERM_BEGINS}
        db.session.commit()
        db.session.remove()
        run(migrated, "downgrade", "0012")
        with db.engine.begin() as connection:
            connection.execute(sa.insert(ClusterMembership).values(**values, exclusive=False))
        result = run(migrated, *UP)
        assert result.exit_code != 0 and "ex_cluster_membership_one_cop" in str(result.exception)


class TestDown:
    def test_to_the_bottom_leaves_no_table(self, migrated: Flask) -> None:
        result = run(migrated, *DOWN)
        assert result.exit_code == 0, result.output
        assert list_tables() == {VERSION_TABLE}

    def test_and_up_again_gives_the_same_tables_and_rows(self, migrated: Flask) -> None:
        tables, kinds = list_tables(), list_kinds()
        for command in (DOWN, UP, ("check",)):
            result = run(migrated, *command)
            assert result.exit_code == 0, result.output
        assert (list_tables(), list_kinds()) == (tables, kinds)

    def test_and_up_again_still_refuses_two_cops_on_one_day(self, migrated: Flask) -> None:
        # Written by hand for each database: comparing tables does not see it.
        for command in (DOWN, UP):
            run(migrated, *command)
        school, first, second = make_school(), make_cluster(), make_cluster()
        join_cluster(school, first, TERM_BEGINS, TERM_ENDS)
        with pytest.raises(IntegrityError, match="ex_cluster_membership_one_cop"):
            join_cluster(school, second, TERM_ENDS)

    def test_and_up_again_still_refuses_two_plans_on_one_day(self, migrated: Flask) -> None:
        for command in (DOWN, UP):
            run(migrated, *command)
        cluster = make_cluster()
        add_plan(cluster.id, TERM_BEGINS, TERM_ENDS)
        with pytest.raises(IntegrityError, match="ex_support_plan_one"):
            add_plan(cluster.id, TERM_ENDS, None)
