"""A real OpenID Connect provider as a process of its own, on the loopback.

``python -m tests.support.oidc_provider`` prints its address. It is oidc-provider-mock, which takes
PKCE's verifier without looking at it; here the token is given only for the right one.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from json import dumps
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class OutsideProvider:
    """What a person, and a test, can do at it."""

    address: str

    def knows(self, subject: str, **claims: object) -> None:
        """From now on it says this of somebody. Claims of the token itself can be forged too."""
        request = urllib.request.Request(
            f"{self.address}/users/{quote(subject, safe='')}",
            dumps(claims).encode(),
            {"Content-Type": "application/json"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=10).close()

    def answer(self, address: str, subject: str) -> str:
        """Somebody was sent to ``address`` and signs in there; where it sends them back to."""
        return self._send(address, {"sub": subject})

    def deny(self, address: str) -> str:
        return self._send(address, {"action": "deny"})

    def _send(self, address: str, fields: dict[str, str]) -> str:
        """The path and query of where the form leads, unfollowed."""
        opener = urllib.request.build_opener(_NotFollowed)
        with opener.open(address, urlencode(fields).encode(), timeout=10) as answer:
            parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"


class _NotFollowed(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, _request, answer, *_more):
        return answer

    http_error_303 = http_error_302


@contextmanager
def run_provider() -> Iterator[OutsideProvider]:
    """Start one, and stop it when the block ends."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.oidc_provider"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address, "the provider did not start"
        yield OutsideProvider(address)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def serve() -> None:
    import oidc_provider_mock
    from flask import Response, jsonify, request
    from werkzeug.serving import make_server

    app = oidc_provider_mock.app()
    challenges: dict[str, str] = {}

    @app.after_request
    def note_challenge(response: Response) -> Response:
        code = parse_qs(urlsplit(response.headers.get("Location", "")).query).get("code")
        if code and request.args.get("code_challenge_method") == "S256":
            challenges[code[0]] = request.args["code_challenge"]
        return response

    @app.before_request
    def check_verifier() -> tuple[Response, int] | None:
        if request.path != "/oauth2/token":
            return None
        digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        given = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenges.get(request.form.get("code", "")) == given:
            return None
        return jsonify(error="invalid_grant"), 400

    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 - read by the tests
    server.serve_forever()


if __name__ == "__main__":
    serve()
