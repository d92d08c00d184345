"""How the record of changes writes keys and values. Knows no database."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from cop_site import clock
from cop_site.accounts.models import SchoolRoleKind, SencoAward, ServiceRoleKind, Standing
from cop_site.events.models import EventKind, Involvement, Mode

# Keys whose values are days as ISO text, and those whose values are words of our own.
DAYS = frozenset(
    {"starts_on", "ends_on", "opened_on", "closed_on", "linked_on", "first_day", "confirmed_on"}
    | {"half_term_starts_on", "half_term_ends_on", "reference_on", "due_on", "review_on"}
)
WORDS = frozenset({"role", "state", "status", "kind", "kind_key", "mode", "standing", "award"})
LABELS: dict[str, dict[str, str]] = {
    key: {str(one.value): one.label for one in kinds}
    for key, kinds in {
        "role": (*SchoolRoleKind, *ServiceRoleKind),
        "kind": tuple(EventKind),
        "kind_key": tuple(ServiceRoleKind),
        "mode": tuple(Mode),
        "standing": tuple(Standing),
        "award": tuple(SencoAward),
        "involvement": tuple(Involvement),
    }.items()
}
# Moments as ISO text have keys that end so.
MOMENTS = ("_at", "_until")
NAMED = {"urn": "URN", "ukprn": "UKPRN"}
ENDINGS = ("_on", "_at", "_id", "_key")


def say_words(key: str) -> str:
    if key in NAMED:
        return NAMED[key]
    for ending in ENDINGS:
        key = key.removesuffix(ending)
    words = key.replace("_", " ")
    return words[:1].upper() + words[1:]


def say_value(key: str, value: Any) -> str:
    """As it is read: days in words, several things with commas, nothing as nothing.

    Texts that people typed stay to the letter; only our own words lose their underscores.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(say_value(key, one) for one in value)
    if isinstance(value, dict):
        parts = (f"{say_words(name)}: {say_value(name, one)}" for name, one in value.items())
        return "; ".join(parts)
    return _say_text(key, value) if isinstance(value, str) else str(value)


def _say_text(key: str, text: str) -> str:
    if label := LABELS.get(key, {}).get(text):
        return label
    if key in WORDS:
        return text.replace("_", " ")
    try:
        if key in DAYS:
            return clock.say_day(date.fromisoformat(text))
        if key.endswith(MOMENTS):
            moment = clock.london(datetime.fromisoformat(text))
            return f"{clock.say_day(moment.date())}, {clock.say_time(moment.time())}"
    except ValueError:
        pass
    return text
