"""Each rule is asked of the whole program, and of an example it must catch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.architecture import rooms
from tests.architecture.rooms import LONGEST_FILE, Module

Rule = Callable[[Module], Iterator[str]]
UNGUARDED = "class A(Form):\n    text = LongTextField('Text')"
GUARDED = "class A(PupilGuard, Form): ...\nclass B(A):\n    text = LongTextField('Text')"
LONG_BODY = "def book():\n" + "    pass\n" * 60

RULES: list[tuple[Rule, str, str]] = [
    (rooms.find_pages_in_rules, "bookings/services.py", "from flask import request"),
    (rooms.find_pages_in_rules, "events/models.py", "import wtforms.fields"),
    (rooms.find_pages_in_rules, "events/queries.py", "from cop_site.web import htmx"),
    (rooms.find_pages_in_rules, "events/policies.py", "from cop_site.transaction import x"),
    (rooms.find_pages_in_rules, "planning/services.py", "from .. import transaction"),
    (rooms.find_imports_of_views, "cli.py", "from cop_site.bookings import views"),
    (rooms.find_imports_of_views, "bookings/forms.py", "from .views import book"),
    (rooms.find_imports_of_views, "bookings/__init__.py", "from cop_site.bookings.views import bp"),
    (rooms.find_imports_of_panels, "bookings/views.py", "from cop_site.bookings import panels"),
    (rooms.find_borrowed_insides, "planning/forms.py", "from cop_site.accounts.forms import X"),
    (rooms.find_borrowed_insides, "bookings/views.py", "from cop_site.accounts import tokens"),
    (rooms.find_upward_imports, "events/models.py", "from cop_site.events import queries"),
    (rooms.find_upward_imports, "bookings/policies.py", "from . import waiting_services"),
    (rooms.find_imports_of_views, "events/wiring.py", "from cop_site.schools.views import bp"),
    (rooms.find_long_files, "__init__.py", "\n" * 81),
    (rooms.find_long_files, "web/access.py", "\n" * 401),
    (rooms.find_long_files, "bookings/need_views.py", "\n" * 301),
    (rooms.find_long_functions, "bookings/need_views.py", LONG_BODY),
    (rooms.find_long_functions, "planning/services.py", LONG_BODY),
    (rooms.find_database_in_views, "bookings/views.py", "db.session.get(Event, 1)"),
    (rooms.find_database_in_views, "bookings/views.py", "sa.select(Event)"),
    (rooms.find_commits, "planning/services.py", "db.session.commit()"),
    (rooms.find_unguarded_text, "planning/forms.py", UNGUARDED),
    (rooms.find_other_clocks, "web/filters.py", "import datetime as d\nd.datetime.now()"),
    (rooms.find_other_clocks, "cli.py", "from datetime import date\nf(default=date.today)"),
]

ALLOWED: list[tuple[Rule, str, str]] = [
    (rooms.find_pages_in_rules, "bookings/views.py", "from flask import request"),
    (rooms.find_pages_in_rules, "events/models.py", "import flask_sqlalchemy"),
    (rooms.find_imports_of_views, "__init__.py", "from cop_site.bookings import views"),
    (rooms.find_imports_of_views, "wiring.py", "from cop_site.bookings import views"),
    (rooms.find_imports_of_panels, "wiring.py", "from cop_site.bookings import panels"),
    (rooms.find_imports_of_views, "bookings/need_views.py", "from .views import blueprint"),
    (
        rooms.find_borrowed_insides,
        "bookings/views.py",
        "from cop_site.accounts import user_queries",
    ),
    (rooms.find_upward_imports, "bookings/views.py", "from cop_site.bookings import forms"),
    (rooms.find_other_clocks, "planning/services.py", "from cop_site import clock\nclock.now()"),
    (rooms.find_unguarded_text, "planning/forms.py", GUARDED),
]


def name_rule(value: object) -> str:
    return getattr(value, "__name__", "").removeprefix("find_") or "example"


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    return rooms.load_modules()


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _, _ in RULES), ids=name_rule)
def test_program_keeps_the_rule(rule: Rule, modules: list[Module]) -> None:
    assert modules
    broken = [sentence for module in modules for sentence in rule(module)]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(("rule", "path", "text"), RULES, ids=name_rule)
def test_bad_example_is_caught(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Module(PurePosixPath(path), text)))


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED, ids=name_rule)
def test_good_example_is_left_alone(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Module(PurePosixPath(path), text))) == []


def test_no_file_of_tests_is_longer_than_a_file_of_the_program() -> None:
    folder = Path(__file__).parent.parent
    lengths = {path: len(path.read_text().splitlines()) for path in folder.rglob("*.py")}
    assert len(lengths) > 100
    assert not {path.name: lines for path, lines in lengths.items() if lines > LONGEST_FILE}
