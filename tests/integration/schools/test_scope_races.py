"""A list is frozen while an import changes its schools."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask import Flask

from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.schools.import_services import apply_import, read_file
from cop_site.schools.models import Term
from cop_site.schools.scope_queries import get_scope, resolve_scope
from cop_site.schools.scope_services import digest, freeze_scope
from cop_site.transaction import transaction
from tests.factories.register import CLOSED, Row, make_row, write_register
from tests.factories.schools import make_authority, make_term
from tests.integration.schools.frozen import FIRST_DAY, freeze
from tests.support.race import race

pytestmark = pytest.mark.thorough

BEFORE, AFTER = ["Ash", "Birch"], ["Ash Academy", "Birch Academy", "Cedar"]


@pytest.fixture
def rows() -> list[Row]:
    return [make_row() for _ in AFTER]


@pytest.fixture
def take_in(tmp_path: Path, rows: list[Row]) -> Callable[..., Any]:
    """Import the first of the rows under these names."""

    def take_in(names: list[str], **more: str) -> None:
        named = zip(rows, names, strict=False)
        now = [row | {"EstablishmentName": name} | more for row, name in named]
        apply_import(read_file(write_register(tmp_path / "edubase.csv", *now), "999"), by=None)

    return take_in


@pytest.fixture
def autumn(committed_app: Flask, take_in: Callable[..., Any]) -> Term:
    make_authority()
    take_in(BEFORE)
    term = make_term("Autumn 2026", FIRST_DAY, date(2026, 12, 18))
    db.session.commit()
    return term


def names(scope_id: int) -> list[str]:
    db.session.rollback()
    return [row.name for row in get_scope(scope_id).rows]


class TestFreezeScope:
    @pytest.mark.parametrize("first", ["import", "freeze"])
    def test_is_as_before_an_import_or_after_it_whole(
        self, committed_app: Flask, autumn: Term, take_in: Callable[..., Any], first: str
    ) -> None:
        looked, begun, done = Event(), Event(), Event()

        def in_turn(who: str, work: Callable[[], Any]) -> Any:
            """The first stays open until the other is done, or waits for it."""
            assert who == first or begun.wait(30)
            with transaction():
                result = work()
                if who == first:
                    begun.set()
                    done.wait(0.5)
            done.set()
            return result

        def import_them() -> None:
            assert looked.wait(30)
            in_turn("import", lambda: take_in(AFTER))

        def freeze_them() -> tuple[int, int]:
            # What a page has read and holds, when it freezes.
            shown = resolve_scope({}, FIRST_DAY)
            looked.set()
            scope = in_turn("freeze", lambda: freeze_scope(autumn.id, "All", {}, by=None))
            return scope.id, len(shown)

        _none, (scope_id, shown) = race(committed_app, [import_them, freeze_them])
        frozen = names(scope_id)
        assert (shown, frozen in (BEFORE, AFTER)) == (2, True), frozen
        if first == "freeze":
            assert frozen == BEFORE
        with transaction():
            take_in(["Closed"] * 3, **{"EstablishmentStatus (code)": CLOSED})
        assert names(scope_id) == frozen

    def test_after_an_import_holds_nothing_that_a_page_read_before(
        self, committed_app: Flask, autumn: Term, take_in: Callable[..., Any]
    ) -> None:
        shown = resolve_scope({}, FIRST_DAY)
        race(committed_app, [lambda: _in_transaction(lambda: take_in(AFTER))])
        scope = freeze(autumn)
        assert len(shown) == 2 and names(scope.id) == AFTER

    def test_another_list_than_was_looked_over_is_refused(
        self, committed_app: Flask, autumn: Term, take_in: Callable[..., Any]
    ) -> None:
        """Else a school that is new would be left out under a reason given for another."""
        shown = resolve_scope({}, FIRST_DAY)
        with transaction():
            take_in(AFTER)
        kept = [one.school.id for one in shown]
        with pytest.raises(DomainError, match="has changed since you looked"):
            freeze(autumn, reason="Ours", school_ids=kept, seen=digest(shown))


def _in_transaction(work: Callable[[], Any]) -> None:
    with transaction():
        work()
