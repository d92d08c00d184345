"""whether a school is in one at a time is its cluster's kind's to say, everywhere"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Writing the table anew on SQLite loses its triggers: they are made again as they were (0002).
SQLITE_TRIGGER = """
CREATE TRIGGER ex_cluster_membership_one_cop_{when}
BEFORE {event} ON cluster_membership
WHEN NEW.exclusive AND EXISTS (
  SELECT 1 FROM cluster_membership other
  WHERE other.exclusive AND other.school_id = NEW.school_id AND other.id IS NOT NEW.id
    AND other.starts_on <= coalesce(NEW.ends_on, '9999-12-31')
    AND NEW.starts_on <= coalesce(other.ends_on, '9999-12-31'))
BEGIN SELECT RAISE(ABORT, 'ex_cluster_membership_one_cop'); END
"""
FILL = """
UPDATE cluster SET exclusive =
  (SELECT kind.exclusive FROM cluster_kind AS kind WHERE kind.key = cluster.kind_key)
"""
# Written by hand past the site. Stops where a school would then be in two at a time.
MEND = """
UPDATE cluster_membership SET exclusive = NOT exclusive
WHERE exclusive <>
  (SELECT own.exclusive FROM cluster AS own WHERE own.id = cluster_membership.cluster_id)
"""


def upgrade() -> None:
    op.create_index(
        "uq_cluster_kind_key_exclusive", "cluster_kind", ["key", "exclusive"], unique=True
    )
    with op.batch_alter_table("cluster") as batch_op:
        batch_op.add_column(
            sa.Column("exclusive", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.execute(FILL)
    with op.batch_alter_table("cluster") as batch_op:
        batch_op.alter_column("exclusive", server_default=None)
        batch_op.drop_constraint("fk_cluster_kind_key", type_="foreignkey")
        batch_op.create_foreign_key(
            "fk_cluster_kind_key_exclusive",
            "cluster_kind",
            ["kind_key", "exclusive"],
            ["key", "exclusive"],
        )
    op.create_index("uq_cluster_id_exclusive", "cluster", ["id", "exclusive"], unique=True)
    op.execute(MEND)
    with op.batch_alter_table("cluster_membership") as batch_op:
        batch_op.drop_constraint("fk_cluster_membership_cluster_id", type_="foreignkey")
        batch_op.create_foreign_key(
            "fk_cluster_membership_cluster_id_exclusive",
            "cluster",
            ["cluster_id", "exclusive"],
            ["id", "exclusive"],
        )
    _make_triggers()


def _make_triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(SQLITE_TRIGGER.format(when="insert", event="INSERT"))
        op.execute(SQLITE_TRIGGER.format(when="update", event="UPDATE"))


def downgrade() -> None:
    with op.batch_alter_table("cluster_membership") as batch_op:
        batch_op.drop_constraint("fk_cluster_membership_cluster_id_exclusive", type_="foreignkey")
        batch_op.create_foreign_key(
            "fk_cluster_membership_cluster_id", "cluster", ["cluster_id"], ["id"]
        )
    _make_triggers()
    op.drop_index("uq_cluster_id_exclusive", "cluster")
    with op.batch_alter_table("cluster") as batch_op:
        batch_op.drop_constraint("fk_cluster_kind_key_exclusive", type_="foreignkey")
        batch_op.create_foreign_key("fk_cluster_kind_key", "cluster_kind", ["kind_key"], ["key"])
        batch_op.drop_column("exclusive")
    op.drop_index("uq_cluster_kind_key_exclusive", "cluster_kind")
