"""Who may call what: my account, beside signing in (rows_accounts.py)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.account_models import ErasureRequest
from cop_site.db import db
from tests.integration.access.matrix import ADMIN, EVERYONE, SENCO, SIGNED_IN, Row, World, may


def _ask(world: World) -> None:
    """A SENCO asks to be forgotten."""
    db.session.add(ErasureRequest(user_id=world.users[SENCO].id, asked_at=clock.now()))
    db.session.commit()


def _request(_world: World) -> dict[str, Any]:
    return {"request_id": db.session.scalar(sa.select(ErasureRequest.id))}


ROWS = (
    # A school that is not theirs is left alone: test_switch.py.
    Row("account.choose_school", may(*SIGNED_IN, status=303), method="POST"),
    Row("account.change_details", may(*SIGNED_IN)),
    Row(
        "account.change_details",
        may(*SIGNED_IN, status=303),
        method="POST",
        fields=lambda _world: {"name": "Another Name"},
    ),
    Row("account.choose_messages", may(*SIGNED_IN)),
    Row("account.choose_messages", may(*SIGNED_IN, status=303), method="POST"),
    Row("account.calendar", may(*SIGNED_IN)),
    Row("account.make_calendar_address", may(*SIGNED_IN), method="POST"),
    Row("account.stop_calendar", may(*SIGNED_IN, status=303), method="POST"),
    # The address is the key, whoever has it: test_feed.py.
    Row("events.feed", may(*EVERYONE, status=404), url=lambda _world: {"token": "unknown"}),
    Row("account.own_data", may(*SIGNED_IN)),
    Row("account.download_data", may(*SIGNED_IN), method="POST"),
    Row("account.forget_me", may(*SIGNED_IN)),
    Row("account.ask_to_be_forgotten", may(*SIGNED_IN, status=303), method="POST"),
    Row("account.take_erasure_back", may(*SIGNED_IN, status=303), method="POST"),
    Row("erasures.index", may(ADMIN)),
    Row("erasures.confirm_done", may(ADMIN), url=_request, prepare=_ask),
    Row("erasures.mark_done", may(ADMIN, status=303), method="POST", url=_request, prepare=_ask),
)
