"""Who may call what: signing in, home, health."""

from __future__ import annotations

from typing import Any

from flask import current_app

from cop_site.accounts import second_step_services
from cop_site.db import db
from tests.integration.access.matrix import ANONYMOUS, EVERYONE, SIGNED_IN, Row, World, may


def _unknown(_world: World) -> dict[str, Any]:
    return {"token": "unknown"}


def _address(_world: World) -> dict[str, Any]:
    return {"email": "nobody@school.example"}


def _begin(world: World) -> None:
    for user in world.users.values():
        second_step_services.begin(user.id, key=current_app.config["SECRET_KEY"])
    db.session.commit()


ROWS = (
    Row("health.live", may(*EVERYONE)),
    Row("health.ready", may(*EVERYONE)),
    Row("static", may(*EVERYONE), url=lambda world: {"filename": "site.css"}),
    Row("home.show", may(*SIGNED_IN)),
    Row("accounts.sign_in", may(ANONYMOUS, otherwise=303)),
    Row("accounts.sign_in", may(*EVERYONE, status=422), method="POST"),
    Row("accounts.sign_out", may(*SIGNED_IN, status=303), method="POST"),
    Row("accounts.sign_out_page", may(*SIGNED_IN)),
    Row("accounts.set_password", may(*EVERYONE), url=lambda world: {"token": "unknown"}),
    Row(
        "accounts.set_password",
        may(*EVERYONE, status=422),
        method="POST",
        url=lambda world: {"token": "unknown"},
        fields=lambda world: {"password": "long enough to be one"},
    ),
    Row("accounts.ask_link", may(*EVERYONE)),
    Row("accounts.ask_link", may(*EVERYONE), method="POST", fields=_address),
    Row("accounts.forgot_password", may(*EVERYONE)),
    Row("accounts.forgot_password", may(*EVERYONE), method="POST", fields=_address),
    Row("accounts.open_link", may(*EVERYONE, status=410), url=_unknown),
    Row("accounts.open_link", may(*EVERYONE, status=410), method="POST", url=_unknown),
    Row("account.show", may(*SIGNED_IN)),
    Row("account.change_password", may(*SIGNED_IN)),
    Row(
        "account.change_password",
        may(*SIGNED_IN, status=303),
        method="POST",
        fields=lambda _world: {"password": "three plain words"},
    ),
    # Somebody else's sign-in is left alone: test_account.py.
    Row(
        "account.end_sign_in",
        may(*SIGNED_IN, status=303),
        method="POST",
        url=lambda _world: {"sign_in_id": 1},
    ),
    Row("second_step.show", may(*SIGNED_IN)),
    Row("second_step.begin", may(*SIGNED_IN, status=303), method="POST"),
    # Nothing to confirm, renew or turn off before it is begun: test_second_step.py.
    Row("second_step.confirm", may(*SIGNED_IN, status=303)),
    Row("second_step.confirm", may(*SIGNED_IN, status=303), method="POST", prepare=_begin),
    Row("second_step.renew_codes", may()),
    Row("second_step.renew_codes", may(), method="POST"),
    Row("second_step.turn_off", may()),
    Row("second_step.turn_off", may(), method="POST"),
    Row("accounts.enter_code", may(*EVERYONE, status=303)),
    Row("accounts.enter_code", may(*EVERYONE, status=303), method="POST"),
    Row("account.end_others", may(*SIGNED_IN, status=303), method="POST"),
)
