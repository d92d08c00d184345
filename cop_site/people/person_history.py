"""What happened to a person, in plain words. Knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cop_site import clock
from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind, Standing, name_role
from cop_site.audit import Change
from cop_site.people.place_models import Place


@dataclass(frozen=True)
class Names:
    """Names by id, of those a history speaks of."""

    users: Mapping[int, str] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)
    schools: Mapping[int, str] = field(default_factory=dict)
    partners: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """One line of a history. ``by`` is "" where a command or the site itself did it. ``places``
    end the sentence."""

    at: datetime
    sentence: str
    by: str
    reason: str
    places: tuple[Place, ...] = ()


SENTENCES = {
    "added": "Account made",
    "invited": "Invited by email",
    "invited again": "Asked for a new invitation",
    "invitation accepted": "Came in by the invitation",
    "password set": "Set a password",
    "password changed": "Changed the password",
    "second step on": "Second step on",
    "second step off": "Second step off",
    "recovery code used": "Signed in with a recovery code",
    "closed": "Account closed",
    "reopened": "Account opened again",
    "mail came back": "Mail to the address came back",
    "mail arrives again": "Mail to the address arrives again",
    "still in post": "Said to be still in post",
}


def tell(change: Change, names: Names) -> Event:
    """A change as a sentence. One that has no words of its own here keeps its verb."""
    by = names.users.get(change.by_user_id, "Somebody") if change.by_user_id else ""
    left = Place.read(str(change.now.get("name left in", "")))
    places = (left,) if left else ()
    return Event(change.at, _sentence(change, names, places), by, change.reason, places)


def _sentence(change: Change, names: Names, places: tuple[Place, ...]) -> str:
    was, now = change.was, change.now
    if change.verb == "name left":
        return "Left standing in: " + ("" if places else str(now.get("name left in", "")))
    if change.verb in ("role given", "role ended", "role withdrawn", "first day corrected"):
        return _of_role(change.verb, was, now, names)
    if change.verb == "renamed":
        return f"Name corrected from {was.get('name')} to {now.get('name')}"
    if change.verb == "address corrected":
        return f"Email address corrected from {was.get('email') or 'none'} to {now.get('email')}"
    if change.thing == "mentoring":
        return _of_mentoring(change.verb, was, now, names)
    plain = change.verb.replace("_", " ")
    return SENTENCES.get(change.verb) or plain[:1].upper() + plain[1:]


def _of_role(verb: str, was: dict[str, Any], now: dict[str, Any], names: Names) -> str:
    told = now or was
    what = _role(told, names)
    if verb == "role withdrawn":
        return f"{what}: no longer to begin on {_day(told.get('starts_on'))}"
    if verb == "role ended":
        return f"{what}: last day {_day(told.get('ends_on'))}"
    if verb == "first day corrected":
        return f"{what}: first day {_day(told.get('starts_on'))}, not {_day(was.get('starts_on'))}"
    until = f" until {_day(told['ends_on'])}" if told.get("ends_on") else ""
    return f"{what}: from {_day(told.get('starts_on'))}{until}"


def _role(told: dict[str, Any], names: Names) -> str:
    if "partner_service_id" in told:
        return names.partners.get(told["partner_service_id"], "A partner service")
    key = str(told.get("role", ""))
    if "school_id" in told:
        known = key in {kind.value for kind in SchoolRoleKind}
        what = name_role(SchoolRoleKind(key), _standing(told)) if known else key
        return f"{what} at {names.schools.get(told['school_id'], 'a school')}"
    known = key in {kind.value for kind in ServiceRoleKind}
    return ServiceRoleKind(key).label if known else key


def _standing(told: dict[str, Any]) -> Standing:
    """Kept only where it is not the plain one, and not at all in old lines."""
    key = told.get("standing")
    return Standing(key) if key in {kind.value for kind in Standing} else Standing.SUBSTANTIVE


def _of_mentoring(verb: str, was: dict[str, Any], now: dict[str, Any], names: Names) -> str:
    mentor = names.people.get({**was, **now}.get("mentor_id", 0), "a mentor")
    if verb == "paired":
        return f"Mentor: {mentor}, from {_day(now.get('starts_on'))}"
    if verb == "ended":
        return f"Mentor: {mentor}, last day {_day(now.get('ends_on'))}"
    if verb == "withdrawn":
        return f"Mentor: {mentor}, no longer to begin"
    return f"Meetings with the mentor: {now.get('meetings', 0)}"


def _day(text: Any) -> str:
    try:
        return clock.say_day(date.fromisoformat(str(text)))
    except ValueError:
        return "a day"
