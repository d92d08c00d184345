"""Signing in by a provider outside: there and back."""

from __future__ import annotations

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cop_site.accounts import (
    outside_round,
    outside_services,
    services,
)
from cop_site.accounts.outside_providers import (
    Provider,
    ProviderAwayError,
    ProviderRefusedError,
    read_providers,
)
from cop_site.accounts.views import bp, let_in
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web.access import own_path, public
from cop_site.web.htmx import render

AWAY = "{name} does not answer at the moment."
NOT_DONE = "{name} did not sign you in."
RUN_OUT = "It took too long, or was begun in another window or on another device."


def _providers() -> dict[str, Provider]:
    """Kept by each worker, as each keeps what it learned of them."""
    kept = current_app.extensions.get("outside_providers")
    if kept is None:
        kept = read_providers(current_app.config["OIDC_PROVIDERS"])
        current_app.extensions["outside_providers"] = kept
    return dict(kept)


def _get_provider(key: str) -> Provider:
    return _providers().get(key) or abort(404)


def _back(provider: Provider) -> str:
    """From the configured address: the Host header must not choose where a code goes."""
    path = url_for("accounts.come_back", provider_key=provider.key)
    return f"{current_app.config['SITE_ADDRESS']}{path}"


@bp.get("/sign-in/with/<provider_key>")
@public
def go_outside(provider_key: str) -> ResponseReturnValue:
    """A link and not a form: the CSP lets forms lead to nowhere but here."""
    provider = _get_provider(provider_key)
    target = own_path(request.args.get("next")) or url_for("home.show")
    try:
        going = provider.send(_back(provider))
    except (ProviderAwayError, ProviderRefusedError) as error:
        return _say_away(provider, error)
    outside_round.begin(provider.key, going, target)
    return redirect(going.address, 303)


@bp.get("/sign-in/with/<provider_key>/back")
@public
def come_back(provider_key: str) -> ResponseReturnValue:
    provider = _get_provider(provider_key)
    round_ = outside_round.take(provider.key, request.args.get("state", ""))
    code = request.args.get("code")
    if "error" in request.args or not provider.is_named(request.args.get("iss")):
        return _refuse(provider, NOT_DONE.format(name=provider.name), 403)
    if round_ is None or not code:
        return _refuse(provider, RUN_OUT, 400)
    try:
        user_id, email = _exchange(provider, code, round_)
    except ProviderAwayError as error:
        return _say_away(provider, error)
    except ProviderRefusedError as error:
        current_app.logger.warning("sign-in by %s refused: %s", provider.key, error)
        return _refuse(provider, NOT_DONE.format(name=provider.name), 403)
    except DomainError as error:
        return _refuse(provider, error.sentence, 403)
    return let_in(user_id, email, remember=False, target=round_.target)


def _exchange(provider: Provider, code: str, round_: outside_round.Round) -> tuple[int, str]:
    """Ask the provider outside any transaction, then look for the account."""
    with transaction():
        services.count_request(request.remote_addr or "")
    claims = provider.receive(
        code, back=_back(provider), nonce=round_.nonce, verifier=round_.verifier
    )
    with transaction():
        return outside_services.find_or_link(
            claims.issuer, claims.subject, claims.email, provider=provider.name
        )


def _say_away(provider: Provider, error: Exception) -> ResponseReturnValue:
    current_app.logger.warning("provider %s: %s", provider.key, error)
    return _refuse(provider, AWAY.format(name=provider.name), 503)


def _refuse(provider: Provider, sentence: str, status: int) -> ResponseReturnValue:
    return render(
        "accounts/outside_refused.html", provider=provider, sentence=sentence, status=status
    )
