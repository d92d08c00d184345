"""Settings, read from the environment once at start."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent
VAR = ROOT / "var"
DEVELOPMENT_SECRET = "for development only"  # noqa: S105 - production refuses this value

DEVELOPMENT_SURVEY_KEY = "surveys in development only"


def normal_url(url: str) -> str:
    """Accept the plain ``postgres://`` addresses that hosts hand out."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def newest_demonstration(folder: Path = VAR) -> Path:
    """The demonstration database that ``make run`` uses: the last one built."""
    built = sorted(folder.glob("demonstration-*.sqlite3"), key=lambda path: path.name)
    return built[-1] if built else folder / "demonstration-001.sqlite3"


def _secret(environ: Mapping[str, str], name: str, default: str) -> str:
    """A secret from ``NAME`` or from the file that ``NAME_FILE`` names."""
    if file := environ.get(f"{name}_FILE"):
        return Path(file).read_text(encoding="utf-8").strip()
    return environ.get(name, default)


def load(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Every setting of the site. README.md lists the variables and what they mean."""
    production = environ.get("COP_ENV", "development") == "production"
    url = normal_url(environ.get("DATABASE_URL") or f"sqlite:///{newest_demonstration()}")
    site_address = environ.get("SITE_ADDRESS", "http://127.0.0.1:8000").rstrip("/")
    hosts = [host.strip() for host in environ.get("ALLOWED_HOSTS", "").split(",") if host.strip()]
    return {
        "PRODUCTION": production,
        "SECRET_KEY": _secret(environ, "SECRET_KEY", DEVELOPMENT_SECRET),
        "SURVEY_KEY": _secret(environ, "SURVEY_KEY", DEVELOPMENT_SURVEY_KEY),
        "SQLALCHEMY_DATABASE_URI": url,
        "SITE_ADDRESS": site_address,
        "TRUSTED_HOSTS": hosts or None,
        "TRUSTED_PROXIES": int(environ.get("TRUSTED_PROXIES", "0")),
        # Demanded of administrators and the inclusion lead; "off" only in development.
        "SECOND_STEP": environ.get("SECOND_STEP", "required" if production else "off"),
        "HTMX_FROM": environ.get("HTMX_FROM", "cdn"),
        "MAIL_TRANSPORT": environ.get("MAIL_TRANSPORT", "smtp" if production else "files"),
        "MAIL_FOLDER": environ.get("MAIL_FOLDER", str(VAR / "mail")),
        "MAIL_FROM": environ.get("MAIL_FROM", "Communities of Practice <cop@localhost.example>"),
        "SMTP_HOST": environ.get("SMTP_HOST", "localhost"),
        "SMTP_PORT": int(environ.get("SMTP_PORT", "25")),
        "SMTP_USER": environ.get("SMTP_USER", ""),
        "SMTP_PASSWORD": _secret(environ, "SMTP_PASSWORD", ""),
        "SMTP_STARTTLS": environ.get("SMTP_STARTTLS", "1" if production else "0") == "1",
        "STORAGE_URL": environ.get("STORAGE_URL", str(VAR / "files")),
        "LARGEST_UPLOAD": int(environ.get("LARGEST_UPLOAD_MB", "25")) * 1024 * 1024,
        # A view that takes a file raises this to LARGEST_UPLOAD, for its own requests.
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 512 * 1024,
        "MAX_FORM_PARTS": 500,
        "OIDC_PROVIDERS": {
            key: _provider(environ, key) for key in environ.get("OIDC_PROVIDERS", "").split()
        },
        "SESSION_COOKIE_NAME": "__Host-cop" if production else "cop",
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": 30 * 24 * 3600,
        "SEND_FILE_MAX_AGE_DEFAULT": 31_536_000,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_CHECK_DEFAULT": False,
    }


def _provider(environ: Mapping[str, str], key: str) -> dict[str, Any]:
    """One provider of single sign-on, from ``OIDC_<KEY>_NAME`` and its like."""
    start = f"OIDC_{key.upper()}"
    return {
        "name": environ.get(f"{start}_NAME", "").strip(),
        "issuer": environ.get(f"{start}_ISSUER", "").strip(),
        "client_id": environ.get(f"{start}_CLIENT_ID", "").strip(),
        "client_secret": _secret(environ, f"{start}_CLIENT_SECRET", ""),
        # Only for an issuer that is one organisation's own: who else may write any address.
        "trusts_email": environ.get(f"{start}_TRUST_EMAIL", "0") == "1",
    }


def _check_provider(key: str, provider: Mapping[str, Any], *, production: bool) -> None:
    if not re.fullmatch("[a-z][a-z0-9]{0,19}", key):
        raise RuntimeError(f"OIDC_PROVIDERS: {key} must be small letters and digits, like entra")
    for part in ("name", "issuer", "client_id", "client_secret"):
        if not provider[part]:
            raise RuntimeError(
                f"OIDC_PROVIDERS names {key}, so set OIDC_{key.upper()}_{part.upper()}"
            )
    issuer = urlsplit(provider["issuer"])
    here = issuer.scheme == "http" and issuer.hostname in ("127.0.0.1", "localhost")
    if not issuer.hostname or not (issuer.scheme == "https" or (here and not production)):
        raise RuntimeError(f"OIDC_{key.upper()}_ISSUER must be an address that begins https://")


def check(settings: Mapping[str, Any]) -> None:
    """Refuse to start on half a provider, or in production on what is fit for development."""
    for key, provider in settings["OIDC_PROVIDERS"].items():
        _check_provider(key, provider, production=settings["PRODUCTION"])
    if not settings["PRODUCTION"]:
        return
    if settings["SECRET_KEY"] == DEVELOPMENT_SECRET or len(settings["SECRET_KEY"]) < 32:
        raise RuntimeError("SECRET_KEY must be a secret of your own, 32 characters or more")
    if settings["SURVEY_KEY"] == DEVELOPMENT_SURVEY_KEY or len(settings["SURVEY_KEY"]) < 32:
        raise RuntimeError("SURVEY_KEY must be a secret of your own, 32 characters or more")
    if settings["SECOND_STEP"] != "required":
        raise RuntimeError("SECOND_STEP=off is for development; leave it out")
    if not settings["TRUSTED_HOSTS"]:
        raise RuntimeError("ALLOWED_HOSTS must name the host names this site answers to")
    if settings["MAIL_TRANSPORT"] == "files":
        raise RuntimeError("MAIL_TRANSPORT=files is for development; use smtp")
