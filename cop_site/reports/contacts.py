"""Whom to call about a school that has not come yet, as they are today."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cop_site.accounts.assignment_queries import Supporter, list_supporters
from cop_site.accounts.models import SchoolRoleKind
from cop_site.people.school_people_queries import SchoolPerson, list_school_people
from cop_site.reports.fact_models import Visit
from cop_site.reports.school_results import SchoolResult


@dataclass(frozen=True)
class Contacts:
    """A school's SENCOs, and the EPs of the cluster that the list has it in."""

    sencos: tuple[SchoolPerson, ...]
    eps: tuple[Supporter, ...]


def find_contacts(results: Collection[SchoolResult[Visit]]) -> Mapping[int, Contacts]:
    """By school id, in two statements whatever the number of schools; none for no school.

    For readers of engagement only: EPs and AsEPs, who have none but their own clusters' schools
    among their results, and the lead.
    """
    if not results:
        return {}
    schools = [one.school for one in results]
    people = list_school_people([one.school_id for one in schools], (SchoolRoleKind.SENCO,))
    supporters = list_supporters({one.cluster_id for one in schools if one.cluster_id})
    return {
        school.school_id: Contacts(
            tuple(one for one in people if one.school_id == school.school_id),
            tuple(
                one
                for one in supporters
                if one.cluster_id == school.cluster_id and one.kind_key == "ep"
            ),
        )
        for school in schools
    }
