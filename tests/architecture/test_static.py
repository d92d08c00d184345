"""What static/ holds from packages is what the locked packages give."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
FIRST_VIEW = ("govuk.css", "site.css", "govuk.js", "htmx.js", "font.woff2")
# Of the 2.0.11 that the CDN serves: a browser refuses one copy or the other when they differ.
HTMX_INTEGRITY = "2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg"
# 100 kB for a first view, less what a page and site.js may take.
LARGEST_FIRST_VIEW = 85_000


def find_reason_not_built() -> str | None:
    if not shutil.which("node"):
        return "Node is not installed, so static/ cannot be built to compare"
    if not (ROOT / "node_modules").is_dir():
        return "the packages are not installed (npm ci), so static/ cannot be built to compare"
    return None


@pytest.mark.thorough
def test_built_files_are_what_the_packages_give() -> None:
    reason = find_reason_not_built()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    command = [sys.executable, str(ROOT / ".ci" / "build-static"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_first_view_stays_small() -> None:
    sizes = {name: len(gzip.compress((STATIC / name).read_bytes())) for name in FIRST_VIEW}
    assert sum(sizes.values()) < LARGEST_FIRST_VIEW, sizes


def test_htmx_copy_is_the_one_the_cdn_has() -> None:
    digest = hashlib.sha384((STATIC / "htmx.js").read_bytes()).digest()
    assert base64.b64encode(digest).decode() == HTMX_INTEGRITY
