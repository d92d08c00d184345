"""Issuing certificates: frozen when issued, one at a time, and the old stay as they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import Session
from cop_site.records import certificate_queries
from cop_site.records.certificate_queries import Standing
from cop_site.records.models import Certificate
from cop_site.records.services import issue_certificate
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.events import make_mark, make_register, session_of
from tests.factories.people import make_person
from tests.integration.records.conftest import LAST_WEEK, Attended, Sam, make_sam
from tests.support.erasing import erase
from tests.support.race import race


def issue(sam: Sam, attended: Attended) -> Certificate:
    with transaction():
        return issue_certificate(attended.event.id, sam.person.id, by=sam.acting)


def standing(certificate: Certificate) -> Standing:
    checked = certificate_queries.find_checked(certificate.number)
    assert checked is not None
    return checked.standing


def count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Certificate)) or 0


class TestIssue:
    def test_prints_what_the_record_says(self, sam: Sam) -> None:
        attended = sam.attends(title="Reading together", kind="part")
        certificate = issue(sam, attended)
        assert dict(certificate.printed) == {
            "Name": "Sam Senco",
            "Event": "Reading together",
            "Kind of event": "SENCO network",
            "Attended on": "3 November 2026",
            "Hours attended": "Part of 2 hours",
            "How": "In part",
            "For": "Elm Primary",
            "Issued by": "Larkshire Inclusion Service, Larkshire",
            "Issued on": "10 November 2026",
            "Certificate number": certificate.shown_number,
        }
        (told,) = list_changes("certificate", certificate.id)
        assert (told.verb, told.by_user_id) == ("issued", sam.user.id)

    def test_twice_is_one(self, sam: Sam) -> None:
        attended = sam.attends()
        assert issue(sam, attended) is issue(sam, attended)
        assert count() == 1

    @pytest.mark.parametrize("kind", ["apologies", "did_not_attend", "not_recorded"])
    def test_is_refused_for_who_did_not_attend(self, sam: Sam, kind: str) -> None:
        with pytest.raises(DomainError, match="no certificate for this event"):
            issue(sam, sam.attends(kind=kind))

    def test_is_refused_while_the_register_is_open(self, sam: Sam) -> None:
        with pytest.raises(DomainError, match="no certificate for this event"):
            issue(sam, sam.attends(closed=False))

    def test_is_refused_for_what_others_attended(self, sam: Sam) -> None:
        with pytest.raises(DomainError):
            issue(sam, sam.attends(person=make_person()))
        assert count() == 0

    def test_nobody_gets_one_who_is_not_there_or_is_somebody_else_by_now(self, sam: Sam) -> None:
        attended = sam.attends()
        walk_in = make_person("S. Senco", None)
        walk_in.merged_into_id = sam.person.id
        db.session.commit()
        for person_id in (walk_in.id, 999_999):
            with pytest.raises(NotFoundError), transaction():
                issue_certificate(attended.event.id, person_id, by=sam.acting)

    def test_what_was_issued_for_somebody_at_the_door_is_theirs_once_it_was_them(
        self, sam: Sam
    ) -> None:
        walk_in = make_person("S. Senco", None)
        attended = sam.attends(person=walk_in)
        db.session.commit()
        with transaction():
            old = issue_certificate(attended.event.id, walk_in.id, by=sam.acting)
        walk_in.merged_into_id = sam.person.id
        db.session.commit()
        fresh = issue(sam, attended)
        assert (fresh.holder, old.holder) == ("Sam Senco", "S. Senco")
        assert (standing(fresh), standing(old)) == (Standing.VALID, Standing.REPLACED)


class TestReissue:
    def test_after_a_new_name_the_old_stays_as_it_was_and_says_what_replaced_it(
        self, sam: Sam
    ) -> None:
        attended = sam.attends()
        old = issue(sam, attended)
        before = old.printed
        sam.person.name = "Sam Married"
        db.session.commit()
        fresh = issue(sam, attended)
        db.session.expire_all()
        assert (fresh.holder, fresh.number != old.number) == ("Sam Married", True)
        assert old.printed == before
        checked = certificate_queries.find_checked(old.number)
        assert checked is not None
        assert checked[1:] == (Standing.REPLACED, fresh.number)
        assert standing(fresh) is Standing.VALID
        assert issue(sam, attended) is fresh

    def test_third_replaces_the_second_alone(self, sam: Sam) -> None:
        attended = sam.attends()
        numbers = []
        for name in ("One Name", "Two Names", "Three Names"):
            sam.person.name = name
            db.session.commit()
            numbers.append(issue(sam, attended).number)
        followers = [certificate_queries.find_checked(number) for number in numbers]
        assert [one and one.replaced_by for one in followers] == [numbers[1], numbers[2], None]


class TestStanding:
    def test_opened_again_it_stands_until_a_closed_register_says_otherwise(self, sam: Sam) -> None:
        attended = sam.attends()
        certificate = issue(sam, attended)
        attended.register.closed_at = None
        db.session.commit()
        assert standing(certificate) is Standing.VALID
        attended.mark.kind_key = "did_not_attend"
        db.session.commit()
        assert standing(certificate) is Standing.VALID
        attended.register.closed_at = NOON
        db.session.commit()
        assert standing(certificate) is Standing.WITHDRAWN
        assert certificate.hours == "2 hours"

    def test_corrected_to_a_part_of_it_the_old_is_withdrawn_and_a_new_one_is_had(
        self, sam: Sam
    ) -> None:
        attended = sam.attends()
        old = issue(sam, attended)
        attended.mark.kind_key = "part"
        db.session.commit()
        assert standing(old) is Standing.WITHDRAWN
        fresh = issue(sam, attended)
        assert (fresh.hours, standing(fresh)) == ("Part of 2 hours", Standing.VALID)
        assert (old.hours, standing(old)) == ("2 hours", Standing.REPLACED)

    def test_who_turns_out_to_be_somebody_else_has_none(self, sam: Sam) -> None:
        walk_in = make_person("S. Senco", None)
        attended = sam.attends(person=walk_in)
        walk_in.merged_into_id = sam.person.id
        db.session.commit()
        certificate = issue(sam, attended)
        walk_in.merged_into_id = None
        db.session.commit()
        assert standing(certificate) is Standing.WITHDRAWN

    def test_date_that_moves_takes_it_away(self, sam: Sam) -> None:
        attended = sam.attends()
        certificate = issue(sam, attended)
        session = session_of(attended.event)
        session.starts_at += timedelta(days=1)
        session.ends_at += timedelta(days=1)
        db.session.commit()
        assert standing(certificate) is Standing.WITHDRAWN

    def test_next_date_of_a_course_takes_nothing_away(self, sam: Sam) -> None:
        attended = sam.attends()
        option_id = session_of(attended.event).option_id
        starts = LAST_WEEK + timedelta(days=1)
        second = Session(
            option_id=option_id, starts_at=starts, ends_at=starts + timedelta(minutes=90)
        )
        db.session.add(second)
        db.session.commit()
        first = issue(sam, attended)
        make_mark(make_register(second), sam.person, sam.school)
        db.session.commit()
        assert standing(first) is Standing.VALID
        fresh = issue(sam, attended)
        assert (first.hours, fresh.hours) == ("2 hours", "3 hours 30 minutes")
        assert (fresh.dates, standing(first)) == (
            "3 November 2026 and 4 November 2026",
            Standing.REPLACED,
        )


class TestErasing:
    def test_empties_what_was_printed_and_says_so(self, sam: Sam) -> None:
        certificate = issue(sam, sam.attends(title="Sam Senco on reading"))
        number = certificate.number
        erase(sam.person.id)
        db.session.expire_all()
        checked = certificate_queries.find_checked(number)
        assert checked is not None
        assert checked.standing is Standing.EMPTIED
        assert (checked.certificate.person_id, checked.certificate.came) == (None, {})
        assert [name for name, _value in checked.certificate.printed] == [
            "Issued on",
            "Certificate number",
        ]

    def test_of_a_namesake_takes_nothing_off_the_certificate_of_another(self, sam: Sam) -> None:
        certificate = issue(sam, sam.attends())
        erase(make_person("Sam Senco").id)
        db.session.expire_all()
        assert certificate.holder == "Sam Senco"

    def test_whoever_is_forgotten_gets_no_other(self, sam: Sam) -> None:
        attended = sam.attends()
        db.session.commit()
        erase(sam.person.id)
        with pytest.raises(NotFoundError):
            issue(sam, attended)


@pytest.mark.thorough
class TestAtOnce:
    def _issue(self, app: Flask, sam: Sam, attended: Attended, times: int) -> list[object]:
        event_id, person_id, by = attended.event.id, sam.person.id, sam.acting

        def run() -> str:
            # Read first, as a view does.
            db.session.scalars(sa.select(Certificate)).all()
            with transaction():
                return issue_certificate(event_id, person_id, by=by).number

        return race(app, [run] * times)

    def test_five_clicks_make_one(self, committed_app: Flask) -> None:
        sam = make_sam()
        attended = sam.attends()
        db.session.commit()
        numbers = self._issue(committed_app, sam, attended, 5)
        assert len(set(numbers)) == 1
        db.session.rollback()
        assert count() == 1

    def test_five_clicks_for_a_new_name_replace_once(self, committed_app: Flask) -> None:
        sam = make_sam()
        attended = sam.attends()
        db.session.commit()
        old = issue(sam, attended).number
        sam.person.name = "Sam Married"
        db.session.commit()
        (fresh,) = set(self._issue(committed_app, sam, attended, 5))
        db.session.rollback()
        db.session.expire_all()
        checked = certificate_queries.find_checked(old)
        assert checked is not None and checked.replaced_by == fresh
        assert count() == 2
