"""places that come free are offered"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

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


def downgrade() -> None:
    op.drop_index("ix_booking_unsettled", table_name="booking")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_column("offer_days")
