"""Every cookie that the site sets, with what it is for. The page on cookies is made of this."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

KNOWN_BROWSER_LASTS = 365 * 24 * 3600


@dataclass(frozen=True)
class Cookie:
    name: str
    purpose: str
    lasts: str


@dataclass(frozen=True)
class Note:
    """What the sign-in cookie holds, by its key in the session."""

    keys: tuple[str, ...]
    purpose: str
    lasts: str


@dataclass(frozen=True)
class Kept:
    """What a script keeps in the browser's own store, which is never sent by itself.

    ``script``: the file that writes it.
    """

    script: str
    name: str
    purpose: str
    lasts: str


def known_browser_name() -> str:
    return "__Host-cop-known" if current_app.config["PRODUCTION"] else "cop-known"


def list_cookies() -> tuple[Cookie, ...]:
    return (
        Cookie(
            current_app.config["SESSION_COOKIE_NAME"],
            "Says that it is you, from one page to the next, and protects what you send",
            "Until you close the browser. 30 days if you ticked “Keep me signed in”",
        ),
        Cookie(
            known_browser_name(),
            "Says who of the last five have signed in from this browser before, without their"
            " addresses. So nobody who guesses at passwords elsewhere can lock you out",
            "One year",
        ),
    )


KEPT_IN_BROWSER = (
    Kept(
        "register.js",
        "marks, the number of your account, the address of the register",
        "Marks on a register that you take, until they are sent: the numbers of the tap and of the"
        " person, the mark and the time. No names",
        "Each until the site has answered it, also after you sign out. One that can never be sent"
        " stays until you clear this site’s data in your browser",
    ),
    Kept(
        "htmx.js",
        "htmx-current-path-for-history",
        "Which page of this site you are on, so that the back button finds it again",
        "Until you close the tab",
    ),
)

SESSION_NOTES = (
    Note(
        ("_user_id", "_permanent", "owner"),
        "Which sign-in is yours. Signing out ends it",
        "As the cookie",
    ),
    Note(
        ("csrf_token",),
        "A secret that your forms must show, so that no other site can send them",
        "As the cookie",
    ),
    Note(("_flashes", "welcome"), "What the next page tells you, like “Saved.”", "One page"),
    Note(("half",), "That a code from your phone is asked for next", "10 minutes"),
    Note(
        ("proved",),
        "That you proved again who you are, before a change to your account",
        "10 minutes",
    ),
    Note(("rounds",), "That you are on your way to single sign-on and back", "10 minutes"),
    Note(("parked",), "Where a form is that you sent after your sign-in had ended", "2 hours"),
)
