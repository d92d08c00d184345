"""Several at once, with real threads on a database that really commits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.support import countersign_services, draft_services, queries, services
from cop_site.support.entry_models import EntryDetails
from cop_site.support.models import Entry, EntryDraft, EntryState, EntryStep, StepVerb
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.people import assign, make_service_user
from tests.factories.support import make_draft
from tests.integration.support.conftest import KEY, World, make_world
from tests.support.race import race

pytestmark = pytest.mark.thorough


def _log(details: EntryDetails, by: ActingUser) -> Callable[[], Any]:
    def run() -> int:
        queries.find_entry_by_key(KEY)
        with transaction():
            return services.log_entry(KEY, details, by=by).id

    return run


def _save(by: ActingUser, text: str) -> Callable[[], Any]:
    def run() -> bool:
        with transaction():
            return draft_services.save_draft(KEY, {"agreed": [text]}, by=by) is not None

    return run


def _countersign(entry_id: int, by: ActingUser) -> Callable[[], Any]:
    def run() -> str:
        queries.get_entry(entry_id, sa.true())
        with transaction():
            countersign_services.countersign_entry(entry_id, 1, "", by=by)
        return "countersigned"

    return run


def _edit(world: World, entry_id: int, by: ActingUser, text: str) -> Callable[[], Any]:
    details = world.details(agreed=text)

    def run() -> str:
        queries.get_entry(entry_id, sa.true())
        with transaction():
            services.edit_entry(entry_id, 1, details, by=by)
        return "edited"

    return run


def _count(of: Any) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(of)) or 0


def _steps(verb: StepVerb) -> int:
    query = sa.select(sa.func.count()).where(EntryStep.verb == verb)
    return db.session.scalar(query) or 0


class TestSending:
    def test_ten_clicks_log_one_entry_and_all_hear_of_it(self, committed_app: Flask) -> None:
        world = make_world()
        make_draft(world.asep.id, KEY)
        db.session.commit()
        by, details = world.acting("asep"), world.details()
        given = race(committed_app, [_log(details, by) for _ in range(10)])
        assert len(set(given)) == 1 and isinstance(given[0], int)
        assert (_count(Entry), _count(EntryDraft)) == (1, 0)

    def test_two_tabs_with_different_words_log_one_and_the_other_is_told(
        self, committed_app: Flask
    ) -> None:
        world = make_world()
        by = world.acting("asep")
        runners = [_log(world.details(agreed=text), by) for text in ("One", "Two")]
        given = race(committed_app, runners)
        assert sorted(type(one).__name__ for one in given) == ["AlreadyLoggedError", "int"]
        assert _count(Entry) == 1

    def test_a_save_beside_the_sending_leaves_no_draft_to_see(self, committed_app: Flask) -> None:
        world = make_world()
        by, details = world.acting("asep"), world.details()
        saves = [_save(by, str(number)) for number in range(4)]
        given = race(committed_app, [_log(details, by), *saves])
        assert not [one for one in given if isinstance(one, Exception)]
        db.session.rollback()
        assert queries.list_drafts(world.asep.id) == []


class TestSaving:
    def test_many_first_saves_at_once_are_one_draft(self, committed_app: Flask) -> None:
        by = make_world().acting("asep")
        given = race(committed_app, [_save(by, str(number)) for number in range(6)])
        assert given == [True] * 6
        assert _count(EntryDraft) == 1


class TestDeciding:
    def test_ep_and_cover_at_once_countersign_once(self, committed_app: Flask) -> None:
        world = make_world()
        cover = make_service_user(ServiceRoleKind.EP)
        assign(world.person(cover), world.cluster, "cover")
        entry_id = world.entry().id
        people = (world.acting("ep"), acting(cover))
        given = race(committed_app, [_countersign(entry_id, by) for by in people])
        assert given.count("countersigned") == 1
        (other,) = [one for one in given if one != "countersigned"]
        assert isinstance(other, DomainError) and "has decided meanwhile" in str(other)
        db.session.rollback()
        assert _steps(StepVerb.COUNTERSIGNED) == 1

    def test_what_is_edited_meanwhile_is_never_countersigned_unread(
        self, committed_app: Flask
    ) -> None:
        world = make_world()
        entry_id = world.entry().id
        runners = [
            _countersign(entry_id, world.acting("ep")),
            _edit(world, entry_id, world.acting("asep"), "Changed"),
        ]
        race(committed_app, runners)
        db.session.rollback()
        entry = queries.get_entry(entry_id, sa.true())
        # Whoever was first: the changed words wait, as nobody has countersigned those.
        assert (entry.agreed, entry.state) == ("Changed", EntryState.WAITING)

    def test_two_edits_at_once_keep_one_and_tell_the_other(self, committed_app: Flask) -> None:
        world = make_world()
        entry_id, by = world.entry().id, world.acting("asep")
        runners = [_edit(world, entry_id, by, text) for text in ("One", "Two")]
        given = race(committed_app, runners)
        assert sorted(type(one).__name__ for one in given) == ["StaleEditError", "str"]
