"""Erasing somebody as the page does: what is committed first, then step by step."""

from __future__ import annotations

from collections.abc import Collection

from cop_site.accounts.acting_models import ActingUser
from cop_site.people import sweep_queries, sweep_services
from cop_site.people.erasure_services import erase_person
from cop_site.transaction import transaction


def erase(
    person_id: int, *, by: ActingUser | None = None, take_out: Collection[str] | None = None
) -> None:
    with transaction():
        erase_person(person_id, by=by, reason="asked", take_out=take_out)
    finish(person_id)


def finish(person_id: int) -> None:
    for step_id in sweep_queries.list_steps(person_id):
        with transaction():
            sweep_services.take_step(step_id)
