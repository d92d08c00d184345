"""Settings of single sign-on: several providers, none by default, no half ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import config

WHOLE = {
    "OIDC_PROVIDERS": "entra google",
    "OIDC_ENTRA_NAME": "Council account",
    "OIDC_ENTRA_ISSUER": "https://login.example/tenant/v2.0",
    "OIDC_ENTRA_CLIENT_ID": "site",
    "OIDC_ENTRA_CLIENT_SECRET": "of the council",
    "OIDC_GOOGLE_NAME": "Google",
    "OIDC_GOOGLE_ISSUER": "https://accounts.example",
    "OIDC_GOOGLE_CLIENT_ID": "site",
    "OIDC_GOOGLE_CLIENT_SECRET": "of google",
}
PRODUCTION = {
    "COP_ENV": "production",
    "SECRET_KEY": "a secret of our own, long enough",
    "SURVEY_KEY": "another of our own, long enough too",
    "ALLOWED_HOSTS": "cop.example",
}


class TestLoad:
    def test_none_by_default(self) -> None:
        assert config.load({})["OIDC_PROVIDERS"] == {}

    def test_several_in_the_order_they_are_named(self) -> None:
        providers = config.load(WHOLE)["OIDC_PROVIDERS"]
        assert list(providers) == ["entra", "google"]
        assert providers["entra"]["client_secret"] == "of the council"
        assert not providers["entra"]["trusts_email"]

    def test_a_secret_may_stand_in_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("from the file\n")
        given = WHOLE | {"OIDC_ENTRA_CLIENT_SECRET_FILE": str(tmp_path / "secret")}
        assert config.load(given)["OIDC_PROVIDERS"]["entra"]["client_secret"] == "from the file"


class TestCheck:
    def test_whole_ones_may_start(self) -> None:
        config.check(config.load(WHOLE | PRODUCTION))

    @pytest.mark.parametrize("part", ["NAME", "ISSUER", "CLIENT_ID", "CLIENT_SECRET"])
    def test_half_of_one_is_refused_by_the_name_of_what_is_missing(self, part: str) -> None:
        half = {name: value for name, value in WHOLE.items() if name != f"OIDC_ENTRA_{part}"}
        with pytest.raises(RuntimeError, match=f"names entra, so set OIDC_ENTRA_{part}$"):
            config.check(config.load(half))

    @pytest.mark.parametrize("issuer", ["login.example", "http://login.example", "ftp://x", "//x"])
    def test_an_issuer_is_an_https_address(self, issuer: str) -> None:
        with pytest.raises(RuntimeError, match="must be an address that begins https://"):
            config.check(config.load(WHOLE | {"OIDC_ENTRA_ISSUER": issuer}))

    def test_one_on_this_machine_is_for_development(self) -> None:
        here = WHOLE | {"OIDC_ENTRA_ISSUER": "http://127.0.0.1:9400"}
        config.check(config.load(here))
        with pytest.raises(RuntimeError, match="https://"):
            config.check(config.load(here | PRODUCTION))

    def test_a_name_that_can_be_no_part_of_an_address_is_refused(self) -> None:
        with pytest.raises(RuntimeError, match="must be small letters and digits"):
            config.check(config.load({"OIDC_PROVIDERS": "Entra/ID"}))


@pytest.mark.thorough
def test_a_site_without_providers_never_loads_the_library() -> None:
    code = (
        "import sys; from cop_site import create_app;"
        "app = create_app({'SQLALCHEMY_DATABASE_URI': 'sqlite://'});"
        "app.test_client().get('/health/live');"
        "sys.exit('authlib' in sys.modules or 'requests' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
