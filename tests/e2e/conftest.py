"""The real site in real Chromium: one server a session, a fresh borough a test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect, sync_playwright

from tests.support.demonstration import Site, build_borough, serve
from tests.support.visitor import (
    LONGEST_WAIT,
    WAYS,
    Visitor,
    Way,
    launch_browser,
    send_local_htmx,
)

NewVisitor = Callable[..., Visitor]
WITHOUT_BROWSER = "there is no Chromium (Debian: apt-get install chromium-headless-shell)"


@pytest.fixture(autouse=True)
def standing_clock() -> None:
    """Here nothing stands still: the site runs in a process of its own, by the real clock."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=LONGEST_WAIT * 1000)
    with sync_playwright() as playwright:
        browser = launch_browser(playwright.chromium)
        if browser is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(WITHOUT_BROWSER)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def borough(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_borough(tmp_path_factory.mktemp("borough"))


@pytest.fixture(scope="session")
def running_site(borough: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve(borough, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site(running_site: Site, borough: Path) -> Iterator[Site]:
    """The site as if no other test had been there."""
    running_site.restore(borough)
    said_before = running_site.log.stat().st_size
    yield running_site
    said = running_site.log.read_bytes()[said_before:].decode()
    assert "Traceback" not in said, said[-4000:]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a ``way`` is run in each of its module's WAYS, or in the usual ones."""
    chosen = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "way" in metafunc.fixturenames and "way" not in chosen:
        ways = getattr(metafunc.module, "WAYS", WAYS)
        metafunc.parametrize("way", ways, ids=lambda way: way.name)


@pytest.fixture
def new_visitor(
    browser: Browser, site: Site, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[NewVisitor]:
    """Make visitors; when the test ends each must have seen nothing go wrong."""
    visitors: list[Visitor] = []

    def make(way: Way, answer_cdn: Callable[[Route], None] = send_local_htmx) -> Visitor:
        visitors.append(Visitor(browser, site, way, answer_cdn=answer_cdn))
        return visitors[-1]

    failed_before = request.session.testsfailed
    yield make
    failed = request.session.testsfailed > failed_before
    for visitor in visitors:
        visitor.leave(tmp_path if failed else None)
    if not failed:
        for visitor in visitors:
            visitor.check_calm()


@pytest.fixture
def visitor(new_visitor: NewVisitor, way: Way) -> Visitor:
    return new_visitor(way)
