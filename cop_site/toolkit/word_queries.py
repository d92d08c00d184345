"""Searching resources by word, on each database's own index (migration 0004).

The only place in the toolkit that knows which database it is. Both find words by their stem; the
last word is also found by its beginning, so that results come while people type.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from cop_site.db import db
from cop_site.toolkit.models import Facet, FacetValue, ResourceVersion, VersionFacet

MOST_WORDS = 8
SHORTEST_BASE = 3
MATCH: Any = sa.bindparam("match", type_=sa.Text())
PATTERN: Any = sa.bindparam("pattern", type_=sa.Text())
_WORD = re.compile(r"[^\W_]{1,60}")
# Words that say nothing about a text; PostgreSQL keeps none of them.
_SAY_NOTHING = """
i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her
hers herself it its itself they them their theirs themselves what which who whom this that these
those am is are was were be been being have has had having do does did doing a an the and but if or
because as until while of at by for with about against between into through during before after
above below to from up down in out on off over under again further then once here there when where
why how all any both each few more most other some such no nor not only own same so than too very s
t can will just don should now
"""
_EMPTY = frozenset(_SAY_NOTHING.split())
# What English adds to a word. Stems lose it, so a word that is half typed has lost none yet.
_ENDINGS = (
    *("s", "es", "ed", "er", "ers", "ing", "ings", "ly", "y", "ies", "ied", "ful", "ness", "less"),
    *("ion", "ions", "ional", "ionally", "ation", "ations", "ational", "ication", "ications"),
    *("ative", "icative", "ive", "ivity", "iveness", "ization", "isation", "al", "ally", "ality"),
    *(
        "ance",
        "ances",
        "ant",
        "ence",
        "ences",
        "ent",
        "ently",
        "ment",
        "ments",
        "ement",
        "able",
        "ably",
    ),
    *("ible", "ibly", "ability", "abilities", "ibility", "ibilities"),
    *("ic", "ical", "ically", "ity", "ities", "ism", "ist", "ous", "ousness"),
)
# The texts as migration 0004 indexes them, to the letter: only so is its index used.
_INDEXED = (
    "setweight(to_tsvector('english', translate(resource_version.{}, '/._-–—', '      ')), '{}')"
)
_VECTOR = " || ".join(
    _INDEXED.format(*one) for one in (("title", "A"), ("summary", "B"), ("guidance", "C"))
)


def is_sqlite() -> bool:
    return db.session.get_bind().dialect.name == "sqlite"


class Match(NamedTuple):
    """What to look for: in the database's search language, and as a pattern of an area's name."""

    match: str = ""
    pattern: str = ""


def build_match(typed: str) -> Match:
    """What was typed, made ready to look for; both "" where it holds no word.

    Every word must be found. Whatever signs were typed, none of them means anything.
    """
    words = _WORD.findall(unicodedata.normalize("NFC", typed).lower())
    words = [word for word in words if word not in _EMPTY][:MOST_WORDS]
    if not words:
        return Match()
    *whole, last = words
    pattern = f"%{'%'.join(words)}%"
    if is_sqlite():
        begun = [f'"{last}" *', *(f'"{base}"' for base in _list_bases(last))]
        match = " AND ".join([*(f'"{word}"' for word in whole), f"({' OR '.join(begun)})"])
        return Match(match, pattern)
    begun = [f"'{last}':*", *(f"'{base}'" for base in _list_bases(last))]
    return Match(" & ".join([*(f"'{word}'" for word in whole), f"({' | '.join(begun)})"]), pattern)


def _list_bases(word: str) -> Iterator[str]:
    """Words that this one may be the half-typed longer form of: "communicati" of "communic".

    Stems are shorter than what people type, so at "communicati" neither the word nor its
    beginning is in the index.
    """
    for place in range(SHORTEST_BASE, len(word)):
        base, tail = word[:place], word[place:]
        if any(ending.startswith(tail) for ending in _ENDINGS):
            yield base
            yield f"{base}e"
        # "planni" of "plan".
        doubled = tail[0] == base[-1] and "ing".startswith(tail[1:])
        if doubled:
            yield base


@cache
def ranked(sqlite: bool) -> sa.Subquery:
    """The versions that match, with a rank: the lower, the better. A title ranks first.

    Last come those whose area of need is called what was typed. Columns ``id`` and ``rank``.
    """
    named = (
        sa.select(VersionFacet.version_id.label("id"), sa.cast(0, sa.Float).label("rank"))
        .join(FacetValue, FacetValue.key == VersionFacet.facet_key)
        .where(FacetValue.facet == Facet.AREA, sa.func.lower(FacetValue.name).like(PATTERN))
    )
    either = sa.union_all(_in_sqlite() if sqlite else _in_postgresql(), named).subquery()
    best = sa.func.min(either.c.rank).label("rank")
    return sa.select(either.c.id, best).group_by(either.c.id).subquery("found")


def _in_sqlite() -> sa.Select[Any]:
    index = sa.table("resource_search", sa.column("rowid", sa.Integer))
    name: sa.ColumnElement[Any] = sa.literal_column("resource_search")
    rank = sa.func.bm25(name, 100, 10, 1)
    found = sa.select(index.c.rowid.label("id"), rank.label("rank"))
    return found.where(name.op("MATCH")(MATCH))


def _in_postgresql() -> sa.Select[Any]:
    vector: sa.ColumnElement[Any] = sa.literal_column(f"({_VECTOR})")
    asked = sa.func.to_tsquery(sa.literal_column("'english'"), MATCH)
    weights: sa.ColumnElement[Any] = sa.literal_column("'{0.01, 0.02, 0.1, 1.0}'::real[]")
    rank = -sa.func.ts_rank(weights, vector, asked)
    found = sa.select(ResourceVersion.id.label("id"), sa.cast(rank, sa.Float).label("rank"))
    return found.where(vector.op("@@")(asked))
