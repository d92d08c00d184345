"""Coming in: by invitation, by a link, with a second step, and asking to be let in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from datetime import UTC, datetime

import pytest

from tests.e2e.conftest import NewVisitor
from tests.support.demonstration import Site
from tests.support.visitor import NO_SCRIPT, PHONE, Visitor, Way

SENCO, EP = "senco@demo.example", "ep@demo.example"
SCHOOL = "Alder Lane Primary"
NEW_PASSWORD = "lantern walks over gravel"

# Scripts change little on these pages: with them on a phone, and without.
with_scripts_and_without = pytest.mark.parametrize(
    "way", [PHONE, NO_SCRIPT], ids=lambda way: way.name
)


def link_in(messages: list[str], path: str) -> str:
    """The path of the one link that begins so, among the messages that went out."""
    (found,) = re.findall(rf"https?://[^/\s]+({path}\S+)", "\n".join(messages))
    return str(found)


@with_scripts_and_without
class TestInvitation:
    def test_new_colleague_comes_from_the_email_to_a_booked_place(
        self, new_visitor: NewVisitor, site: Site, way: Way
    ) -> None:
        senco = new_visitor(way)
        senco.open("/our-people")
        senco.sign_in(SENCO)
        senco.sees(f"People at {SCHOOL}")
        senco.press("Add somebody")
        senco.sees(f"Add somebody to {SCHOOL}")
        senco.press("Add and invite")
        senco.sees(f"Add somebody to {SCHOOL}")
        senco.reads("Enter their name")
        senco.fill("Name", "The new deputy")
        senco.fill("Work email address", "deputy@alder.example")
        senco.page.get_by_label("Deputy SENCO", exact=True).check()
        senco.press("Add and invite")
        senco.sees(f"People at {SCHOOL}")
        senco.reads("The new deputy", "Not in yet")

        link = link_in(site.send_mail(), "/invitation/")
        deputy = new_visitor(way)
        deputy.open(link)
        deputy.sees("Come in, The new deputy")
        deputy.reads(f"Deputy SENCO at {SCHOOL}")
        deputy.press("Come in")
        deputy.sees("Home")
        deputy.follow("Events")
        deputy.sees("Events")
        deputy.follow(re.compile("Ordinarily available provision"))
        deputy.press("Book a place")
        deputy.reads("You have a place", f"For {SCHOOL}")

        late = new_visitor(way)
        late.tolerate("status of 410")
        late.open(link)
        late.sees("This invitation no longer works")
        late.press("Email me a new invitation")
        late.sees("Check your email")


@with_scripts_and_without
class TestLinksByEmail:
    def test_in_without_a_password_and_a_forgotten_one_set_anew(
        self, new_visitor: NewVisitor, site: Site, way: Way
    ) -> None:
        senco = new_visitor(way)
        senco.open("/sign-in")
        senco.follow("Sign in by email instead")
        senco.sees("Sign in by email")
        senco.fill("Email address", SENCO)
        senco.press("Send me a link")
        senco.sees("Check your email")
        senco.open(link_in(site.send_mail(), "/sign-in/link/"))
        senco.sees("Sign in")
        senco.press("Sign in on this device")
        senco.sees("Home")
        senco.press("Sign out")

        senco.follow("I forgot my password")
        senco.sees("Set a new password")
        senco.fill("Email address", SENCO)
        senco.press("Send me a link")
        senco.sees("Check your email")
        link = link_in(site.send_mail(), "/set-password/")
        senco.open(link)
        senco.sees("Set your password")
        senco.fill("New password", "passwordpassword")
        senco.press("Set password")
        senco.sees("Set your password")
        senco.reads("Choose a password that is harder to guess")
        senco.fill("New password", NEW_PASSWORD)
        senco.press("Set password")
        senco.reads("Your password is set")
        senco.fill("Email address", SENCO)
        senco.page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
        senco.press("Sign in")
        senco.sees("Home")


@with_scripts_and_without
class TestSecondStep:
    def test_set_up_and_asked_for_next_time(self, new_visitor: NewVisitor, way: Way) -> None:
        ep = new_visitor(way)
        ep.open("/account")
        ep.sign_in(EP)
        ep.sees("My account")
        ep.page.get_by_role("link", name="Set it up for the second step", exact=False).click()
        ep.sees("Second step of signing in")
        ep.fill("Your password", "demonstration")
        ep.press("Set it up")
        ep.sees("Set up your second step")
        secret = "".join(ep.page.locator("b.letters").inner_text().split())
        counter = int(datetime.now(UTC).timestamp()) // 30
        ep.fill("Code", code_of(secret, counter))
        ep.press("Turn it on")
        ep.sees("Your recovery codes")
        codes = ep.page.locator("li b.letters").all_inner_texts()
        assert len(codes) == 10
        ep.follow("I have kept them: go on")
        ep.sees("Home")
        ep.press("Sign out")

        ep.open("/support")
        ep.sign_in(EP)
        ep.sees("Enter your code")
        ep.fill("Code", "000000")
        ep.press("Sign in")
        ep.sees("Enter your code")
        ep.reads("That code is not right")
        ep.fill("Code", codes[0])
        ep.press("Sign in")
        ep.sees("Support log")


def code_of(secret: str, counter: int) -> str:
    """What the authenticator app shows: worked out here anew, as the standard says."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


@with_scripts_and_without
class TestAskToJoin:
    def test_a_teacher_asks_shows_the_address_and_is_let_in(
        self, new_visitor: NewVisitor, site: Site, way: Way
    ) -> None:
        teacher = new_visitor(way)
        _ask(teacher)
        link = link_in(site.send_mail(), "/join/confirm/")
        teacher.open(link)
        teacher.sees(f"Ask to join {SCHOOL}")
        teacher.press("Yes, ask the school")
        teacher.sees("Your request is with the school")
        site.send_mail()

        senco = new_visitor(way)
        senco.open("/")
        senco.sign_in(SENCO)
        senco.sees("Home")
        senco.follow("The teacher")
        senco.sees("The teacher asks to join")
        senco.press("Let them in")
        senco.sees(f"People at {SCHOOL}")
        senco.reads("The teacher", "Not in yet")

        teacher.open(link_in(site.send_mail(), "/invitation/"))
        teacher.sees("Come in, The teacher")
        teacher.press("Come in")
        teacher.sees("Home")


def _ask(teacher: Visitor) -> None:
    teacher.open("/sign-in")
    teacher.follow("Ask to join")
    teacher.sees("Ask to join")
    teacher.fill("Name, town, postcode or URN of your school", "alder lane")
    teacher.press("Find my school")
    teacher.sees("Ask to join")
    teacher.page.get_by_label(re.compile(SCHOOL)).check()
    teacher.press("Continue")
    teacher.sees(f"Ask to join {SCHOOL}")
    teacher.press("Ask to join")
    teacher.sees(f"Ask to join {SCHOOL}")
    teacher.reads("Enter your name", "Choose your role")
    teacher.fill("Your name", "The teacher")
    teacher.fill("Your work email address", "teacher@alder.example")
    teacher.page.get_by_label("Teacher", exact=True).check()
    teacher.press("Ask to join")
    teacher.sees("Check your email")
