"""How dates, times and numbers read on a page. GOV.UK style."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import Flask
from markupsafe import Markup

from cop_site import clock
from cop_site.keeping import say_time
from cop_site.web.markdown import to_html


def long_date(day: date | datetime) -> str:
    """Like "Friday 27 November 2026". A moment gives its date in London."""
    day = clock.london(day) if isinstance(day, datetime) else day
    return f"{clock.WEEKDAYS[day.weekday()]} {clock.say_day(day)}"


def short_date(day: date | datetime) -> str:
    """Like "27 November 2026"."""
    day = clock.london(day) if isinstance(day, datetime) else day
    return clock.say_day(day)


def weekday(moment: datetime) -> str:
    """Like "Friday", the day it is in London."""
    return clock.WEEKDAYS[clock.london(moment).weekday()]


def short_month(day: date) -> str:
    """Like "Nov"."""
    return clock.MONTHS[day.month - 1][:3]


def clock_time(moment: datetime) -> str:
    """Like "1:30pm", "9am" or "midday", on a London clock."""
    return clock.say_time(clock.london(moment).time())


def time_range(starts_at: datetime, ends_at: datetime) -> str:
    """Like "1:30pm to 3:30pm"."""
    return f"{clock_time(starts_at)} to {clock_time(ends_at)}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Like "1 school", "1,234 schools" or "no schools"."""
    word = one if count == 1 else (many or f"{one}s")
    return f"{count:,} {word}" if count else f"no {word}"


def markdown(text: str) -> Markup:
    """Markdown as cleaned HTML."""
    return Markup(to_html(text))  # noqa: S704 - bleach has cleaned it


def moment(text: str) -> datetime:
    """A moment from its ISO text, as messages keep it."""
    return datetime.fromisoformat(text)


def groupby_month(rows: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Rows that start at a moment, under the month they start in, order kept: "November 2026"."""

    def month_of(row: Any) -> str:
        day = clock.london(row.starts_at)
        return f"{clock.MONTHS[day.month - 1]} {day.year}"

    return [(month, list(group)) for month, group in groupby(rows, month_of)]


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        moment=moment,
        groupby_month=groupby_month,
        long_date=long_date,
        short_date=short_date,
        weekday=weekday,
        short_month=short_month,
        clock_time=clock_time,
        plural=plural,
        say_time=say_time,
        london=clock.london,
        markdown=markdown,
    )
    app.jinja_env.globals.update(time_range=time_range, now=clock.now)
