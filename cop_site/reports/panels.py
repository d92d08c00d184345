"""Parts of gathering pages that reports fill."""

from __future__ import annotations

from typing import Any

from cop_site.accounts.acting_models import ActingUser
from cop_site.reports import policies
from cop_site.reports.engagement_report import load_report
from cop_site.reports.first_steps import list_first_steps
from cop_site.reports.lineage_queries import get_lineage
from cop_site.reports.timeline_queries import load_timeline
from cop_site.schools.models import School
from cop_site.web.panels import Panel

LATEST = 5


def _is_lead(user: ActingUser, _thing: Any) -> bool:
    return policies.visible_clusters(user) is None


def _this_term(_user: ActingUser, _thing: Any) -> dict[str, Any]:
    report = load_report()
    return {"report": report, "figures": report.figures}


def _brings_to_life(user: ActingUser, _thing: Any) -> bool:
    return user.has_role("administrator", "inclusion_lead")


def _first_steps(_user: ActingUser, _thing: Any) -> dict[str, Any] | None:
    steps = list_first_steps()
    return {"steps": steps} if steps else None


def _may_see_timeline(user: ActingUser, school: School) -> bool:
    return policies.may_see_some_timeline(user, school.id)


def _latest(user: ActingUser, school: School) -> dict[str, Any] | None:
    """The newest few, for the school itself and those who support it."""
    lineage = get_lineage(school.id)
    if not policies.can_see_timeline(user, school.id, lineage.cluster_ids):
        return None
    timeline = load_timeline(lineage, size=LATEST)
    return {"lineage": lineage, "happenings": timeline.happenings[:LATEST]}


PANELS = (
    Panel("todo", 0, _brings_to_life, _first_steps, "reports/partials/first_steps.html"),
    Panel("home", 10, _is_lead, _this_term, "reports/partials/home_engagement.html"),
    Panel("school", 40, _may_see_timeline, _latest, "reports/partials/latest_happenings.html"),
)
