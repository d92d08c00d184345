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


def downgrade() -> None:
    _name_messages_after("people", "accounts")


def _name_messages_after(was: str, now: str) -> None:
    rename = sa.text("UPDATE outbox_message SET kind = :now WHERE kind = :was")
    for name in MOVED:
        op.get_bind().execute(rename, {"now": f"{now}/{name}", "was": f"{was}/{name}"})
