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
# What was told in words of a notice or a draft.
WORDS = ("title", "text", "summary", "guidance", "accessibility_note", "change_note")


def upgrade() -> None:
    _name_messages_after("accounts", "people")
    _add_when_erased()
    _add_team_around_the_school()
    _add_keeping()
    _add_when_last_in()
    _forget_words_in_the_record()
    _add_steps_of_erasures()


def downgrade() -> None:
    op.drop_table("erasure_step")
    _drop_when_last_in()
    _drop_keeping()
    _drop_team_around_the_school()
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


def _add_team_around_the_school() -> None:
    with op.batch_alter_table("cluster_kind") as batch_op:
        batch_op.add_column(sa.Column("retired_on", sa.Date(), nullable=True))
    op.create_table(
        "team_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partner_service_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(school_id IS NULL) <> (cluster_id IS NULL)",
            name=op.f("ck_team_contact_one_place"),
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_team_contact_forwards")
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{other}_id"],
                [f"{other}.id"],
                name=op.f(f"fk_team_contact_{other}_id"),
            )
            for other in ("cluster", "partner_service", "person", "school")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_contact")),
    )
    op.create_index("ix_team_contact_person_id", "team_contact", ["person_id"])
    for place in ("cluster", "school"):
        open_ones = sa.text(f"ends_on IS NULL AND {place}_id IS NOT NULL")
        op.create_index(f"ix_team_contact_{place}", "team_contact", [f"{place}_id", "starts_on"])
        op.create_index(
            f"uq_team_contact_{place}",
            "team_contact",
            ["partner_service_id", f"{place}_id"],
            unique=True,
            sqlite_where=open_ones,
            postgresql_where=open_ones,
        )


def _drop_team_around_the_school() -> None:
    op.drop_table("team_contact")
    with op.batch_alter_table("cluster_kind") as batch_op:
        batch_op.drop_column("retired_on")


def _add_keeping() -> None:
    with op.batch_alter_table("authority") as batch_op:
        batch_op.add_column(
            sa.Column(
                "data_protection_email", sa.String(length=254), server_default="", nullable=False
            )
        )
        batch_op.add_column(sa.Column("complaints", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("notice_confirmed", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    op.create_table(
        "retention_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.CheckConstraint("days > 0", name=op.f("ck_retention_rule_some_time")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
        sa.UniqueConstraint("key", name=op.f("uq_retention_rule_key")),
    )
    op.create_table(
        "housekeeping_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("night", sa.Date(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_housekeeping_run")),
        sa.UniqueConstraint("night", name=op.f("uq_housekeeping_run_night")),
    )


def _drop_keeping() -> None:
    op.drop_table("housekeeping_run")
    op.drop_table("retention_rule")
    with op.batch_alter_table("authority") as batch_op:
        batch_op.drop_column("notice_confirmed")
        batch_op.drop_column("complaints")
        batch_op.drop_column("data_protection_email")


def _add_when_last_in() -> None:
    """Sign-ins are deleted long before somebody counts as gone."""
    with op.batch_alter_table("user") as batch_op:
        batch_op.add_column(sa.Column("last_in_on", sa.Date(), nullable=True))
    op.execute(
        'UPDATE "user" SET last_in_on = '
        '(SELECT date(max(last_seen_at)) FROM sign_in WHERE sign_in.user_id = "user".id)'
    )


def _drop_when_last_in() -> None:
    with op.batch_alter_table("user") as batch_op:
        batch_op.drop_column("last_in_on")


def _add_steps_of_erasures() -> None:
    op.create_table(
        "erasure_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_erasure_step_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_step")),
    )
    op.create_index("ix_erasure_step_person_id", "erasure_step", ["person_id"])


def _forget_words_in_the_record() -> None:
    """Notices and drafts are deleted, and the record of changes kept their words for years."""
    change = sa.table(
        "change",
        sa.column("id", sa.Integer),
        sa.column("thing", sa.String),
        *(sa.column(name, sa.JSON) for name in ("was", "now")),
    )
    rows = op.get_bind().execute(
        sa.select(change).where(change.c.thing.in_(("notice", "resource")))
    )
    for row in rows.all():
        whole = {name: _without_words(getattr(row, name)) for name in ("was", "now")}
        op.get_bind().execute(sa.update(change).where(change.c.id == row.id).values(whole))


def _without_words(told: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in told.items() if name not in WORDS}
