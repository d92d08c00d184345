"""Support given to clusters: entries, what happened to them, drafts and planned time."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.accounts.models import Person
from cop_site.db import Base, EditCount, FreeJson, FreeText, enum_column
from cop_site.errors import refuse_constraint
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School


class SupportKind(Base):
    """A kind of support, as data: a visit, a consultation, a telephone call."""

    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str]
    position: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(default=False)


class SupportTheme(Base):
    """What support was about, as data."""

    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str]
    position: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(default=False)


class EntryState(StrEnum):
    """``recorded``: an EP's or the lead's own, which nobody needs to countersign. Drafts are
    EntryDraft."""

    WAITING = "waiting"
    SENT_BACK = "sent_back"
    COUNTERSIGNED = "countersigned"
    RECORDED = "recorded"
    VOIDED = "voided"

    @property
    def label(self) -> str:
        names = {"waiting": "To countersign", "recorded": "Logged"}
        return names.get(self.value, self.value.replace("_", " ").capitalize())


# In these the agreed text is open to the schools it names.
OPEN_TO_SCHOOLS = (EntryState.COUNTERSIGNED, EntryState.RECORDED)
# In these schools read the revision that was signed last, if there is one.
UNSIGNED = (EntryState.WAITING, EntryState.SENT_BACK)


class Entry(Base):
    """Support given to schools of a cluster on a day. Minutes are whole and counted once.

    ``agreed`` is read by every school named. ``whole_cluster`` says that all schools of that day
    were meant; they are named all the same. ``revision`` counts submissions of changed text;
    ``edits`` counts saves. ``client_key`` is made when the form opens, so that sending twice
    logs once.
    """

    __table_args__ = (
        sa.CheckConstraint(
            "contact_minutes >= 0 AND preparation_minutes >= 0 AND travel_minutes >= 0",
            name="minutes",
        ),
        sa.Index("ix_entry_cluster_day", "cluster_id", "day", "id"),
        sa.Index("ix_entry_state", "state", "first_submitted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    day: Mapped[date]
    kind_key: Mapped[str] = mapped_column(sa.ForeignKey("support_kind.key"))
    theme_key: Mapped[str] = mapped_column(sa.ForeignKey("support_theme.key"))
    whole_cluster: Mapped[bool] = mapped_column(default=False)
    contact_minutes: Mapped[int]
    preparation_minutes: Mapped[int] = mapped_column(default=0)
    travel_minutes: Mapped[int] = mapped_column(default=0)
    agreed: Mapped[FreeText] = mapped_column(default="")
    state: Mapped[EntryState] = mapped_column(enum_column(EntryState))
    revision: Mapped[int] = mapped_column(default=1)
    edits: Mapped[EditCount]
    created_by_user_id: Mapped[int]
    first_submitted_at: Mapped[datetime]
    countersigned_at: Mapped[datetime | None]
    countersigned_by_user_id: Mapped[int | None]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[FreeText] = mapped_column(default="")

    cluster: Mapped[Cluster] = relationship(lazy="raise")
    kind: Mapped[SupportKind] = relationship(lazy="raise")
    theme: Mapped[SupportTheme] = relationship(lazy="raise")
    workers: Mapped[list[EntryWorker]] = relationship(lazy="raise", back_populates="entry")
    schools: Mapped[list[EntrySchool]] = relationship(lazy="raise", back_populates="entry")
    steps: Mapped[list[EntryStep]] = relationship(lazy="raise", order_by="EntryStep.id")
    actions: Mapped[list[Action]] = relationship(
        lazy="raise", back_populates="entry", order_by="Action.id"
    )

    @property
    def minutes(self) -> int:
        return self.contact_minutes + self.preparation_minutes + self.travel_minutes


class EntryWorker(Base):
    """Somebody who gave the support, with what they were to the cluster that day."""

    __table_args__ = (sa.UniqueConstraint("entry_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind_key: Mapped[str] = mapped_column(sa.ForeignKey("assignment_kind.key"))

    entry: Mapped[Entry] = relationship(lazy="raise", back_populates="workers")
    person: Mapped[Person] = relationship(lazy="raise")


class EntrySchool(Base):
    """A school an entry names. ``agreed`` concerns it alone, and no other school reads it."""

    __table_args__ = (sa.UniqueConstraint("entry_id", "school_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    agreed: Mapped[FreeText] = mapped_column(default="")

    entry: Mapped[Entry] = relationship(lazy="raise", back_populates="schools")
    school: Mapped[School] = relationship(lazy="raise")


class StepVerb(StrEnum):
    """``submitted``: an EP must countersign it. ``recorded``: an EP's or the lead's own words."""

    SUBMITTED = "submitted"
    RECORDED = "recorded"
    SENT_BACK = "sent_back"
    COUNTERSIGNED = "countersigned"
    VOIDED = "voided"


# After these nobody needs to sign a revision any more, and the schools it names may read it.
SIGNING = (StepVerb.COUNTERSIGNED, StepVerb.RECORDED)


class EntryStep(Base):
    """What happened to an entry: the clock of countersigning is read from these."""

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id"), index=True)
    verb: Mapped[StepVerb] = mapped_column(enum_column(StepVerb))
    revision: Mapped[int]
    by_user_id: Mapped[int | None]
    at: Mapped[datetime]
    comment: Mapped[FreeText] = mapped_column(default="")


class EntryRevision(Base):
    """What an entry said at one submission, whole. Never changed."""

    __table_args__ = (sa.UniqueConstraint("entry_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id"))
    number: Mapped[int]
    content: Mapped[FreeJson]
    by_user_id: Mapped[int]
    at: Mapped[datetime]


class EntryDraft(Base):
    """A form as somebody has typed it so far, right or wrong. Theirs alone; gone once sent."""

    __table_args__ = (sa.Index("ix_entry_draft_user", "user_id", "saved_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    fields: Mapped[FreeJson]
    saved_at: Mapped[datetime]


class Action(Base):
    """Something to do by a day. ``school`` alone: the school does it. ``person`` does it
    otherwise, for ``school`` where one is named. A school sees those that name it at once.

    ``first_due_on`` stays when ``due_on`` is moved: a moved action counts as late once.
    """

    __table_args__ = (
        sa.CheckConstraint("school_id IS NOT NULL OR person_id IS NOT NULL", name="somebodys"),
        sa.Index("ix_action_cluster_open", "cluster_id", "done_at", "due_on"),
        sa.Index("ix_action_school", "school_id", "done_at", "due_on"),
        sa.Index("ix_action_person", "person_id", "done_at", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("entry.id"), index=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    what: Mapped[FreeText]
    due_on: Mapped[date]
    first_due_on: Mapped[date]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_user_id: Mapped[int | None]
    dropped_at: Mapped[datetime | None]
    drop_reason: Mapped[FreeText] = mapped_column(default="")

    entry: Mapped[Entry] = relationship(lazy="raise", back_populates="actions")
    cluster: Mapped[Cluster] = relationship(lazy="raise")
    school: Mapped[School | None] = relationship(lazy="raise")
    person: Mapped[Person | None] = relationship(lazy="raise")

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.dropped_at is None


class SupportPlan(Base):
    """Minutes planned for a cluster in each school week, from a day to a day inclusive.

    Two plans of a cluster never overlap: the database refuses it (migration 0004).
    """

    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="forwards"),
        sa.CheckConstraint("minutes_a_week >= 0", name="minutes"),
        sa.Index("ix_support_plan_cluster", "cluster_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    minutes_a_week: Mapped[int]
    by_user_id: Mapped[int | None]
    at: Mapped[datetime]


refuse_constraint(
    "uq_entry_client_key",
    "entry.client_key",
    sentence="This entry was already saved.",
)
refuse_constraint(
    "ex_support_plan_one",
    sentence="There is another plan for this cluster on one of those days.",
)
