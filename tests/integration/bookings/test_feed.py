"""Somebody's calendar feed, read back; its clock changes by a parser of another make."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from dateutil.tz import tzical  # type: ignore[import-untyped]
from flask import Flask
from icalendar import Calendar

from cop_site import audit, clock
from cop_site.accounts.models import Person, User
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import EventState, Mode, Session
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import services as planning_services
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event, option_of
from tests.support.client import GatedClient
from tests.support.statements import count_statements


@pytest.fixture
def senco(people: People, client: GatedClient) -> Person:
    client.sign_in(people.senco)
    return db.session.get_one(Person, people.senco.person_id)


def make_address(client: GatedClient) -> str:
    """The path of a new feed, as the page shows it."""
    page = client.send("/account/calendar").text
    (address,) = re.findall(r'value="(http[^"]+/calendar/[^"]+\.ics)"', page)
    return f"/calendar/{address.rsplit('/', 1)[1]}"


def fetch(app: Flask, path: str) -> list[Any]:
    """The entries, as a calendar fetches them: without a cookie."""
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    return list(Calendar.from_ical(answer.data).walk("VEVENT"))


class TestAddress:
    def test_is_shown_once_and_only_its_hash_is_kept(
        self, client: GatedClient, senco: Person
    ) -> None:
        token = make_address(client).removeprefix("/calendar/").removesuffix(".ics")
        assert len(token) >= 40
        assert token not in client.get("/account/calendar").text + client.get("/account").text
        user = db.session.scalars(sa.select(User).where(User.person_id == senco.id)).one()
        assert user.feed_hash is not None and token not in user.feed_hash
        verbs = [row.verb for row in audit.list_changes("user", user.id)]
        assert verbs == ["calendar address made"]

    def test_is_built_from_the_sites_own_address(
        self, app: Flask, client: GatedClient, senco: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.config, "SITE_ADDRESS", "https://cop.example")
        page = client.send("/account/calendar").text
        assert 'value="https://cop.example/calendar/' in page
        assert 'href="webcal://cop.example/calendar/' in page

    def test_a_new_one_stops_the_old_one(
        self, app: Flask, client: GatedClient, senco: Person
    ) -> None:
        old, new = make_address(client), make_address(client)
        assert app.test_client().get(old).status_code == 404
        assert app.test_client().get(new).status_code == 200

    def test_stopped_it_is_gone(self, app: Flask, client: GatedClient, senco: Person) -> None:
        path = make_address(client)
        for _ in range(2):
            assert client.send("/account/calendar/stop").status_code == 303
        assert app.test_client().get(path).status_code == 404

    def test_ends_with_the_account(self, app: Flask, client: GatedClient, senco: Person) -> None:
        path = make_address(client)
        db.session.execute(
            sa.update(User).where(User.person_id == senco.id).values(disabled_at=clock.now())
        )
        db.session.commit()
        assert app.test_client().get(path).status_code == 404

    @pytest.mark.parametrize("path", ["/calendar/.ics", "/calendar/None.ics", "/calendar/x.ics"])
    def test_guessing_finds_nothing(self, app: Flask, senco: Person, path: str) -> None:
        """Not even the accounts that have no feed."""
        assert app.test_client().get(path).status_code == 404

    def test_is_kept_nowhere_and_sets_no_cookie(
        self, app: Flask, client: GatedClient, senco: Person
    ) -> None:
        answer = app.test_client().get(make_address(client))
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_a_fault_does_not_write_it_to_the_log(
        self,
        app: Flask,
        client: GatedClient,
        senco: Person,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        path = make_address(client)

        def fail(*_args: object) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr("cop_site.bookings.feed_queries.list_for_feed", fail)
        monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        assert app.test_client().get(path).status_code == 500
        assert "fault in GET bookings.feed" in caplog.text
        assert path.split("/")[-1].removesuffix(".ics") not in caplog.text

    def test_the_address_needs_a_token_to_be_made(self, client: GatedClient, senco: Person) -> None:
        assert client.post("/account/calendar").status_code == 400
        assert client.get("/account/calendar").status_code == 200
        assert (
            db.session.scalar(sa.select(User.feed_hash).where(User.feed_hash.is_not(None))) is None
        )


class TestFeed:
    def test_holds_the_same_entry_as_the_mail(
        self, app: Flask, client: GatedClient, people: People, senco: Person
    ) -> None:
        tomorrow = NOON + timedelta(days=1)
        event = make_event(tomorrow, mode=Mode.ONLINE, join_link="https://meet.example/1")
        db.session.commit()
        client.send(f"/events/{event.id}/booking")
        (mailed,) = db.session.scalars(sa.select(OutboxMessage)).all()
        attached = next(iter(compose(mailed).iter_attachments()))
        raw: Any = attached.get_payload(decode=True)
        theirs: Any = Calendar.from_ical(raw).walk("VEVENT")[0]
        (ours,) = fetch(app, make_address(client))
        for name in ("UID", "SEQUENCE", "SUMMARY", "LOCATION", "DESCRIPTION", "STATUS", "URL"):
            assert ours[name] == theirs[name]
        assert ours["DTSTART"].dt == theirs["DTSTART"].dt
        assert "https://meet.example/1" in ours["DESCRIPTION"]

    def test_of_somebody_waiting_is_tentative_and_has_no_link(
        self, app: Flask, client: GatedClient, people: People, senco: Person
    ) -> None:
        event = make_event(mode=Mode.ONLINE, join_link="https://meet.example/1")
        make_booking(event, senco, people.school, state=BookingState.WAITING, mode=Mode.ONLINE)
        db.session.commit()
        (entry,) = fetch(app, make_address(client))
        assert (entry["STATUS"], entry["TRANSP"]) == ("TENTATIVE", "TRANSPARENT")
        assert entry["SUMMARY"] == f"Waiting list: {event.title}"
        assert "meet.example" not in entry["DESCRIPTION"]

    def test_of_somebody_in_the_room_has_no_link(
        self, app: Flask, client: GatedClient, people: People, senco: Person
    ) -> None:
        event = make_event(mode=Mode.HYBRID, join_link="https://meet.example/1")
        make_booking(event, senco, people.school, mode=Mode.IN_PERSON)
        db.session.commit()
        (entry,) = fetch(app, make_address(client))
        assert "meet.example" not in entry["DESCRIPTION"] and entry["LOCATION"] == "Town Hall"

    @pytest.mark.parametrize(
        ("utc", "offset"),
        [
            (datetime(2026, 10, 24, 8, 0, tzinfo=UTC), 1),
            (datetime(2026, 10, 26, 9, 0, tzinfo=UTC), 0),
            (datetime(2027, 3, 27, 9, 0, tzinfo=UTC), 0),
            (datetime(2027, 3, 29, 8, 0, tzinfo=UTC), 1),
        ],
    )
    def test_stands_at_nine_in_london_on_both_sides_of_a_clock_change(
        self,
        app: Flask,
        client: GatedClient,
        people: People,
        senco: Person,
        utc: datetime,
        offset: int,
    ) -> None:
        make_booking(make_event(utc), senco, people.school)
        db.session.commit()
        path = make_address(client)
        (entry,) = fetch(app, path)
        starts_at = entry["DTSTART"].dt
        assert starts_at == utc
        assert (starts_at.hour, starts_at.utcoffset()) == (9, timedelta(hours=offset))
        text = app.test_client().get(path).text
        assert "DTSTART;TZID=Europe/London" in text
        # As a calendar that knows no London reads it: by the rules that the file itself gives.
        rules = text[text.index("BEGIN:VTIMEZONE") : text.index("END:VTIMEZONE") + 14]
        london = tzical(io.StringIO(rules)).get("Europe/London")
        assert starts_at.replace(tzinfo=london).utcoffset() == timedelta(hours=offset)

    def test_goes_three_months_back_and_no_further(
        self, app: Flask, client: GatedClient, people: People, senco: Person
    ) -> None:
        for days in (-120, -80, 300):
            event = make_event(NOON + timedelta(days=days), title=f"At {days}")
            make_booking(event, senco, people.school)
        db.session.commit()
        titles = [str(entry["SUMMARY"]) for entry in fetch(app, make_address(client))]
        assert titles == ["At -80", "At 300"]

    def test_every_date_is_an_entry_and_old_dates_are_left_out(
        self, app: Flask, client: GatedClient, people: People, senco: Person
    ) -> None:
        event = make_event(NOON + timedelta(days=7))
        option_id = option_of(event).id
        for days in (-120, 14):
            at = NOON + timedelta(days=days)
            db.session.add(
                Session(option_id=option_id, starts_at=at, ends_at=at + timedelta(hours=1))
            )
        make_booking(event, senco, people.school)
        db.session.commit()
        entries = fetch(app, make_address(client))
        assert len({str(entry["UID"]) for entry in entries}) == len(entries) == 2

    def test_what_is_cancelled_is_gone(
        self, app: Flask, client: GatedClient, people: People, senco: Person
    ) -> None:
        called_off, left, stays = make_event(), make_event(), make_event(title="Stays")
        draft = make_event(state=EventState.DRAFT)
        make_booking(called_off, senco, people.school)
        make_booking(left, senco, people.school, state=BookingState.CANCELLED)
        make_booking(stays, senco, people.school)
        make_booking(draft, senco, people.school)
        db.session.commit()
        planning_services.cancel_event(called_off.id, "Snow", by=acting(people.ep))
        db.session.commit()
        assert [str(row["SUMMARY"]) for row in fetch(app, make_address(client))] == ["Stays"]

    def test_is_of_one_person_alone(
        self, app: Flask, client: GatedClient, people: People, senco: Person
    ) -> None:
        other = db.session.get_one(Person, people.other.person_id)
        make_booking(make_event(title="Theirs"), other, people.school)
        make_booking(make_event(title="Mine"), senco, people.school)
        db.session.commit()
        path = make_address(client)
        client.sign_in(people.other)
        make_address(client)
        assert [str(row["SUMMARY"]) for row in fetch(app, path)] == ["Mine"]

    def test_of_nobody_booked_is_an_empty_calendar(
        self, app: Flask, client: GatedClient, senco: Person
    ) -> None:
        path = make_address(client)
        assert fetch(app, path) == []
        whole: Any = Calendar.from_ical(app.test_client().get(path).data)
        assert whole["X-WR-CALNAME"] == "Communities of Practice"
        assert whole["REFRESH-INTERVAL"].dt == timedelta(hours=4)
        assert whole["X-PUBLISHED-TTL"] == "PT4H"

    def test_costs_the_same_for_three_and_for_thirty(
        self, app: Flask, client: GatedClient, people: People, senco: Person
    ) -> None:
        path, counts = make_address(client), []
        for more in (3, 27):
            for _ in range(more):
                make_booking(make_event(), senco, people.school)
            db.session.commit()
            db.session.expire_all()
            with count_statements() as sent:
                fetch(app, path)
            counts.append(len(sent))
        assert counts == [2, 2]

    def test_follows_the_clock(
        self,
        app: Flask,
        client: GatedClient,
        people: People,
        senco: Person,
        at: Callable[[datetime], None],
    ) -> None:
        make_booking(make_event(NOON + timedelta(days=1)), senco, people.school)
        db.session.commit()
        path = make_address(client)
        at(NOON + timedelta(days=94))
        assert fetch(app, path) == []
