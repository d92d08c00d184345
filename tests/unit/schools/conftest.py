"""Writing a register file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.schools.register_files import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: bytes | str) -> Path:
        path = tmp_path / "register.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("cp1252"))
        return path

    return write
