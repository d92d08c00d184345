"""Pictures of the main pages for the README: python -m tests.e2e.screenshots docs/screenshots"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.support.demonstration import Site, build_borough, serve
from tests.support.visitor import Visitor, Way, launch_browser

WIDE = Way("wide", 1100, 800)
PHONE = Way("phone", 360, 1000)
COACHING = "Emotion coaching for teaching assistants"
COURSE = "New to the SENCO role: plans that get used"
REGISTER = "Heather cluster: what we will try next"


def _events(senco: Visitor) -> None:
    senco.open("/events")
    senco.sees("Events")


def _event(senco: Visitor) -> None:
    _events(senco)
    senco.follow(COACHING)
    senco.sees(COACHING)


def _register(ep: Visitor) -> None:
    ep.follow(REGISTER)
    ep.sees(f"Register: {REGISTER}")


def _engagement(lead: Visitor) -> None:
    lead.open("/reports/engagement")
    lead.sees("Engagement")


def _toolkit(senco: Visitor) -> None:
    senco.open("/toolkit?q=plan")
    senco.sees("Toolkit")


def _entry(asep: Visitor) -> None:
    asep.open("/support/new")
    asep.sees("Log support")


def _cluster(senco: Visitor) -> None:
    senco.open("/clusters")
    senco.follow("Rowan cluster")
    senco.sees("Rowan cluster")


def _dates(lead: Visitor) -> None:
    lead.open("/events")
    lead.follow(COURSE)
    lead.sees(COURSE)
    lead.follow("Dates and places")
    lead.sees("Dates and places")


PICTURES: tuple[tuple[str, str, Way, Callable[[Visitor], None]], ...] = (
    ("events", "senco", WIDE, _events),
    ("event", "senco", WIDE, _event),
    ("dates", "lead", WIDE, _dates),
    ("register", "ep", PHONE, _register),
    ("engagement", "lead", WIDE, _engagement),
    ("cluster", "senco", WIDE, _cluster),
    ("toolkit", "senco", WIDE, _toolkit),
    ("entry", "asep", PHONE, _entry),
)


def take_pictures(browser: Browser, site: Site, folder: Path) -> None:
    for name, account, way, go in PICTURES:
        visitor = Visitor(browser, site, way)
        visitor.open("/")
        visitor.sign_in(f"{account}@demo.example")
        visitor.sees("Home")
        go(visitor)
        visitor.page.screenshot(path=folder / f"{name}.png")
        visitor.leave()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = launch_browser(playwright.chromium)
        if browser is None:
            sys.exit("There is no Chromium (Debian: apt-get install chromium)")
        with serve(build_borough(Path(name)), Path(name)) as site:
            take_pictures(browser, site, folder)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
