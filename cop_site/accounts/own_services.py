"""What people change about themselves: their name, what they say of their role, their mail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from cop_site import audit
from cop_site.accounts import role_services, topic_queries
from cop_site.accounts.account_models import Topic, UnwantedTopic
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SencoAward, User
from cop_site.db import db
from cop_site.errors import DomainError


@dataclass(frozen=True)
class OwnDetails:
    """``award`` None: they do not say."""

    name: str
    award: SencoAward | None
    would_mentor: bool


def read_details(person: Person) -> OwnDetails:
    return OwnDetails(person.name, person.senco_award, person.would_mentor)


def change_details(details: OwnDetails, *, by: ActingUser) -> None:
    """Put a person's own words about themselves in place. The same again is harmless.

    Raises DomainError for a name without a letter: it stands on registers and lists.
    """
    if not any(letter.isalpha() for letter in details.name):
        raise DomainError("Enter your name", field="name")
    person = role_services.lock_person(by.person_id)
    was, now = _plain(read_details(person)), _plain(details)
    changed = [key for key in now if was[key] != now[key]]
    if not changed:
        return
    person.name = details.name
    person.senco_award = details.award
    person.would_mentor = details.would_mentor
    audit.record(
        "person",
        person.id,
        "own details changed",
        by=by.user_id,
        was={key: was[key] for key in changed},
        now={key: now[key] for key in changed},
    )


def _plain(details: OwnDetails) -> dict[str, Any]:
    return asdict(details) | {"award": details.award.value if details.award else None}


def choose_topics(wanted: Collection[Topic], offered: Collection[Topic], *, by: ActingUser) -> None:
    """Of what was offered, get by email what is wanted and no more. The same again is harmless."""
    # Two windows at once: the second waits here, and then sees what the first did.
    db.session.get_one(User, by.user_id, with_for_update=True, populate_existing=True)
    was = topic_queries.list_unwanted(by.user_id)
    now = (was - set(offered)) | (set(offered) - set(wanted))
    if now == was:
        return
    own = UnwantedTopic.user_id == by.user_id
    db.session.execute(sa.delete(UnwantedTopic).where(own))
    db.session.add_all(UnwantedTopic(user_id=by.user_id, topic=topic.value) for topic in now)
    audit.record(
        "user",
        by.user_id,
        "messages chosen",
        by=by.user_id,
        was={"unwanted": sorted(was)},
        now={"unwanted": sorted(now)},
    )
    db.session.flush()
