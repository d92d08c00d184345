"""The register as a sheet of paper has it: a table for each cluster. Has no table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cop_site.attendance.sheet_models import Section, Sheet, SheetRow
from cop_site.schools.cluster_models import Cluster

NO_CLUSTER = "Schools in no cluster"
WAITING = "On the waiting list"
CANCELLED = "Gave up their place"


@dataclass(frozen=True)
class PaperRow:
    """One line. ``number`` is the person's own: it stays when others come and go."""

    number: int
    row: SheetRow


@dataclass(frozen=True)
class PaperGroup:
    """One table of the sheet."""

    title: str
    lines: tuple[PaperRow, ...]
    section: Section = Section.PLACE


@dataclass(frozen=True)
class Paper:
    """Everyone with a place by cluster, then who waits. In this order it is typed up, too.

    Those who cancelled late come last, and are not printed: one who came wrote on an empty line.
    """

    groups: tuple[PaperGroup, ...]

    @property
    def printed(self) -> list[PaperGroup]:
        return [group for group in self.groups if group.section is not Section.CANCELLED]

    @property
    def people(self) -> int:
        return sum(len(group.lines) for group in self.printed)


def build_paper(
    sheet: Sheet, clusters: Mapping[int, Sequence[Cluster]], booking_ids: Iterable[int]
) -> Paper:
    """``clusters`` of each school on the day; ``booking_ids``: every booking ever made, in order.

    Whoever comes for no school is not listed: they sign nothing. Somebody of several schools
    stands in the cluster of the first that is in one.
    """
    numbers = {id_: number for number, id_ in enumerate(booking_ids, start=1)}

    def write(rows: Iterable[SheetRow]) -> tuple[PaperRow, ...]:
        return tuple(
            PaperRow(numbers[row.booking_id], row)
            for row in rows
            if row.booking_id is not None and row.school_ids
        )

    placed: dict[str, list[SheetRow]] = {}
    for row in sheet.listed(Section.PLACE):
        placed.setdefault(_find_cluster(row, clusters), []).append(row)
    titles = sorted(placed, key=lambda title: (title == "", title.casefold()))
    groups = [PaperGroup(title or NO_CLUSTER, write(placed[title])) for title in titles]
    for section, title in ((Section.WAITING, WAITING), (Section.CANCELLED, CANCELLED)):
        groups.append(PaperGroup(title, write(sheet.listed(section)), section))
    return Paper(tuple(group for group in groups if group.lines))


def _find_cluster(row: SheetRow, clusters: Mapping[int, Sequence[Cluster]]) -> str:
    """The name of their school's Community of Practice, "" where no school of theirs has one."""
    found = (one for id_ in row.school_ids for one in clusters.get(id_, ()))
    return next((cluster.name for cluster in found if cluster.kind.exclusive), "")
