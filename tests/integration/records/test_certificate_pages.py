"""The file, the page on which anybody checks it, and the pages that give one."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from cop_site.accounts.models import ServiceRoleKind
from cop_site.attendance.models import Register
from cop_site.db import db
from cop_site.records.models import Certificate, make_number, show_number
from tests.conftest import NOON
from tests.factories.events import make_mark
from tests.factories.people import make_person, make_school_user, make_service_user
from tests.factories.schools import make_school
from tests.integration.records.conftest import Attended, Sam
from tests.support.client import GatedClient
from tests.support.pdf import read_pdf, tags_of, text_of
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only


def get(client: GatedClient, sam: Sam, attended: Attended) -> Certificate:
    """As somebody does who presses the button."""
    db.session.commit()
    client.sign_in(sam.user)
    address = f"/cpd-record/{attended.event.id}"
    answer = client.send(address)
    assert (answer.status_code, answer.location) == (303, address)
    return db.session.query(Certificate).order_by(Certificate.id.desc()).first() or _none()


def _none() -> Certificate:
    raise AssertionError("there is no certificate")


def draw(client: GatedClient, certificate: Certificate) -> str:
    answer = client.get(f"/cpd-record/certificates/{certificate.id}.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return squeeze(text_of(read_pdf(answer.data)))


def page_of(client: GatedClient, certificate: Certificate) -> str:
    stranger = client.application.test_client()
    answer = stranger.get(f"/certificates/{certificate.shown_number}")
    assert answer.status_code == 200
    return squeeze(html.unescape(re.sub("<[^>]+>", " ", answer.text)))


def squeeze(text: str) -> str:
    return " ".join(text.split())


class TestFile:
    def test_is_tagged_and_has_every_field_number_and_address(
        self, client: GatedClient, sam: Sam
    ) -> None:
        certificate = get(client, sam, sam.attends(title="Zoë’s reading: “together” & apart"))
        answer = client.get(f"/cpd-record/certificates/{certificate.id}.pdf")
        reader = read_pdf(answer.data)
        tags = tags_of(reader)
        assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure", "/Link"} <= set(tags)
        assert tags.count("/TH") == len(certificate.printed)
        assert reader.metadata and reader.metadata.title == "Certificate of attendance: Sam Senco"
        assert len(reader.pages) == 1
        width, height = reader.pages[0].mediabox.upper_right
        assert (round(width), round(height)) == (595, 842)
        text = squeeze(text_of(reader))
        for name, value in certificate.printed:
            assert name in text and value in text, (name, value)
        assert f"/certificates/{certificate.shown_number}" in text.replace(" ", "")

    def test_the_page_repeats_every_field_that_is_printed(
        self, client: GatedClient, sam: Sam
    ) -> None:
        certificate = get(client, sam, sam.attends(title="Reading together"))
        drawn, page = draw(client, certificate), page_of(client, certificate)
        cells = [f"{name} {value}" for name, value in certificate.printed]
        assert len(cells) == 10
        for cell in cells:
            assert cell in drawn and cell in page
        assert "Valid" in page
        # Nothing else is printed that the page would have to repeat.
        rest = drawn
        for cell in cells:
            rest = rest.replace(cell, "", 1)
        assert "Sam" not in rest.replace("Larkshire Inclusion Service", "")
        assert not re.search(r"[0-9]", rest.split("/certificates/")[0].split("http")[0])

    def test_new_name_and_new_names_of_event_and_school_alter_neither(
        self, client: GatedClient, sam: Sam
    ) -> None:
        attended = sam.attends(title="Reading together")
        certificate = get(client, sam, attended)
        before = draw(client, certificate), page_of(client, certificate)
        sam.person.name, sam.school.name = "Sam Married", "Elm Academy"
        attended.event.title = "Writing together"
        db.session.commit()
        assert (draw(client, certificate), page_of(client, certificate)) == before

    def test_hostile_words_are_only_text(self, client: GatedClient, sam: Sam) -> None:
        title = "<script>alert(1)</script> <img src=x> {{ 7 * 7 }}"
        certificate = get(client, sam, sam.attends(title=title))
        assert squeeze(title) in draw(client, certificate)
        page = client.get(f"/certificates/{certificate.shown_number}").text
        assert "<script>alert" not in page and "<img" not in page and "{{ 7 * 7 }}" in page

    def test_of_somebody_else_is_not_there(self, client: GatedClient, sam: Sam) -> None:
        certificate = get(client, sam, sam.attends())
        other = make_school_user(sam.school)
        db.session.commit()
        client.sign_in(other)
        assert client.get(f"/cpd-record/certificates/{certificate.id}.pdf").status_code == 404


class TestOwnPage:
    def test_pressed_twice_is_one(self, client: GatedClient, sam: Sam) -> None:
        attended = sam.attends()
        assert get(client, sam, attended).id == get(client, sam, attended).id
        assert db.session.query(Certificate).count() == 1
        page = client.get(f"/cpd-record/{attended.event.id}").text
        assert "Download the certificate" in page and "new certificate" not in page

    def test_a_new_name_is_offered_and_both_can_be_checked(
        self, client: GatedClient, sam: Sam
    ) -> None:
        attended = sam.attends()
        old = get(client, sam, attended)
        sam.person.name = "Sam Married"
        db.session.commit()
        assert "Get a new certificate" in client.get(f"/cpd-record/{attended.event.id}").text
        fresh = get(client, sam, attended)
        page = client.get(f"/cpd-record/{attended.event.id}").text
        assert "Get a new certificate" not in page and old.shown_number in page
        checked = page_of(client, old)
        assert "Name Sam Senco" in checked
        assert (
            "Replaced This certificate was issued here. It was replaced on 10 November 2026 by"
            in checked
        )
        assert f"certificate {fresh.shown_number}" in checked
        assert "Name Sam Married" in page_of(client, fresh)

    def test_register_opened_again_keeps_it_and_takes_the_event_out_of_the_record(
        self, client: GatedClient, sam: Sam
    ) -> None:
        attended = sam.attends(title="Reading together")
        certificate = get(client, sam, attended)
        attended.register.closed_at = None
        db.session.commit()
        assert "Valid" in page_of(client, certificate)
        listed = client.get("/cpd-record").text
        assert "Not counted yet" in listed and "Certificates of what does not count now" in listed
        assert f'href="/cpd-record/{attended.event.id}"' in listed
        page = client.get(f"/cpd-record/{attended.event.id}").text
        assert "does not count at the moment" in page and "Download the certificate" in page

    def test_corrected_register_says_so_on_both_pages(self, client: GatedClient, sam: Sam) -> None:
        attended = sam.attends()
        certificate = get(client, sam, attended)
        attended.mark.kind_key = "did_not_attend"
        db.session.commit()
        assert "Withdrawn" in page_of(client, certificate)
        assert "Hours attended 2 hours" in page_of(client, certificate)
        page = client.get(f"/cpd-record/{attended.event.id}").text
        assert "The register was corrected" in page

    def test_closed_register_that_opens_meanwhile_refuses_with_a_sentence(
        self, client: GatedClient, sam: Sam
    ) -> None:
        attended = sam.attends()
        get(client, sam, attended)
        db.session.query(Register).update({"closed_at": None})
        db.session.commit()
        answer = client.send(f"/cpd-record/{attended.event.id}")
        assert answer.status_code == 422
        assert "There is no certificate for this event" in answer.text

    def test_event_one_never_attended_is_not_there(self, client: GatedClient, sam: Sam) -> None:
        attended = sam.attends(person=make_person())
        db.session.commit()
        client.sign_in(sam.user)
        for answer in (
            client.get(f"/cpd-record/{attended.event.id}"),
            client.send(f"/cpd-record/{attended.event.id}"),
        ):
            assert answer.status_code == 404
        assert db.session.query(Certificate).count() == 0


class TestChecking:
    def test_number_typed_in_any_way_leads_to_the_page(self, client: GatedClient, sam: Sam) -> None:
        certificate = get(client, sam, sam.attends())
        typed = f"  {certificate.number.lower()[:8]} {certificate.number[8:]}"
        answer = client.send("/certificates", number=typed)
        assert answer.location == f"/certificates/{certificate.shown_number}"
        assert "Name Sam Senco" in page_of(client, certificate)

    @pytest.mark.parametrize("typed", ["", "BCDF", "x" * 41, "'; DROP TABLE"])
    def test_what_is_no_number_comes_back_as_typed(self, client: GatedClient, typed: str) -> None:
        answer = client.send("/certificates", number=typed)
        assert answer.status_code == 422
        assert html.escape(typed, quote=False).replace("'", "&#39;") in answer.text

    @pytest.mark.parametrize("number", ["x", "0" * 16, "%F0%9F%98%80", "a" * 3000])
    def test_strange_address_is_a_page_and_no_fault(self, client: GatedClient, number: str) -> None:
        assert client.get(f"/certificates/{number}").status_code == 404

    def test_tells_search_engines_to_stay_away_and_leads_to_no_person(
        self, client: GatedClient, sam: Sam
    ) -> None:
        certificate = get(client, sam, sam.attends())
        answer = client.application.test_client().get(f"/certificates/{certificate.shown_number}")
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Cache-Control"] == "no-store"
        main = answer.text.split("<main")[1].split("</main>")[0]
        assert re.findall(r'href="([^"]+)"', main) == ["/certificates"]
        for hidden in (sam.user.email, "/people/", "/schools/", "/events/"):
            assert hidden not in main

    def test_many_wrong_numbers_are_stopped_and_right_ones_with_them(
        self, client: GatedClient, sam: Sam
    ) -> None:
        certificate = get(client, sam, sam.attends())
        stranger = client.application.test_client()
        right = f"/certificates/{certificate.shown_number}"
        for _ in range(10):
            assert stranger.get(f"/certificates/{show_number(make_number())}").status_code == 404
        assert stranger.get(f"/certificates/{show_number(make_number())}").status_code == 429
        assert stranger.get(right).status_code == 429
        elsewhere = {"REMOTE_ADDR": "10.9.8.7"}
        assert stranger.get(right, environ_base=elsewhere).status_code == 200

    def test_right_numbers_are_checked_as_often_as_one_likes(
        self, client: GatedClient, sam: Sam
    ) -> None:
        certificate = get(client, sam, sam.attends())
        for _ in range(12):
            assert client.get(f"/certificates/{certificate.shown_number}").status_code == 200

    def test_says_when_its_words_are_gone(self, client: GatedClient, sam: Sam) -> None:
        certificate = get(client, sam, sam.attends())
        certificate.issued_at = NOON - timedelta(days=3)
        certificate.person_id, certificate.emptied_at = None, NOON
        certificate.holder = ""
        db.session.commit()
        page = page_of(client, certificate)
        assert "Details erased" in page and "7 November 2026" in page
        assert "What is printed on it" not in page


class TestOfEvent:
    def test_prints_one_for_somebody_without_an_account(
        self, client: GatedClient, sam: Sam
    ) -> None:
        guest = make_person("Gail Guest", None)
        attended = sam.attends(person=guest)
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        client.sign_in(lead)
        listed = f"/events/{attended.event.id}/certificates"
        assert listed in client.get(f"/events/{attended.event.id}").text
        assert "Gail Guest" in client.get(listed).text
        answer = client.send(f"{listed}/{guest.id}")
        assert answer.location == f"{listed}/{guest.id}.pdf"
        assert "Name Gail Guest" in squeeze(text_of(read_pdf(client.get(answer.location).data)))
        assert client.send(f"{listed}/{guest.id}").status_code == 303
        assert db.session.query(Certificate).count() == 1

    def test_lists_nobody_from_an_open_register(self, client: GatedClient, sam: Sam) -> None:
        attended = sam.attends(closed=False)
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        client.sign_in(lead)
        assert "Nobody yet" in client.get(f"/events/{attended.event.id}/certificates").text

    def test_gives_none_to_somebody_who_is_not_on_it(self, client: GatedClient, sam: Sam) -> None:
        attended, other = sam.attends(), make_person("Not There")
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        client.sign_in(lead)
        listed = f"/events/{attended.event.id}/certificates"
        assert client.send(f"{listed}/{other.id}").status_code == 422
        assert client.send(f"{listed}/999999").status_code == 404
        assert client.get(f"{listed}/{other.id}.pdf").status_code == 404

    def test_costs_the_same_for_many_as_for_few(self, client: GatedClient, sam: Sam) -> None:
        attended = sam.attends()
        lead = make_service_user(ServiceRoleKind.INCLUSION_LEAD)
        db.session.commit()
        client.sign_in(lead)
        counts = []
        for more in (2, 30):
            for _ in range(more):
                make_mark(attended.register, make_person(), make_school())
            db.session.commit()
            db.session.remove()
            with count_statements() as sent:
                client.get(f"/events/{attended.event.id}/certificates")
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 6
