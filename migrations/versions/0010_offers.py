"""places that come free are offered"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENTS = ("booking_opens_at", "booking_closes_at", "school_limit_until", "held_until")
COUNTS = ("school_limit", "held_places")
UNSETTLED = sa.text("state IN ('waiting', 'offered')")


def upgrade() -> None:
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(
            sa.Column("offer_days", sa.SmallInteger(), nullable=False, server_default="2")
        )
    with op.batch_alter_table("event") as batch_op:
        batch_op.alter_column("offer_days", server_default=None)
    op.create_index(
        "ix_booking_unsettled",
        "booking",
        ["event_id"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    with op.batch_alter_table("booking") as batch_op:
        no = sa.false()
        batch_op.add_column(
            sa.Column("is_unnamed", sa.Boolean(), nullable=False, server_default=no)
        )
    with op.batch_alter_table("booking") as batch_op:
        batch_op.alter_column("is_unnamed", server_default=None)
    _add_series_and_publishing()
    _add_templates()
    _add_venue_details()
    _add_booking_rules()


def _add_venue_details() -> None:
    """How to find the venue, and how to get in."""
    columns = ("address", "access_notes")
    with op.batch_alter_table("session") as batch_op:
        for name in columns:
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("session") as batch_op:
        for name in columns:
            batch_op.alter_column(name, server_default=None)


def _drop_venue_details() -> None:
    with op.batch_alter_table("session") as batch_op:
        batch_op.drop_column("access_notes")
        batch_op.drop_column("address")


def _add_booking_rules() -> None:
    """When booking is open, a limit for each school, and places held for new schools."""
    with op.batch_alter_table("event") as batch_op:
        for name in MOMENTS:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        for name in COUNTS:
            batch_op.add_column(sa.Column(name, sa.SmallInteger(), nullable=True))
    with op.batch_alter_table("booking") as batch_op:
        batch_op.add_column(
            sa.Column("for_new_school", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("booking") as batch_op:
        batch_op.alter_column("for_new_school", server_default=None)


def _drop_booking_rules() -> None:
    with op.batch_alter_table("booking") as batch_op:
        batch_op.drop_column("for_new_school")
    with op.batch_alter_table("event") as batch_op:
        for name in (*COUNTS, *MOMENTS):
            batch_op.drop_column(name)


def downgrade() -> None:
    _drop_booking_rules()
    op.drop_table("event_template")
    _drop_series_and_publishing()
    _drop_venue_details()
    with op.batch_alter_table("booking") as batch_op:
        batch_op.drop_column("is_unnamed")
    op.drop_index("ix_booking_unsettled", table_name="booking")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_column("offer_days")


def _add_series_and_publishing() -> None:
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(sa.Column("series_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_event_series_id", ["series_id"])
        batch_op.create_foreign_key("fk_event_series_id", "event", ["series_id"], ["id"])


def _drop_series_and_publishing() -> None:
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_constraint("fk_event_series_id", type_="foreignkey")
        batch_op.drop_index("ix_event_series_id")
        batch_op.drop_column("publish_at")
        batch_op.drop_column("series_id")


def _add_templates() -> None:
    op.create_table(
        "event_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "senco_network",
                "cpd",
                "cop_meeting",
                "induction",
                "briefing",
                "drop_in",
                "partnership_meeting",
                name="event_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_template"),
        sa.UniqueConstraint("kind", name="uq_event_template_kind"),
    )
