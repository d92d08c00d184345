"""Every page that the navigation leads to, for every account, and those for what went wrong."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from cop_site.cli.demo import SIGN_INS
from tests.e2e.conftest import NewVisitor
from tests.support.visitor import DESKTOP, NO_SCRIPT, PHONE, Way

ACCOUNTS = tuple(key for key, _who in SIGN_INS)
# Who looks after one school alone comes straight to its people.
HEADINGS = {"Our people": re.compile("Our people|People at ")}


class TestNavigation:
    @pytest.mark.parametrize("account", ACCOUNTS)
    def test_leads_to_sound_pages(self, new_visitor: NewVisitor, account: str) -> None:
        visitor = new_visitor(PHONE)
        visitor.open("/")
        visitor.sign_in(f"{account}@demo.example")
        visitor.sees("Home")
        nav = visitor.page.get_by_role("navigation", name="Site")
        visitor.open_menu()
        names = nav.get_by_role("link").all_inner_texts()
        assert names[:2] == ["Home", "Events"]
        for name in names[1:]:
            visitor.follow(name, within=nav)
            visitor.sees(HEADINGS.get(name, name))
            expect(nav.locator("[aria-current]")).to_have_text(name)


class TestForEverybody:
    def test_privacy_and_cookies_are_read_without_signing_in(self, new_visitor: NewVisitor) -> None:
        visitor = new_visitor(PHONE)
        visitor.open("/sign-in")
        visitor.follow("Privacy notice")
        visitor.sees("Privacy notice")
        visitor.follow("Which cookies this site sets")
        visitor.sees("Cookies")


class TestErrors:
    @pytest.mark.parametrize("way", [DESKTOP, NO_SCRIPT], ids=lambda way: way.name)
    def test_unknown_address_says_what_to_do_next(self, new_visitor: NewVisitor, way: Way) -> None:
        visitor = new_visitor(way)
        visitor.open("/no-such-page")
        visitor.sees("Page not found")

    def test_wrong_password_says_so(self, new_visitor: NewVisitor) -> None:
        visitor = new_visitor(PHONE)
        visitor.open("/sign-in")
        visitor.sign_in("senco@demo.example", "not the password")
        visitor.reads("There is a problem")
        visitor.sees("Sign in")
        visitor.has_focus_on(visitor.page.locator(".govuk-error-summary"))
