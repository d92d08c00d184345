"""Who may call what: my account, beside signing in (rows_accounts.py)."""

from __future__ import annotations

from typing import Any

from tests.integration.access.matrix import ADMIN, EVERYONE, SENCO, SIGNED_IN, Row, World, may


def _person(world: World) -> dict[str, Any]:
    return {"person_id": world.users[SENCO].person_id}


def _account(world: World) -> dict[str, Any]:
    return {"user_id": world.users[SENCO].id}


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
    Row("bookings.feed", may(*EVERYONE, status=404), url=lambda _world: {"token": "unknown"}),
    Row("account.own_data", may(*SIGNED_IN)),
    Row("account.download_data", may(*SIGNED_IN), method="POST"),
    Row("account.forget_me", may(*SIGNED_IN)),
    Row("account.ask_to_be_forgotten", may(*SIGNED_IN, status=303), method="POST"),
    Row("account.take_erasure_back", may(*SIGNED_IN, status=303), method="POST"),
    Row("erasures.index", may(ADMIN)),
    Row("erasures.say_no", may(ADMIN), url=_account),
    Row("erasures.say_no", may(ADMIN, status=422), method="POST", url=_account),
    Row("person_data.download", may(ADMIN), method="POST", url=_person),
)
