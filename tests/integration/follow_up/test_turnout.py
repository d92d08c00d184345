"""Who came to an event, who missed it, and the list as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from cop_site.audit import list_changes
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events import queries as event_queries
from cop_site.follow_up.turnout_models import (
    NO_CLUSTER,
    Outcome,
    count_all,
    count_clusters,
    count_schools,
)
from cop_site.follow_up.turnout_queries import list_turnout
from tests.conftest import NOON
from tests.factories.events import (
    make_booking,
    make_event,
    make_mark,
    make_register,
    make_time,
    session_of,
)
from tests.factories.people import make_person
from tests.integration.follow_up.conftest import Held, person_of
from tests.support.client import GatedClient
from tests.support.statements import count_statements


def outcomes(held: Held) -> dict[str, tuple[Outcome, str]]:
    db.session.commit()
    event = event_queries.get_event(held.event.id, sa.true())
    return {row.name: (row.outcome, row.detail) for row in list_turnout(event)}


class TestTurnout:
    def test_says_of_each_what_closed_registers_say(self, held: Held) -> None:
        assert outcomes(held) == {
            "Cara Came": (Outcome.CAME, "Attended in person"),
            "Misha Missed": (Outcome.MISSED, "Did not attend"),
            "Aled Apologised": (Outcome.MISSED, "Apologies"),
            "Una Unmarked": (Outcome.NOT_RECORDED, "In person"),
            "Lena Late": (Outcome.MISSED, "Cancelled late"),
            "Dora Door": (Outcome.CAME, "Attended in person, added at the door"),
            "Wanda Waiting": (Outcome.WAITING, "In person"),
        }

    def test_says_nothing_of_an_open_register(self, held: Held) -> None:
        held.register.closed_at = None
        said = outcomes(held)
        assert said["Cara Came"][0] is Outcome.PENDING
        assert said["Misha Missed"][0] is Outcome.PENDING
        assert "Dora Door" not in said

    def test_of_a_course_one_date_attended_is_coming(self, held: Held) -> None:
        other = make_event(NOON - timedelta(days=3), title="Second date")
        second = session_of(other)
        option_id = session_of(held.event).option_id
        second.option_id = option_id
        register = make_register(second)
        make_mark(register, person_of(held.missed), held.dovecote, kind="online")
        assert outcomes(held)["Misha Missed"] == (Outcome.CAME, "Attended online")
        register.closed_at = None
        assert outcomes(held)["Misha Missed"][0] is Outcome.PENDING

    @pytest.mark.parametrize("merged", [False, True], ids=["themselves", "merged"])
    def test_of_several_times_it_waits_for_the_other_that_names_them(
        self, held: Held, merged: bool
    ) -> None:
        later = make_time(held.event, NOON - timedelta(days=3))
        register = make_register(later, closed=False)
        missed = person_of(held.missed)
        at_the_door = make_person("Misha M", email=None) if merged else missed
        if merged:
            at_the_door.merged_into_id = missed.id
        mark = make_mark(register, at_the_door, held.dovecote, walk_in=True)
        assert outcomes(held)["Misha Missed"] == (Outcome.PENDING, "In person")
        assert outcomes(held)["Aled Apologised"][0] is Outcome.MISSED
        register.closed_at = NOON
        assert outcomes(held)["Misha Missed"][0] is Outcome.CAME
        register.closed_at, mark.voided_at = None, NOON
        assert outcomes(held)["Misha Missed"][0] is Outcome.MISSED

    def test_a_walk_in_said_to_be_somebody_is_them(self, held: Held) -> None:
        known = make_person("Known Already")
        held.door.merged_into_id = known.id
        said = outcomes(held)
        assert "Dora Door" not in said and said["Known Already"][0] is Outcome.CAME

    def test_whoever_waited_and_came_all_the_same_came(self, held: Held) -> None:
        make_mark(held.register, held.waiting, held.alder)
        assert outcomes(held)["Wanda Waiting"][0] is Outcome.CAME

    def test_who_had_no_place_at_the_start_has_missed_nothing(self, held: Held) -> None:
        """By the link in a reminder they apologised, and gave their place up in time."""
        early = make_person("Erin Early")
        gave_up = make_booking(held.event, early, held.alder, state=BookingState.CANCELLED)
        make_mark(held.register, early, held.alder, kind="apologies", booking=gave_up)
        make_mark(held.register, held.waiting, held.alder, kind="did_not_attend")
        said = outcomes(held)
        assert "Erin Early" not in said
        assert said["Wanda Waiting"] == (Outcome.WAITING, "In person")
        event = event_queries.get_event(held.event.id, sa.true())
        total = count_all(list_turnout(event))
        assert (total.places, total.waiting, total.came, total.missed) == (5, 1, 2, 3)

    def test_counts_by_the_cluster_of_that_day(self, held: Held) -> None:
        event = event_queries.get_event(held.event.id, sa.true())
        counts = {one.name: one for one in count_clusters(list_turnout(event))}
        ours, none = counts["Hawthorn"], counts[NO_CLUSTER]
        assert (ours.places, ours.waiting, ours.came, ours.missed, ours.schools) == (3, 1, 1, 1, 1)
        assert (none.places, none.waiting, none.came, none.missed, none.schools) == (2, 0, 1, 2, 1)

    def test_counts_by_school_and_everybody_once(self, held: Held) -> None:
        event = event_queries.get_event(held.event.id, sa.true())
        rows = list_turnout(event)
        schools = {one.name: one for one in count_schools(rows)}
        ours, none = schools[held.alder.name], schools[held.dovecote.name]
        assert (ours.places, ours.waiting, ours.came, ours.missed) == (3, 1, 1, 1)
        assert (none.places, none.waiting, none.came, none.missed) == (2, 0, 1, 2)
        assert (ours.cluster, none.cluster) == ("Hawthorn", NO_CLUSTER)
        total = count_all(rows)
        assert (total.places, total.waiting, total.came, total.missed) == (5, 1, 2, 3)
        assert total.schools == 2

    def test_somebody_of_two_schools_counts_in_each_and_once_in_all(self, held: Held) -> None:
        event = event_queries.get_event(held.event.id, sa.true())
        before = count_all(list_turnout(event)).places
        make_booking(held.event, make_person(), held.alder, held.dovecote)
        rows = list_turnout(event)
        assert [one.places for one in count_schools(rows)] == [4, 3]
        assert count_all(rows).places == before + 1

    def test_asks_as_often_for_many_as_for_few(self, held: Held, client: GatedClient) -> None:
        client.sign_in(held.ep)
        client.get(f"/events/{held.event.id}/who-came")
        with count_statements() as few:
            client.get(f"/events/{held.event.id}/who-came")
        for _ in range(30):
            make_mark(held.register, make_person(), held.alder)
            make_booking(held.event, make_person(), held.dovecote)
        db.session.commit()
        with count_statements() as many:
            client.get(f"/events/{held.event.id}/who-came")
        assert len(many) == len(few) <= 12


class TestPage:
    def test_narrows_to_what_is_asked(self, held: Held, client: GatedClient) -> None:
        client.sign_in(held.ep)
        page = client.get(f"/events/{held.event.id}/who-came").text
        assert "Cara Came" in page and "Gina Good-Time" not in page
        missed = client.fragment(f"/events/{held.event.id}/who-came?outcome=missed").text
        assert "Misha Missed" in missed and "Cara Came" not in missed and "<h1" not in missed
        ours = client.get(f"/events/{held.event.id}/who-came?cluster=Hawthorn").text
        assert "Aled Apologised" in ours and "Misha Missed" not in ours
        assert "mailto:" in page

    def test_counts_nobody_as_having_come_before_a_register_is_closed(
        self, held: Held, client: GatedClient
    ) -> None:
        client.sign_in(held.ep)
        address = f"/events/{held.event.id}/who-came"
        said = "Who came is known once a register is closed."
        assert said not in client.get(address).text
        held.register.closed_at = None
        db.session.commit()
        page = client.get(address).text
        assert said in page and page.count(">–</td>") >= 3

    @pytest.mark.sqlite_only
    def test_takes_no_nonsense(self, held: Held, client: GatedClient) -> None:
        client.sign_in(held.ep)
        page = client.get(f"/events/{held.event.id}/who-came?cluster=No&outcome=x").text
        assert "Cara Came" in page and "Misha Missed" in page

    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_is_saved_as_a_file_and_written_down(
        self, held: Held, client: GatedClient, ending: str
    ) -> None:
        held.event.title = "=Reading/barriers"
        held.apologised.name = "=HYPERLINK(1)"
        db.session.commit()
        client.sign_in(held.ep)
        answer = client.get(f"/events/{held.event.id}/who-came.{ending}?outcome=missed")
        if ending == "csv":
            rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
        else:
            sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
            assert sheet is not None
            rows = [[str(cell.value or "") for cell in row] for row in sheet.rows]
            assert {cell.data_type for row in sheet.rows for cell in row} <= {"s", "n"}
        names = {row[0] for row in rows[1:]}
        kept = "'=HYPERLINK(1)" if ending == "csv" else "=HYPERLINK(1)"
        assert names == {"Misha Missed", "Lena Late", kept}
        assert rows[0][:3] == ["Name", "Email", "School"]
        (written,) = list_changes("export", held.ep.id)
        assert written.now["rows"] == 3 and written.now["filter"] == {"outcome": "missed"}
