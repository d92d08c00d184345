"""Once a term each school is asked by email whether its SENCO is still its SENCO."""

from __future__ import annotations

from cop_site import clock
from cop_site.notifications.services import Recipient, queue_message
from cop_site.people import (
    join_queries,
    school_people_services,
    senco_check_queries,
)


def list_due() -> list[int]:
    """The schools to ask today; none after the first weeks of a term, and none twice a term."""
    term_id = senco_check_queries.find_term_id(clock.today())
    return senco_check_queries.list_schools_to_ask(term_id) if term_id is not None else []


def ask_school(school_id: int) -> bool:
    """Mail the school's SENCO and office. The school is locked: two workers ask once.

    False where there is nothing to ask any more, or nobody to ask.
    """
    school = school_people_services.lock_school(school_id)
    term_id = senco_check_queries.find_term_id(clock.today())
    if term_id is None or not senco_check_queries.is_due(school_id, term_id):
        return False
    sencos = [one.name for one in senco_check_queries.list_to_confirm([school_id])]
    people = join_queries.list_managers(school_id)
    for email, name in people:
        queue_message(
            Recipient(email, name),
            kind=senco_check_queries.MESSAGE,
            thing="school",
            thing_id=school_id,
            version=term_id,
            context={
                "school": school.name,
                "sencos": sencos,
                "path": f"/schools/{school_id}/people",
            },
        )
    return bool(people)
