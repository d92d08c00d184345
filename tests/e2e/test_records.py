"""A SENCO's CPD record, a certificate from it, and a stranger who checks that."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from playwright.sync_api import Locator, expect
from pypdf import PdfReader

from tests.e2e.conftest import NewVisitor
from tests.support.pdf import tags_of, text_of
from tests.support.visitor import PHONE, Visitor

NUMBER = re.compile("[2-9B-Z]{4}(-[2-9B-Z]{4}){3}")


def _opens_record(visitor: Visitor) -> None:
    visitor.open("/")
    visitor.sign_in("senco@demo.example")
    visitor.sees("Home")
    visitor.follow("CPD")
    visitor.sees("My CPD record")


def _takes(visitor: Visitor, link: Locator) -> PdfReader:
    with visitor.page.expect_download() as taken:
        link.click()
    return PdfReader(BytesIO(Path(taken.value.path()).read_bytes()))


def _link(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("link", name=name)


class TestRecord:
    def test_is_read_narrowed_and_taken_away(self, visitor: Visitor) -> None:
        _opens_record(visitor)
        visitor.reads(re.compile("[0-9]+ events: [0-9]+ hours"), "School year")
        years = visitor.page.get_by_label("School year").locator("option")
        before = visitor.main.locator(".event").count()
        visitor.page.get_by_label("School year").select_option(index=years.count() - 1)
        visitor.press("Show")
        visitor.sees("My CPD record")
        assert 0 < visitor.main.locator(".event").count() < before
        drawn = _takes(visitor, _link(visitor, "Download to print"))
        assert "/TH" in tags_of(drawn) and "CPD record of" in text_of(drawn)


class TestCertificate:
    def test_is_had_in_two_steps_and_says_what_its_page_says(self, visitor: Visitor) -> None:
        _opens_record(visitor)
        visitor.press(re.compile("Get certificate"))
        visitor.sees(re.compile("Certificate: "))
        visitor.reads("Your certificate is ready.")
        drawn = " ".join(text_of(_takes(visitor, _link(visitor, "Download the"))).split())
        visitor.follow("its own page")
        visitor.sees(re.compile("Certificate "))
        visitor.reads("Valid")
        rows = visitor.main.locator(".govuk-summary-list__row")
        assert rows.count() >= 9
        for row in rows.all():
            told = " ".join(row.inner_text().split())
            assert told in drawn, told

    def test_new_name_gives_a_new_one_and_the_old_is_still_checked(
        self, visitor: Visitor, new_visitor: NewVisitor
    ) -> None:
        _opens_record(visitor)
        visitor.press(re.compile("Get certificate"))
        visitor.sees(re.compile("Certificate: "))
        address = visitor.page.url
        old = NUMBER.search(visitor.main.inner_text())
        assert old
        visitor.open("/account/details")
        visitor.fill("Your name", "A Newname")
        visitor.press("Save")
        visitor.sees("My account")
        visitor.open(address)
        visitor.sees(re.compile("Certificate: "))
        visitor.reads("A new certificate would say:")
        visitor.press("Get a new certificate")
        visitor.sees(re.compile("Certificate: "))
        visitor.reads("Earlier certificates", old[0])
        stranger = new_visitor(PHONE)
        stranger.open("/sign-in")
        stranger.follow("Check a certificate")
        stranger.sees("Check a certificate")
        stranger.fill("Certificate number", "BCDF")
        stranger.press("Check")
        stranger.sees("Check a certificate")
        stranger.reads("There is a problem")
        stranger.fill("Certificate number", old[0].replace("-", " ").lower())
        stranger.press("Check")
        stranger.sees(f"Certificate {old[0]}")
        stranger.reads("Replaced")
        expect(stranger.main).not_to_contain_text("Newname")


class TestForThoseWithoutAnAccount:
    def test_whoever_takes_the_register_prints_one(self, visitor: Visitor) -> None:
        _opens_record(visitor)
        visitor.main.locator(".event a").first.click()
        visitor.sees(re.compile("Certificate: "))
        event = re.search("[0-9]+$", visitor.page.url)
        assert event
        visitor.press("Sign out")
        visitor.open(f"/events/{event[0]}")
        visitor.sign_in("lead@demo.example")
        visitor.follow("Certificates for those who came")
        visitor.sees("Certificates")
        with visitor.page.expect_download() as taken:
            visitor.press(re.compile("PDF certificate of "))
        drawn = PdfReader(BytesIO(Path(taken.value.path()).read_bytes()))
        assert "Certificate of attendance" in text_of(drawn)
