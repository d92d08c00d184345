"""places that come free are offered"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENTS = ("booking_opens_at", "booking_closes_at", "school_limit_until", "held_until")
NEEDS = (("booking_needs", "booking"), ("remembered_needs", "person"))
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
    _add_plans()
    _add_venue_details()
    _add_booking_rules()
    _add_needs()


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


def _add_needs() -> None:
    """What people need to take part, at one event and remembered."""
    for table, owner in NEEDS:
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column(f"{owner}_id", sa.Integer(), nullable=False),
            sa.Column("access", sa.Text(), nullable=False),
            sa.Column("diet", sa.Text(), nullable=False),
            sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
            sa.ForeignKeyConstraint(
                [f"{owner}_id"], [f"{owner}.id"], name=f"fk_{table}_{owner}_id"
            ),
            sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
            sa.UniqueConstraint(f"{owner}_id", name=f"uq_{table}_{owner}_id"),
        )


def downgrade() -> None:
    for table, _owner in NEEDS:
        op.drop_table(table)
    _drop_booking_rules()
    _drop_plans()
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
        for name in ("publish_at", "sent_at"):
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_event_series_id", ["series_id"])
        batch_op.create_foreign_key("fk_event_series_id", "event", ["series_id"], ["id"])


def _drop_series_and_publishing() -> None:
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_constraint("fk_event_series_id", type_="foreignkey")
        batch_op.drop_index("ix_event_series_id")
        batch_op.drop_column("sent_at")
        batch_op.drop_column("publish_at")
        batch_op.drop_column("series_id")


KINDS = (
    *("senco_network", "cpd", "cop_meeting", "induction", "briefing", "drop_in"),
    "partnership_meeting",
)


def _add_templates() -> None:
    op.create_table(
        "event_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            _words("event_kind", *KINDS),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_template"),
        sa.UniqueConstraint("kind", name="uq_event_template_kind"),
    )


# Facet, key, name, and what of the register or of a school's roles it matches.
TAGS = (
    ("phase", "phase_early_years", "Early years", "|Nursery|"),
    ("phase", "phase_primary", "Primary", "|Primary|Middle deemed primary|All-through|"),
    ("phase", "phase_secondary", "Secondary", "|Secondary|Middle deemed secondary|All-through|"),
    ("phase", "phase_post_16", "Post-16", "|16 plus|"),
    ("phase", "phase_special", "Special and other", "|Not applicable|"),
    ("role", "role_senco", "SENCOs", "|senco|deputy_senco|"),
    ("role", "role_head", "Headteachers", "|headteacher|"),
    ("role", "role_teacher", "Teachers", "|teacher|"),
    ("role", "role_assistant", "Teaching assistants", "|teaching_assistant|"),
    ("role", "role_office", "Office staff", "|office|"),
    ("role", "role_governor", "Governors", "|governor|"),
    ("new", "new_in_role", "People new in their role", ""),
    ("topic", "topic_communication", "Communication and interaction", ""),
    ("topic", "topic_cognition", "Cognition and learning", ""),
    ("topic", "topic_semh", "Social, emotional and mental health", ""),
    ("topic", "topic_sensory", "Sensory and/or physical", ""),
    ("topic", "topic_adulthood", "Preparing for adulthood", ""),
    ("topic", "topic_transitions", "Transitions", ""),
    ("topic", "topic_attendance", "Attendance", ""),
    ("topic", "topic_statutory", "Annual reviews and statutory process", ""),
    ("level", "level_starting", "Starting out", ""),
    ("level", "level_building", "Building on it", ""),
    ("level", "level_leading", "Leading others", ""),
    ("outcome", "outcome_early", "Need is found earlier", ""),
    ("outcome", "outcome_cycle", "Assess, plan, do, review is used well", ""),
    ("outcome", "outcome_ordinary", "Ordinarily available provision is stronger", ""),
    ("outcome", "outcome_parents", "Parents and carers are partners", ""),
    ("outcome", "outcome_voice", "The child’s voice is heard", ""),
    ("priority", "priority_inclusion", "Inclusion in mainstream", ""),
    ("priority", "priority_attendance", "Attendance and belonging", ""),
    ("priority", "priority_workforce", "A confident workforce", ""),
)


def _add_plans() -> None:
    """Whom an event is for, what it is about, who speaks, and who had a part in planning it."""
    facets = ("phase", "role", "new", "topic", "level", "outcome", "priority")
    values = op.create_table(
        "event_tag_value",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("facet", _words("tag_facet", *facets), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("matches", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_event_tag_value"),
    )
    op.bulk_insert(
        values,
        [
            {
                "key": key,
                "facet": facet,
                "name": name,
                "matches": matches,
                "position": position,
                "is_retired": False,
            }
            for position, (facet, key, name, matches) in enumerate(TAGS)
        ],
    )
    op.create_table(
        "event_speaker",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_event_speaker_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_event_speaker"),
        sa.UniqueConstraint("event_id", "position", name="uq_event_speaker_event_id_position"),
    )
    op.create_table(
        "event_tag",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("tag_key", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_event_tag_event_id"),
        sa.ForeignKeyConstraint(["tag_key"], ["event_tag_value.key"], name="fk_event_tag_tag_key"),
        sa.PrimaryKeyConstraint("event_id", "tag_key", name="pk_event_tag"),
    )
    op.create_index("ix_event_tag_value", "event_tag", ["tag_key", "event_id"])
    parts = ("informed", "consulted", "co_designed", "co_produced")
    with op.batch_alter_table("event") as batch_op:
        batch_op.add_column(sa.Column("involvement", _words("involvement", *parts), nullable=True))
        batch_op.add_column(sa.Column("involved", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("event") as batch_op:
        batch_op.alter_column("involved", server_default=None)


def _drop_plans() -> None:
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_event_involvement"), type_="check")
        batch_op.drop_column("involved")
        batch_op.drop_column("involvement")
    op.drop_table("event_tag")
    op.drop_table("event_speaker")
    op.drop_table("event_tag_value")


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
