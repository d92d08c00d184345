"""Somebody at a browser, for whom every page they come to must be sound."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Response,
    Route,
    expect,
)

from cop_site.web.assets import HTMX_CDN
from tests.support.axe import find_faults
from tests.support.demonstration import PASSWORD, ROOT, Site

PROGRAMS = (
    "chromium-headless-shell",
    "chromium",
    "google-chrome",
    "google-chrome-stable",
    "chromium-browser",
)
# It runs as root in CI, where it has no sandbox, and must not call home.
OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # A page lives for seconds: compiling its scripts well costs more than it saves.
    "--js-flags=--no-opt --no-maglev --single-threaded-gc",
)
NARROWEST = 320
# Two browsers share two cores with the site, and those at times with others: it costs nothing
# to wait longer where nothing is wrong.
LONGEST_WAIT = 30
# Chromium writes an honest "there is a problem" into the console like a fault, and htmx a request
# broken off because a newer one takes its place or the page is left. It says "afterRequest" of
# every request that gets no answer, and why in a line of its own: that one tells faults apart.
HONEST = re.compile(
    r"Failed to load resource: the server responded with a status of 4(01|04|22)"
    r"|^htmx:(afterRequest|sendAbort)\b"
)
PLACES = re.compile(r' (href|action|value|datetime|content|data-[a-z-]+)="[^"]*"')
WORDS = re.compile(r">[^<]*[^<\s][^<]*<")
NUMBERS = re.compile(r"[0-9]+")
LOCAL_HTMX = ROOT / "static" / "htmx.js"


@dataclass(frozen=True)
class Way:
    """How somebody comes to the site."""

    name: str
    width: int
    height: int
    scripts: bool = True


DESKTOP = Way("desktop", 1200, 900)
PHONE = Way("phone", 360, 740)
NO_SCRIPT = Way("no-script", 360, 740, scripts=False)
# With scripts where a desk is, and without any on a phone. Journeys of people on the move are
# walked with scripts on a phone instead: ON_THE_MOVE.
WAYS = (DESKTOP, NO_SCRIPT)
ON_THE_MOVE = (PHONE, NO_SCRIPT)
_sound: set[tuple[int, str]] = set()


def find_shape(html: str) -> str:
    """Tags, classes, roles and what is empty; neither the words nor where links lead."""
    return NUMBERS.sub("0", WORDS.sub(">x<", PLACES.sub("", html)))


def launch_browser(kind: BrowserType) -> Browser | None:
    """The Chromium of this machine, None where it has none."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    return kind.launch(executable_path=path, args=list(OPTIONS)) if path else None


def send_local_htmx(route: Route) -> None:
    """What the CDN would answer, without asking it."""
    route.fulfill(
        path=LOCAL_HTMX,
        content_type="text/javascript",
        headers={"Access-Control-Allow-Origin": "*"},
    )


class Visitor:
    """A person at one browser window. ``sees`` names the page they are on, and checks it."""

    def __init__(
        self,
        browser: Browser,
        site: Site,
        way: Way,
        *,
        answer_cdn: Callable[[Route], None] = send_local_htmx,
    ) -> None:
        self.site = site
        self.way = way
        self._browser = browser
        self.context = self._new_context(scripts=way.scripts)
        self.faults: list[str] = []
        self._elsewhere: Page | None = None
        self._copied = ""
        self._tolerated: list[str] = []
        self._answer_cdn = answer_cdn
        self.context.route(re.compile(rf"^(?!{re.escape(site.address)})"), self._answer_outside)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"script failed: {error}"))
        self.page.on("response", self._note_response)

    def _new_context(self, *, scripts: bool) -> BrowserContext:
        context = self._browser.new_context(
            base_url=self.site.address,
            viewport={"width": self.way.width, "height": self.way.height},
            java_script_enabled=scripts,
            locale="en-GB",
            timezone_id="Europe/London",
        )
        context.set_default_timeout(LONGEST_WAIT * 1000)
        return context

    # What the browser reports

    def _answer_outside(self, route: Route) -> None:
        if route.request.url == HTMX_CDN:
            self._answer_cdn(route)
            return
        self.faults.append(f"asked for {route.request.url}")
        route.abort()

    def _hear(self, message: ConsoleMessage) -> None:
        told = message.text
        is_known = HONEST.search(told) or any(part in told for part in self._tolerated)
        if message.type == "error" and not is_known:
            self.faults.append(f"console: {told}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} from {response.url}")

    def tolerate(self, *parts: str) -> None:
        """Console messages that belong to what is tried, told by a part of their text."""
        self._tolerated += parts

    # What the person does

    def open(self, path: str) -> None:
        self.page.goto(path)

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Fill in the sign-in page, where the visitor must be, and send it."""
        self.sees("Sign in")
        self.fill("Email address", email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.press("Sign in")

    def follow(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Click a link, in the folded menu too."""
        link = (within or self.page).get_by_role("link", name=name, exact=isinstance(name, str))
        if not link.count():
            self.open_menu()
        link.first.click()

    def open_menu(self) -> None:
        """Unfold the navigation, where there is no room for it."""
        menu = self.page.locator(".site-menu:not([open]) > summary")
        if menu.is_visible():
            menu.click()

    def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Click a button."""
        exact = isinstance(name, str)
        (within or self.page).get_by_role("button", name=name, exact=exact).first.click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def fill_date(self, day: date) -> None:
        for part, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
            self.fill(part, str(value))

    def without_scripts_press(self, name: str) -> None:
        """The button that scripts make needless."""
        if not self.way.scripts:
            self.press(name)

    def tab_to(self, target: Locator, most: int = 60) -> None:
        """Reach an element with the Tab key alone."""
        for _ in range(most):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached with {most} presses of Tab")

    # What the person sees

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def sees(self, heading: str | re.Pattern[str]) -> None:
        """The visitor has come to the page of this heading, and the page is sound."""
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        self.check()

    def reads(self, *texts: str | re.Pattern[str]) -> None:
        """Each text is there to be read in the page's main part."""
        for text in texts:
            expect(self.main).to_contain_text(text)

    def hears(self, text: str) -> None:
        """What a screen reader says of a change that loads no page."""
        if self.way.scripts:
            expect(self.page.locator("#announcer")).to_have_text(text)

    def has_focus_on(self, target: Locator) -> None:
        """Scripts put the focus there; without any the new page begins at its top."""
        if self.way.scripts:
            expect(target).to_be_focused()

    def check(self) -> None:
        """The page as it stands passes axe, fits its width, and nothing went wrong so far."""
        self.page.wait_for_load_state("load")
        if self.way.scripts:
            self.wait_for("!document.getElementById('site-script') || (window.htmx && true)")
        self._check_widths()
        # What stays in view while the page scrolls would cover other things, and axe says so.
        self.page.evaluate("window.scrollTo(0, 0)")
        faults = self._find_faults()
        assert not faults, f"axe on {self.page.url} at {self.way.width} px: {faults}"
        self.check_calm()

    def wait_for(self, condition: str) -> None:
        """Wait until a script's expression holds. Asks from outside: the page forbids eval."""
        give_up_at = time.monotonic() + LONGEST_WAIT
        while not self.page.evaluate(condition):
            assert time.monotonic() < give_up_at, f"never came true: {condition}"
            self.page.wait_for_timeout(50)

    def check_calm(self) -> None:
        """Nothing has failed, complained or reached outside."""
        assert not self.faults, f"on {self.page.url}: {self.faults}"

    def _check_widths(self) -> None:
        self._check_fits()
        if self.way.width < 600:
            self.page.set_viewport_size({"width": NARROWEST, "height": self.way.height})
            self._check_fits()
            self.page.set_viewport_size({"width": self.way.width, "height": self.way.height})

    def _check_fits(self) -> None:
        wide, room = self.page.evaluate(
            "[document.scrollingElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= room, f"{self.page.url} is {wide} px wide in a window of {room} px"

    def _find_faults(self) -> list[str]:
        """What axe objects to, asked once for pages of one shape: it reads no words."""
        html = self.page.content()
        alike = (self.way.width, find_shape(html))
        if alike in _sound:
            return []
        faults = find_faults(self.page if self.way.scripts else self._copy(html))
        if not faults:
            _sound.add(alike)
        return faults

    def _copy(self, html: str) -> Page:
        """The page with its styles and without its scripts, where axe can run its own."""
        if self._elsewhere is None:
            self._elsewhere = self._new_context(scripts=True).new_page()
            self._elsewhere.route("**/*", self._send_copy)
        self._copied = html
        self._elsewhere.goto(self.page.url)
        return self._elsewhere

    def _send_copy(self, route: Route) -> None:
        request = route.request
        if request.is_navigation_request():
            route.fulfill(body=self._copied, content_type="text/html; charset=utf-8")
        elif request.resource_type == "script":
            route.abort()
        else:
            route.continue_()

    # Whether the page stayed the same page

    @contextmanager
    def stays_on_page(self) -> Iterator[None]:
        """What happens inside loads no new page, where there are scripts to save it."""
        if self.way.scripts:
            self.page.evaluate("window.stillTheSame = true")
        yield
        if self.way.scripts:
            same = self.page.evaluate("window.stillTheSame === true")
            assert same, "the whole page was loaded anew"

    def leave(self, failed_in: Path | None = None) -> None:
        """Close the window; where the test failed, leave a picture of it behind."""
        if failed_in is not None:
            try:
                self.page.screenshot(path=failed_in / f"{self.way.name}.png", timeout=3000)
            except Error as error:
                self.faults.append(f"no picture: {error}")
        if self._elsewhere is not None:
            self._elsewhere.context.close()
        self.context.close()
