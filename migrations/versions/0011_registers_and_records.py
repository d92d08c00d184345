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
    op.create_table(
        "material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                *("file", "link", "resource"),
                name="material_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("added_by_user_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'file' AND sha256 IS NOT NULL AND size > 0)"
            " OR (kind = 'link' AND url != '')"
            " OR (kind = 'resource' AND resource_id IS NOT NULL)",
            name=op.f("ck_material_of_its_kind"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_material_event_id"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_material_resource_id"),
        sa.PrimaryKeyConstraint("id", name="pk_material"),
        sa.UniqueConstraint("event_id", "sha256", name="uq_material_event_id_sha256"),
        sa.UniqueConstraint("event_id", "resource_id", name="uq_material_event_id_resource_id"),
    )
    for column in ("event_id", "resource_id", "sha256"):
        op.create_index(f"ix_material_{column}", "material", [column])
    _add_sendings()


def _add_sendings() -> None:
    op.create_table(
        "material_sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("came", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("sent_by_user_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_material_sending_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_material_sending"),
        sa.UniqueConstraint("event_id", "number", name="uq_material_sending_event_id_number"),
    )
    op.create_table(
        "inviting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("sent_by_user_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_inviting_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inviting"),
        sa.UniqueConstraint("key", name="uq_inviting_key"),
    )
    op.create_index("ix_inviting_event_id", "inviting", ["event_id"])


def _drop_follow_up() -> None:
    """Undoes the above."""
    op.drop_table("inviting")
    op.drop_table("material_sending")
    op.drop_table("material")


def downgrade() -> None:
    _drop_follow_up()
    _drop_certificates()
    _drop_check_in()
