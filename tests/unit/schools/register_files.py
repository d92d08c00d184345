"""Rows of a register file, and reading it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cop_site.schools.register_file import Register, read_register
from tests.factories.register import (
    make_row,
)

Write = Callable[[bytes | str], Path]


def read(path: Path, la_code: str = "999") -> Register:
    return read_register(path, la_code)


ROWS = [make_row("The Lark School"), make_row("École Café – St Mary’s")]
