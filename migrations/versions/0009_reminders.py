"""reminders of sessions"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("session") as batch_op:
        for name in ("week_reminder_for", "day_reminder_for"):
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("session") as batch_op:
        for name in ("day_reminder_for", "week_reminder_for"):
            batch_op.drop_column(name)
