"""Starter kinds, and the rule that a school is in at most one exclusive cluster a day"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CLUSTER_KINDS = (
    ("community_of_practice", "Community of Practice", True),
    ("inclusion_partnership", "Inclusion partnership", False),
)
ASSIGNMENT_KINDS = (
    ("ep", "Educational psychologist", 1, True),
    ("asep", "Assistant EP", 2, True),
    ("cover", "Cover", 3, True),
    ("manager", "Manager", 4, False),
    ("named_partner", "Named partner", 5, False),
)
# key, name, attended, apology, recorded
MARK_KINDS = (
    ("not_recorded", "Not recorded", False, False, False),
    ("in_person", "Attended in person", True, False, True),
    ("online", "Attended online", True, False, True),
    ("part", "Attended part", True, False, True),
    ("apologies", "Apologies", False, True, True),
    ("did_not_attend", "Did not attend", False, False, True),
)

# The later of two days, with null (no end) counting as later than any day.
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

# An int4range of one school stands in for "=", so that no extension is needed.
POSTGRESQL_EXCLUSION = """
ALTER TABLE cluster_membership ADD CONSTRAINT ex_cluster_membership_one_cop
EXCLUDE USING gist (
  int4range(school_id, school_id, '[]') WITH &&,
  daterange(starts_on, ends_on, '[]') WITH &&
) WHERE (exclusive)
"""


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


def upgrade() -> None:
    kinds = _table("cluster_kind", "key", "name", "exclusive")
    op.bulk_insert(kinds, [dict(zip(kinds.c.keys(), row, strict=True)) for row in CLUSTER_KINDS])
    kinds = _table("assignment_kind", "key", "name", "position", "takes_registers")
    op.bulk_insert(kinds, [dict(zip(kinds.c.keys(), row, strict=True)) for row in ASSIGNMENT_KINDS])
    kinds = _table("mark_kind", "key", "name", "attended", "apology", "recorded", "position")
    op.bulk_insert(
        kinds,
        [
            dict(zip(kinds.c.keys(), (*row, position), strict=True))
            for position, row in enumerate(MARK_KINDS)
        ],
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(SQLITE_TRIGGER.format(when="insert", event="INSERT"))
        op.execute(SQLITE_TRIGGER.format(when="update", event="UPDATE"))
    else:
        op.execute(POSTGRESQL_EXCLUSION)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER ex_cluster_membership_one_cop_insert")
        op.execute("DROP TRIGGER ex_cluster_membership_one_cop_update")
    else:
        op.execute("ALTER TABLE cluster_membership DROP CONSTRAINT ex_cluster_membership_one_cop")
    for name in ("cluster_kind", "assignment_kind", "mark_kind"):
        op.execute(sa.delete(_table(name, "key")))
