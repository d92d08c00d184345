"""What the form of an entry opens with: guessed, copied, saved, or as a draft has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.support.entry_models import EntryDetails
from cop_site.support.models import Entry

MOST_VALUES = 400
_OWN = re.compile(
    r"(?:rows|day|cluster_id|whole_cluster|school_ids|person_ids|kind_key|theme_key|agreed"
    r"|(?:contact|preparation|travel)_minutes|line_[0-9]{1,10}|action_[0-9]{1,2}_(?:what|who|due))"
)


def keep_own_fields(typed: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    """The fields of the form as typed, right or wrong; whatever else came is left out."""
    kept = {name: values[:100] for name, values in typed if _OWN.fullmatch(name)}
    return dict(list(kept.items())[:MOST_VALUES])


def guess_from(
    last: Entry | None, user: ActingUser, cluster_id: int | None, *, met: bool
) -> dict[str, Any]:
    """Today; kind, preparation and travel as last time; the theme of earlier today; and all
    schools of a cluster that ``met``. What was agreed and contact minutes are never guessed."""
    is_todays = last and last.cluster_id == cluster_id and last.day == clock.today()
    return {
        "day": clock.today(),
        "cluster_id": str(cluster_id or ""),
        "whole_cluster": met,
        "person_ids": [str(user.person_id)],
        "kind_key": last.kind_key if last else "",
        "theme_key": last.theme_key if last and is_todays else "",
        "preparation_minutes": last.preparation_minutes if last else 0,
        "travel_minutes": last.travel_minutes if last else 0,
    }


def copy_like(entry: Entry, user: ActingUser) -> dict[str, Any]:
    """All of another entry but its words, its actions and its day."""
    return {
        **_shared(entry),
        "day": clock.today(),
        "person_ids": [str(user.person_id)],
    }


def values_of(entry: Entry) -> dict[str, Any]:
    """An entry as its form shows it; its actions are not edited there."""
    lines = {f"line_{row.school_id}": row.agreed for row in entry.schools}
    return {
        **_shared(entry),
        **lines,
        "day": entry.day,
        "person_ids": [str(row.person_id) for row in entry.workers],
        "agreed": entry.agreed,
        "edits": str(entry.edits),
    }


def _shared(entry: Entry) -> dict[str, Any]:
    return {
        "cluster_id": str(entry.cluster_id),
        "whole_cluster": entry.whole_cluster,
        "school_ids": [str(row.school_id) for row in entry.schools],
        "kind_key": entry.kind_key,
        "theme_key": entry.theme_key,
        "contact_minutes": entry.contact_minutes,
        "preparation_minutes": entry.preparation_minutes,
        "travel_minutes": entry.travel_minutes,
    }


def list_differences(
    entry: Entry, saved: EntryDetails, typed: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """What is saved and differs from what somebody typed: a label and the saved text of each.

    ``typed`` is the content of what they sent, as a revision would keep it.
    """
    minutes = ", ".join(str(count) for count in saved.content["minutes"])
    schools = "; ".join(row.school.name for row in entry.schools)
    lines = "; ".join(f"{row.school.name}: {row.agreed}" for row in entry.schools if row.agreed)
    said = {
        "day": ("Date", clock.say_day(saved.day)),
        "cluster_id": ("Cluster", entry.cluster.name),
        "kind": ("Kind of support", entry.kind.name),
        "theme": ("Theme", entry.theme.name),
        "minutes": ("Contact, preparation and travel minutes", minutes),
        "agreed": ("What was agreed", saved.agreed),
        "schools": ("Schools", f"{schools}. {lines}".rstrip(" .")),
        "workers": ("Who was there", "; ".join(row.person.name for row in entry.workers)),
    }
    return [text for key, text in said.items() if saved.content[key] != typed.get(key)]
