"""safekeeping; messages about people are named after their own room"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What waits in the outbox is rendered when it is delivered, by the template that its kind names.
MOVED = (
    *("join_confirm", "join_declined", "join_known", "join_to_answer", "join_waits"),
    *("mentee_named", "mentor_named", "senco_check"),
)


def upgrade() -> None:
    _name_messages_after("accounts", "people")
    _add_when_erased()


def downgrade() -> None:
    _drop_when_erased()
    _name_messages_after("people", "accounts")


def _name_messages_after(was: str, now: str) -> None:
    rename = sa.text("UPDATE outbox_message SET kind = :now WHERE kind = :was")
    for name in MOVED:
        op.get_bind().execute(rename, {"now": f"{now}/{name}", "was": f"{was}/{name}"})


def _add_when_erased() -> None:
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def _drop_when_erased() -> None:
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_column("erased_at")
