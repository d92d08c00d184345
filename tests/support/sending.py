"""Sending a file as a form does."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.support.client import GatedClient


def send_file(
    client: GatedClient, url: str, name: str, content: bytes, *, token: bool = True
) -> TestResponse:
    """POST one file, with a valid token unless told."""
    # Encoded here: the client would write a large body to a file that it leaves open.
    fields: dict[str, Any] = {"file": FileStorage(BytesIO(content), name)}
    if token:
        fields["csrf_token"] = client.token()
    boundary, body = encode_multipart(fields)
    form = f"multipart/form-data; boundary={boundary}"
    return client.post(url, data=body, content_type=form)
