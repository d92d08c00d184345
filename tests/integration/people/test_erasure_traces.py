"""After an erasure nothing on the site says who it was, and every figure is what it was."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import ServiceRoleKind
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.notifications.delivery import deliver_due
from cop_site.reports.basis import Ask
from cop_site.reports.overview_report import load_overview
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.lives import EMAIL, WORD, Life, live
from tests.factories.people import make_service_user
from tests.factories.reports import add_to_scope, make_scope
from tests.factories.schools import (
    join_cluster,
    make_authority,
    make_cluster,
    make_school,
    make_term,
)
from tests.support import erasing
from tests.support.client import GatedClient

pytestmark = pytest.mark.thorough


@pytest.fixture
def life(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Life:
    """With a term, a list of schools and mail that was delivered, so that there are figures."""
    monkeypatch.setitem(app.config, "MAIL_FOLDER", str(tmp_path / "mail"))
    make_authority()
    today = NOON.date()
    term = make_term("Autumn 2026", today.replace(month=9, day=1), today.replace(month=12, day=18))
    school, cluster = make_school("Elm Primary"), make_cluster("Alder")
    join_cluster(school, cluster)
    add_to_scope(make_scope(term, []), school, cluster)
    admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    life = live(school, cluster, admin)
    deliver_due(limit=5)
    return life


def erase(life: Life) -> None:
    erasing.erase(life.user.person_id, by=acting(life.admin))


def find_traces(app: Flask, log: str) -> set[str]:
    """Every column, folder and log that has the word, whatever the database calls it."""
    connection = db.session.connection()
    found = set()
    for table in sa.inspect(connection).get_table_names():
        for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings():
            found |= {f"{table}.{name}" for name, value in row.items() if _has_word(value)}
    for setting in ("MAIL_FOLDER", "STORAGE_URL"):
        files = (one for one in Path(app.config[setting]).rglob("*") if one.is_file())
        found |= {f"{setting} {one.name}" for one in files if _has_word(one.read_bytes())}
    return found | ({"log"} if _has_word(log) else set())


def _has_word(value: object) -> bool:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return WORD in text.lower()


class TestNothingIsLeft:
    def test_in_any_column_file_mail_or_log(
        self, app: Flask, client: GatedClient, life: Life, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        before = find_traces(app, "")
        assert len(before) > 40, before
        client.sign_in(life.admin)
        page = f"/people/{life.user.person_id}/erase"
        asked = client.get(page).text
        assert "They asked to be forgotten" in asked
        names = re.findall(r'name="names"[^>]*value="([^"]+)"', asked)
        assert client.send(page, sure="y", names=names).status_code == 303
        assert "Removed person" in client.get(f"/people/{life.user.person_id}").text
        assert find_traces(app, "") == {"outbox_message.recipient"}, "the last mail to them"
        deliver_due(limit=50)
        (last,) = (one for one in _mails(app) if _has_word(one.read_bytes()))
        assert f"To: {EMAIL}" in last.read_text()
        last.unlink()
        assert find_traces(app, caplog.text) == set()


def _mails(app: Flask) -> Iterable[Path]:
    return Path(app.config["MAIL_FOLDER"]).glob("*.eml")


class TestFiguresStay:
    def test_every_group_of_figures_is_what_it_was(self, life: Life) -> None:
        before = _figures()
        erase(life)
        assert _figures() == before

    def test_a_place_ahead_goes_to_whoever_waits(self, life: Life) -> None:
        erase(life)
        rows = db.session.execute(
            sa.select(Booking.person_id, Booking.state).where(Booking.event_id == life.full.id)
        )
        assert {person_id: state for person_id, state in rows} == {
            life.user.person_id: BookingState.CANCELLED,
            life.colleague.person_id: BookingState.OFFERED,
        }


def _figures() -> list[object]:
    db.session.expunge_all()
    told = load_overview(Ask(), with_surveys=True)
    assert told.report.figures is not None and told.reach is not None
    return [
        *(told.report.figures, told.cops, told.delivery, told.registers, told.reach),
        told.surveys,
    ]
