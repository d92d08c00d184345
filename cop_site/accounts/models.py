"""People, their sign-ins, and the roles they hold from day to day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.accounts.device_names import name_device
from cop_site.db import Base, enum_column
from cop_site.errors import refuse_constraint
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School


class SencoAward(StrEnum):
    """What a SENCO says of the award the law asks of them, if they say anything."""

    NPQ = "npq"
    NPQ_UNDER_WAY = "npq_under_way"
    NASENCO = "nasenco"
    NASENCO_UNDER_WAY = "nasenco_under_way"
    NEITHER = "neither"

    @property
    def label(self) -> str:
        names = {
            "npq": "NPQ for SENCOs",
            "npq_under_way": "NPQ for SENCOs, under way",
            "nasenco": "NASENCO award",
            "nasenco_under_way": "NASENCO award, under way",
        }
        return names.get(self.value, "Neither yet")


class Person(Base):
    """Somebody who books, attends or supports. Needs no account and no email address.

    ``email`` is in lower case. ``bounced_at``: when mail to it last came back for good, None once
    they have been in since or have another. ``would_mentor`` is their own word.
    A merge is a pointer (``merged_into_id``) and can be undone; the row itself stays as it was.
    ``erased_at`` is when they were forgotten: the row stays for what counts and takes no more.
    """

    __table_args__ = (
        sa.Index(
            "uq_person_email",
            "email",
            unique=True,
            sqlite_where=sa.text("email IS NOT NULL AND merged_into_id IS NULL"),
            postgresql_where=sa.text("email IS NOT NULL AND merged_into_id IS NULL"),
        ),
        sa.Index("ix_person_name", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(sa.String(254))
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    bounced_at: Mapped[datetime | None]
    senco_award: Mapped[SencoAward | None] = mapped_column(enum_column(SencoAward))
    would_mentor: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    merged_into: Mapped[Person | None] = relationship(lazy="raise", remote_side=[id])


class User(Base):
    """A person's account. At most one a person.

    ``first_in_at`` is None until they have come in once, by any door; ``last_in_on`` outlives the
    sign-in. ``feed_hash`` is of the secret in the address of their calendar feed.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    first_in_at: Mapped[datetime | None]
    last_in_on: Mapped[date | None]
    feed_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)

    person: Mapped[Person] = relationship(lazy="raise")


class SignIn(Base):
    """One sign-in on one device. The cookie names it; ending the row ends it everywhere.

    ``school_id`` is the school that somebody with several chose to act for; None for all.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    device: Mapped[str] = mapped_column(sa.String(200), default="")
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    idle_minutes: Mapped[int]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(sa.String(40), default="")
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))

    @property
    def device_name(self) -> str:
        return name_device(self.device)


class SignInGuess(Base):
    """One try at a password. Counted in the database, so that all workers share the limit."""

    __table_args__ = (
        sa.Index("ix_sign_in_guess_account", "account", "device", "at"),
        sa.Index("ix_sign_in_guess_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(64))
    device: Mapped[str] = mapped_column(sa.String(64))
    address: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime]


class OneTimeLink(Base):
    """A link that may be used once, for one purpose. Only its hash is kept."""

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    purpose: Mapped[str] = mapped_column(sa.String(40))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SchoolRoleKind(StrEnum):
    SENCO = "senco"
    DEPUTY_SENCO = "deputy_senco"
    HEADTEACHER = "headteacher"
    TEACHER = "teacher"
    TEACHING_ASSISTANT = "teaching_assistant"
    OFFICE = "office"
    GOVERNOR = "governor"

    @property
    def label(self) -> str:
        names = {"senco": "SENCO", "deputy_senco": "Deputy SENCO"}
        return names.get(self.value, self.value.replace("_", " ").capitalize())


class Standing(StrEnum):
    """How somebody holds a role at a school."""

    SUBSTANTIVE = "substantive"
    ACTING = "acting"
    INTERIM = "interim"

    @property
    def label(self) -> str:
        return "In post" if self is Standing.SUBSTANTIVE else self.value.capitalize()


def name_role(role: SchoolRoleKind, standing: Standing) -> str:
    """Like "SENCO", "Acting SENCO" or "Interim headteacher"."""
    if standing is Standing.SUBSTANTIVE:
        return role.label
    name = role.label if role is SchoolRoleKind.SENCO else role.label.lower()
    return f"{standing.label} {name}".replace("senco", "SENCO")


class ServiceRoleKind(StrEnum):
    ASEP = "asep"
    EP = "ep"
    INCLUSION_LEAD = "inclusion_lead"
    NETWORK_LEAD = "network_lead"
    SUPPORT_OFFICER = "support_officer"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        names = {"asep": "Assistant EP", "ep": "Educational psychologist"}
        return names.get(self.value, self.value.replace("_", " ").capitalize())


def _dated(*extra: sa.Index) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="forwards"),
        *extra,
    )


class SchoolRole(Base):
    """A role at a school, from ``starts_on`` to ``ends_on`` inclusive; null while it lasts.

    ``confirmed_on`` is the day the school last said that this is still so.
    """

    __table_args__ = _dated(
        sa.Index("ix_school_role_school", "school_id", "starts_on"),
        sa.Index(
            "uq_school_role_open",
            "person_id",
            "school_id",
            "role",
            unique=True,
            sqlite_where=sa.text("ends_on IS NULL"),
            postgresql_where=sa.text("ends_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    role: Mapped[SchoolRoleKind] = mapped_column(enum_column(SchoolRoleKind))
    standing: Mapped[Standing] = mapped_column(
        enum_column(Standing), default=Standing.SUBSTANTIVE, server_default="substantive"
    )
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    confirmed_on: Mapped[date | None]

    @property
    def name(self) -> str:
        return name_role(self.role, self.standing)

    person: Mapped[Person] = relationship(lazy="raise")
    school: Mapped[School] = relationship(lazy="raise")


class ServiceRole(Base):
    """A role in the authority's service, dated like a school role."""

    __table_args__ = _dated()

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[ServiceRoleKind] = mapped_column(enum_column(ServiceRoleKind))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class PartnerService(Base):
    """A partner: school attendance, admissions, Virtual School, the voluntary sector."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class PartnerRole(Base):
    """A person's time with a partner service."""

    __table_args__ = _dated()

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    partner_service_id: Mapped[int] = mapped_column(sa.ForeignKey("partner_service.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    partner_service: Mapped[PartnerService] = relationship(lazy="raise")


class AssignmentKind(Base):
    """What somebody is to a cluster, as data: EP, AsEP, cover, manager, named partner."""

    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str]
    position: Mapped[int]
    takes_registers: Mapped[bool]


class Assignment(Base):
    """A person's time with a cluster. ``covers_id`` names whose assignment a cover fills."""

    __table_args__ = _dated(sa.Index("ix_assignment_cluster", "cluster_id", "starts_on"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    kind_key: Mapped[str] = mapped_column(sa.ForeignKey("assignment_kind.key"))
    covers_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    person: Mapped[Person] = relationship(lazy="raise")
    cluster: Mapped[Cluster] = relationship(lazy="raise")
    kind: Mapped[AssignmentKind] = relationship(lazy="raise")


refuse_constraint(
    "uq_person_email",
    "person.email",
    "uq_user_email",
    "user.email",
    sentence="That email address already belongs to somebody here.",
)
