"""check-in by code, certificates, and what follows a session"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_check_in()
    _add_certificates()
    _add_follow_up()


def _add_check_in() -> None:
    """Codes by which people mark themselves here."""
    op.create_table(
        "check_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_user_id", sa.Integer(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name="fk_check_in_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_check_in"),
        sa.UniqueConstraint("code", name="uq_check_in_code"),
    )
    op.create_index("ix_check_in_session_id", "check_in", ["session_id"])
    in_use = sa.text("stopped_at IS NULL")
    op.create_index(
        "uq_check_in_in_use",
        "check_in",
        ["session_id"],
        unique=True,
        sqlite_where=in_use,
        postgresql_where=in_use,
    )


def _drop_check_in() -> None:
    """Undoes the above."""
    op.drop_table("check_in")


PRINTED = (
    *("holder", "service", "authority", "title", "kind", "level", "dates", "hours", "how"),
    "schools",
)


def _add_certificates() -> None:
    """What was printed on a certificate, as it was printed."""
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in PRINTED),
        sa.Column("came", sa.JSON(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_certificate_person_id"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_certificate_event_id"),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["certificate.id"], name="fk_certificate_replaced_by_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
        sa.UniqueConstraint("number", name="uq_certificate_number"),
    )
    op.create_index("ix_certificate_issued_at", "certificate", ["issued_at"])
    op.create_index("ix_certificate_replaced_by_id", "certificate", ["replaced_by_id"])
    current = sa.text("replaced_at IS NULL")
    op.create_index(
        "uq_certificate_current",
        "certificate",
        ["person_id", "event_id"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )


def _drop_certificates() -> None:
    """Undoes the above."""
    op.drop_table("certificate")


def _add_follow_up() -> None:
    """Materials of an event, and who was invited from a list."""


def _drop_follow_up() -> None:
    """Undoes the above."""


def downgrade() -> None:
    _drop_follow_up()
    _drop_certificates()
    _drop_check_in()
