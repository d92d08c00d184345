"""Events of October, attended or not, by schools in a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cop_site import clock
from cop_site.reports.engagement_report import Report
from cop_site.schools.models import Term


def london(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=clock.LONDON)


OCTOBER = london(2026, 10, 6)


@dataclass
class Terms:
    summer: Term
    autumn: Term
    spring: Term


def engaged(report: Report) -> list[str]:
    assert report.figures is not None
    return [one.school.name for one in report.figures.engaged]


def outside(report: Report) -> list[str]:
    assert report.figures is not None
    return [one.name for one in report.figures.outside]


def not_closed(report: Report) -> int:
    assert report.figures is not None
    return report.figures.sessions_not_closed
