"""Reading the file of everything held about a person."""

from __future__ import annotations

import csv
import io
import zipfile

from tests.support.client import GatedClient

OWN = "/account/data"


def download(client: GatedClient, page: str = OWN) -> dict[str, str]:
    """The texts in the file by name, without the mark at their front."""
    answer = client.send(page)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))
