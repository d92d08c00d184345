"""Parts of gathering pages that reports fill."""

from __future__ import annotations

from typing import Any

from cop_site.accounts.acting_models import ActingUser
from cop_site.reports import policies
from cop_site.reports.engagement_report import load_report
from cop_site.web.panels import Panel


def _is_lead(user: ActingUser, _thing: Any) -> bool:
    return policies.visible_clusters(user) is None


def _this_term(_user: ActingUser, _thing: Any) -> dict[str, Any]:
    report = load_report()
    return {"report": report, "figures": report.figures}


PANELS = (Panel("home", 10, _is_lead, _this_term, "reports/partials/home_engagement.html"),)
