"""The rules of the house that import-linter cannot say, because files split by noun."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "cop_site"
# Not demo: it has no pages or rules of its own, only builders of rows, which its command borrows.
# What it may borrow from the others is asked of it all the same, as of every file.
DOMAINS = (
    *("notifications", "schools", "accounts", "people", "events", "bookings", "planning"),
    *("attendance", "toolkit", "support", "community", "surveys", "records", "reports"),
)
KINDS = ("models", "queries", "policies", "services", "forms", "views")
RULES = ("models", "queries", "policies", "services")
# Delivery is what the worker runs; it renders messages, so it can be no service. School days,
# times of offers and what a file may be know no database.
LENDABLE = (
    *RULES,
    *("signals", "delivery", "school_days", "offer_times", "file_checks"),
)
PAGE_LIBRARIES = ("flask", "flask_login", "flask_wtf", "wtforms", "govuk_frontend_wtf")
FUNCTION_BUDGETS = {"views": 25, "services": 40, "queries": 25, "policies": 10}
FILE_BUDGETS = {"models": 300, "views": 300}
FACTORY = PurePosixPath("__init__.py")
# The two files that put the site together.
WIRING = (FACTORY, PurePosixPath("wiring.py"))
LONGEST_FACTORY = 80
LONGEST_FILE = 400
CLOCK_READS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
}


@dataclass(frozen=True)
class Module:
    """One source file; ``path`` is relative to the package, as in bookings/need_views.py."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def domain(self) -> str | None:
        first = self.path.parts[0]
        return first if first in DOMAINS else None

    @property
    def kind(self) -> str | None:
        return find_kind(self.path.stem) if self.domain else None

    @property
    def is_wiring(self) -> bool:
        return self.path in WIRING


@dataclass(frozen=True)
class Import:
    line: int
    name: str

    @property
    def room(self) -> str | None:
        """The domain it reaches into."""
        parts = self.name.split(".")
        inside = len(parts) > 1 and parts[0] == PACKAGE and parts[1] in DOMAINS
        return parts[1] if inside else None

    @property
    def file(self) -> str | None:
        """The file of that domain."""
        parts = self.name.split(".")
        return parts[2] if self.room and len(parts) > 2 else None

    def is_of(self, *roots: str) -> bool:
        return any(self.name == root or self.name.startswith(f"{root}.") for root in roots)


def find_kind(stem: str) -> str | None:
    return next((kind for kind in KINDS if stem == kind or stem.endswith(f"_{kind}")), None)


def load_modules() -> list[Module]:
    folder = ROOT / PACKAGE
    return [
        Module(PurePosixPath(path.relative_to(folder).as_posix()), path.read_text())
        for path in sorted(folder.rglob("*.py"))
    ]


def list_imports(module: Module) -> Iterator[Import]:
    """Every import, with ``from a import b`` as a.b; those for types alone count too."""
    package = [PACKAGE, *module.path.parts[:-1]]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *filter(None, [node.module])])
            yield from (Import(node.lineno, f"{base}.{alias.name}") for alias in node.names)


def find_pages_in_rules(module: Module) -> Iterator[str]:
    if module.kind not in RULES:
        return
    for found in list_imports(module):
        if found.is_of(*PAGE_LIBRARIES, f"{PACKAGE}.web", f"{PACKAGE}.transaction"):
            yield f"{module.path}:{found.line} knows {found.name}"


def find_imports_of_views(module: Module) -> Iterator[str]:
    if module.is_wiring:
        return
    for found in list_imports(module):
        if find_kind(found.file or "") != "views":
            continue
        # Views split by noun may share their blueprint.
        if not (module.kind == "views" and module.domain == found.room):
            yield f"{module.path}:{found.line} imports {found.name}"


def find_imports_of_panels(module: Module) -> Iterator[str]:
    if module.is_wiring:
        return
    for found in list_imports(module):
        if found.file == "panels":
            yield f"{module.path}:{found.line} imports {found.name}"


def find_borrowed_insides(module: Module) -> Iterator[str]:
    if module.is_wiring:
        return
    for found in list_imports(module):
        elsewhere = found.file is not None and found.room != module.domain
        if elsewhere and (find_kind(found.file or "") or found.file) not in LENDABLE:
            yield f"{module.path}:{found.line} borrows {found.name}"


def find_upward_imports(module: Module) -> Iterator[str]:
    if module.kind is None:
        return
    for found in list_imports(module):
        kind = find_kind(found.file or "")
        if kind and found.room == module.domain and KINDS.index(kind) > KINDS.index(module.kind):
            yield f"{module.path}:{found.line} is below {found.name}"


def find_long_files(module: Module) -> Iterator[str]:
    lines = len(module.text.splitlines())
    budget = FILE_BUDGETS.get(module.kind or "", LONGEST_FILE)
    budget = LONGEST_FACTORY if module.path == FACTORY else budget
    if lines > budget:
        yield f"{module.path} has {lines} lines, {budget} at most"


def find_long_functions(module: Module) -> Iterator[str]:
    budget = FUNCTION_BUDGETS.get(module.kind or "")
    if budget is None:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef) and count_lines(node) > budget:
            yield f"{module.path}:{node.lineno} {node.name} has {count_lines(node)} lines, {budget}"


def count_lines(function: ast.FunctionDef) -> int:
    """From ``def`` to the end, without the docstring: saying more must not cost."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def find_database_in_views(module: Module) -> Iterator[str]:
    if module.kind != "views":
        return
    for node in ast.walk(module.tree):
        if dotted(node) == "db.session":
            yield f"{module.path}:{getattr(node, 'lineno', 0)} uses db.session"
        elif isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "select":
            yield f"{module.path}:{node.lineno} builds a query"


def find_unguarded_text(module: Module) -> Iterator[str]:
    """Several lines of free text are where pupils get named: such a form warns before saving."""
    if module.kind != "forms":
        return
    classes = {node.name: node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)}
    for name, node in classes.items():
        takes_text = any(
            isinstance(child, ast.Call) and dotted(child.func) == "LongTextField"
            for child in ast.walk(node)
        )
        if takes_text and not _is_guarded(name, classes):
            yield f"{module.path}:{node.lineno} {name} takes text without a guard"


def _is_guarded(name: str, classes: dict[str, ast.ClassDef]) -> bool:
    if name not in classes:
        return name == "PupilGuard"
    return any(_is_guarded(dotted(base), classes) for base in classes[name].bases)


def find_commits(module: Module) -> Iterator[str]:
    if module.path == PurePosixPath("transaction.py"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".commit"):
            yield f"{module.path}:{node.lineno} commits"


def find_other_clocks(module: Module) -> Iterator[str]:
    if module.path == PurePosixPath("clock.py"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and tuple(dotted(node).split(".")[-2:]) in CLOCK_READS:
            yield f"{module.path}:{node.lineno} reads {dotted(node)}"


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for a chain of plain names; calls and the like become a question mark."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"
