"""``flask housekeeping`` and the worker's night: in lots, each its own, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import SignInGuess
from cop_site.audit import Change
from cop_site.cli.housekeeping import Night, end_short_lived, keep_house
from cop_site.db import db
from cop_site.schools import retention_services
from cop_site.schools.retention_models import HousekeepingRun
from cop_site.schools.retention_queries import find_last_run
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.kept import MAKERS
from tests.factories.schools import make_authority
from tests.support.keeping import kind
from tests.support.race import race

LONG_AGO = NOON - timedelta(days=10 * 365)
Move = Callable[[datetime], None]


def make_old(key: str, count: int = 1) -> None:
    for number in range(count):
        MAKERS[key](LONG_AGO + timedelta(days=number))
    db.session.commit()


def count(table: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count(table.id))) or 0


def run(app: Flask, *more: str) -> Result:
    result = app.test_cli_runner().invoke(args=["housekeeping", *more])
    db.session.rollback()
    return result


def replace_kind(app: Flask, monkeypatch: pytest.MonkeyPatch, key: str, **values: Any) -> None:
    kept = tuple(
        replace(one, **values) if one.key == key else one for one in app.extensions["kept"]
    )
    monkeypatch.setitem(app.extensions, "kept", kept)


def stop(_ids: object) -> None:
    raise KeyboardInterrupt


def fail(_ids: object) -> None:
    raise AttributeError("Somebody's words")


class TestCommand:
    def test_ends_what_is_due_says_so_and_a_second_run_finds_nothing(self, app: Flask) -> None:
        make_old("guesses", 3)
        result = run(app)
        assert (result.exit_code, result.exception) == (0, None), result.output
        assert "with the network address they came from: 3" in result.output
        assert count(SignInGuess) == 0
        last = find_last_run()
        assert last is not None and last.ended["guesses"] == [3, 0]
        assert set(last.ended) == {kept.key for kept in app.extensions["kept"]}
        assert set(MAKERS) == set(last.ended) and last.ended_at == NOON and last.night is None
        assert "came from: 0" in run(app).output

    def test_a_dry_run_counts_and_changes_nothing(self, app: Flask) -> None:
        make_old("guesses", 3)
        result = run(app, "--dry-run")
        assert "came from: 3 due, 1 day after the try" in result.output
        assert (result.exit_code, count(SignInGuess), find_last_run()) == (0, 3, None)

    def test_one_that_fails_leaves_the_others_be_and_says_nobodys_words(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        make_old("guesses")
        make_old("changes")
        replace_kind(app, monkeypatch, "guesses", end=fail)
        result = run(app)
        assert result.exit_code == 1
        assert "came from: 0, 1 failed" in result.output
        assert (count(SignInGuess), count(Change)) == (1, 0)
        last = find_last_run()
        assert last is not None and last.failed == ["guesses"]
        assert "guesses: AttributeError" in caplog.text and "words" not in caplog.text

    def test_killed_keeps_what_was_done_and_the_next_run_goes_on(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_old("guesses", 5)
        end, lots = kind("guesses").end, list[object]()

        def end_two(ids: Any) -> None:
            lots.append(ids)
            end(ids)
            if len(lots) == 2:
                raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            replace_kind(app, patched, "guesses", end=end_two, at_once=2)
            with pytest.raises(KeyboardInterrupt):
                keep_house(begin_run())
        db.session.rollback()
        assert count(SignInGuess) == 3
        assert run(app).exit_code == 0
        assert count(SignInGuess) == 0


def begin_run() -> int:
    with transaction():
        return retention_services.begin_run().id


def spend_night() -> int:
    """How many a worker that begins now ended, in the end."""
    night, before = Night(), count_ended()
    if night.begin():
        assert not night.take_turn()
    return count_ended() - before


def count_ended() -> int:
    db.session.rollback()
    return sum(run.total for run in db.session.scalars(sa.select(HousekeepingRun)))


class TestNight:
    def test_begins_at_two_in_london_and_once(self, app: Flask, at: Move) -> None:
        # The clocks have gone forward: two in London is one in UTC.
        night = datetime(2027, 4, 1, tzinfo=clock.LONDON)
        make_authority()
        make_old("guesses")
        at(night.replace(hour=1, minute=59))
        assert spend_night() == 0 and count(HousekeepingRun) == 0
        at(night.replace(hour=2))
        assert spend_night() == 1
        make_old("guesses")
        at(night.replace(hour=23))
        assert spend_night() == 0
        assert count(HousekeepingRun) == 1
        at(night.replace(day=2, hour=2))
        assert spend_night() == 1

    def test_a_run_that_was_killed_is_taken_over_after_an_hour(
        self, app: Flask, at: Move, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_authority()
        make_old("guesses")
        with monkeypatch.context() as patched:
            replace_kind(app, patched, "guesses", end=stop)
            with pytest.raises(KeyboardInterrupt):
                spend_night()
        db.session.rollback()
        at(NOON + timedelta(minutes=59))
        assert spend_night() == 0
        at(NOON + timedelta(minutes=61))
        assert spend_night() == 1
        assert count(HousekeepingRun) == 1

    def test_a_run_pauses_for_the_mail_and_shows_that_it_lives(
        self, app: Flask, at: Move, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_authority()
        make_old("guesses", 3)
        replace_kind(app, monkeypatch, "guesses", at_once=1)
        night, left = Night(), [3]
        assert night.begin()
        at(NOON + timedelta(minutes=40))
        while night.take_turn(0):
            left.append(count(SignInGuess))
            at(clock.now() + timedelta(seconds=150))
            # However long ago it began, another worker leaves it alone.
            assert not Night().begin()
        assert {3, 2, 1, 0} == set(left) and clock.now() > NOON + timedelta(minutes=80)
        assert count_ended() == 3 and not Night().begin()

    def test_a_run_that_is_taken_over_counts_what_was_done_before(
        self, app: Flask, at: Move, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_authority()
        make_old("guesses", 2)
        make_old("changes")
        with monkeypatch.context() as patched:
            replace_kind(app, patched, "changes", end=stop)
            with pytest.raises(KeyboardInterrupt):
                spend_night()
        db.session.rollback()
        assert count_ended() == 2
        at(NOON + timedelta(minutes=61))
        assert spend_night() == 1
        assert count_ended() == 3

    def test_two_workers_at_once_run_it_once(self, committed_app: Flask) -> None:
        make_authority()
        make_old("guesses", 4)
        begun = race(committed_app, [lambda: Night().begin()] * 3)
        assert sorted(begun) == [False, False, True]
        assert count(HousekeepingRun) == 1

    def test_two_by_hand_at_once_end_each_thing_once(self, committed_app: Flask) -> None:
        make_authority()
        make_old("changes", 30)
        ended = race(committed_app, [partial(keep_house, begin_run()) for _ in range(2)])
        assert sum(one["changes"].ended for one in ended) == 30
        assert count(Change) == 0


def test_what_is_short_lived_does_not_wait_for_the_night(app: Flask) -> None:
    make_old("guesses")
    make_old("changes")
    assert end_short_lived(0), "mail goes out in between"
    assert not end_short_lived()
    assert (count(SignInGuess), count(Change)) == (0, 1)
