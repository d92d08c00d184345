"""who was invited to an event from a list"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Of those whose address the outbox still has.
FILL = """
INSERT INTO invited (event_id, person_id, invited_at)
SELECT event.id, person.id, min(outbox_message.created_at)
FROM outbox_message
JOIN event ON event.id = outbox_message.thing_id
JOIN person ON person.email = outbox_message.recipient
WHERE outbox_message.thing = 'event' AND outbox_message.kind = 'follow_up/invitation'
GROUP BY event.id, person.id
"""


def upgrade() -> None:
    op.create_table(
        "invited",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_invited_event_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_invited_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_invited"),
        sa.UniqueConstraint("event_id", "person_id", name="uq_invited_event_id_person_id"),
    )
    op.create_index("ix_invited_person_id", "invited", ["person_id"])
    op.execute(FILL)


def downgrade() -> None:
    op.drop_table("invited")
