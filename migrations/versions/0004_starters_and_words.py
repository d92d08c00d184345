"""Starter values of the Toolkit, the log and the question bank; the index of words; one plan"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# facet, key, name
FACETS = (
    ("area", "communication_and_interaction", "Communication and interaction"),
    ("area", "cognition_and_learning", "Cognition and learning"),
    ("area", "semh", "Social, emotional and mental health"),
    ("area", "sensory_and_physical", "Sensory and/or physical"),
    ("area", "preparing_for_adulthood", "Preparing for adulthood"),
    ("area", "transitions", "Transitions"),
    ("area", "attendance", "Attendance"),
    ("stage", "assess", "Assess"),
    ("stage", "plan", "Plan"),
    ("stage", "do", "Do"),
    ("stage", "review", "Review"),
    ("tier", "ordinarily_available", "Ordinarily available"),
    ("tier", "targeted", "Targeted"),
    ("tier", "specialist", "Specialist"),
    ("phase", "early_years", "Early years"),
    ("phase", "primary", "Primary"),
    ("phase", "secondary", "Secondary"),
    ("phase", "post_16", "Post-16"),
)
SUPPORT_KINDS = (
    ("visit", "School visit"),
    ("consultation", "Consultation"),
    ("cluster_meeting", "Cluster meeting"),
    ("call", "Phone or video call"),
    ("training", "Training"),
    ("planning", "Planning for the cluster"),
)
SUPPORT_THEMES = (
    ("graduated_approach", "Graduated approach"),
    ("ordinarily_available", "Ordinarily available provision"),
    ("communication", "Communication and interaction"),
    ("cognition", "Cognition and learning"),
    ("semh", "Social, emotional and mental health"),
    ("sensory", "Sensory and physical needs"),
    ("attendance", "Attendance"),
    ("transitions", "Transitions"),
    ("families", "Working with parents and carers"),
    ("statutory", "Annual reviews and statutory process"),
    ("staff", "Supporting and coaching staff"),
    ("other", "Something else"),
)
# scale: name, then answers as key, label, value (None never compares)
SCALES = {
    "confidence": (
        "How confident",
        ("not_at_all", "Not at all confident", 1),
        ("slightly", "Slightly confident", 2),
        ("fairly", "Fairly confident", 3),
        ("very", "Very confident", 4),
        ("completely", "Completely confident", 5),
    ),
    "change": (
        "How confidence changed",
        ("much_less", "Much less confident", 1),
        ("a_little_less", "A little less confident", 2),
        ("the_same", "About the same", 3),
        ("a_little_more", "A little more confident", 4),
        ("a_lot_more", "A lot more confident", 5),
        ("not_applicable", "Does not apply to me", None),
    ),
    "agreement": (
        "How far somebody agrees",
        ("strongly_disagree", "Strongly disagree", 1),
        ("disagree", "Disagree", 2),
        ("neither", "Neither agree nor disagree", 3),
        ("agree", "Agree", 4),
        ("strongly_agree", "Strongly agree", 5),
        ("not_applicable", "Does not apply to me", None),
    ),
    "share_of_staff": (
        "Share of staff",
        ("none", "None", 1),
        ("up_to_a_quarter", "Up to a quarter", 2),
        ("up_to_half", "Over a quarter, up to half", 3),
        ("over_half", "Over half", 4),
        ("dont_know", "I don’t know", None),
    ),
    "ladder": (
        "How far a school has come",
        ("aware", "We know of it", 1),
        ("tried", "We have tried it", 2),
        ("some_staff", "Some staff use it", 3),
        ("most_staff", "Most staff use it", 4),
        ("embedded", "It is embedded in how we work", 5),
    ),
    "line": ("A line of text",),
}
# key, wording, scale
QUESTIONS = (
    ("confidence.identifying", "Identifying a need early", "confidence"),
    ("confidence.graduated_approach", "Using assess, plan, do, review", "confidence"),
    ("confidence.provision", "Choosing ordinarily available provision", "confidence"),
    ("confidence.coaching", "Coaching colleagues", "confidence"),
    ("confidence.families", "Working with parents and carers", "confidence"),
    ("confidence.voice", "Making sure plans hold the child’s voice", "confidence"),
    ("confidence.statutory", "Annual reviews and the statutory process", "confidence"),
    ("confidence.whom_to_ask", "Knowing whom in the service to ask", "confidence"),
    ("confidence.toolkit", "Using the Graduated Approach Toolkit", "confidence"),
    (
        "reaction.confidence",
        "After this session, how confident are you in the partnership between schools and the"
        " service?",
        "change",
    ),
    ("reaction.clarity", "It is clearer to me where to get support", "agreement"),
    (
        "reaction.inclusion",
        "Our Community of Practice will help us include more children",
        "agreement",
    ),
    ("reaction.comment", "One thing we should keep, change or do next", "line"),
    ("toolkit.share", "About what share of your staff use the Toolkit?", "share_of_staff"),
    ("toolkit.rung", "How far has your school come with the Toolkit?", "ladder"),
)
CONFIDENCE = tuple(key for key, _wording, scale in QUESTIONS if scale == "confidence")[:8]
TEMPLATES = {
    "end_of_session": tuple(key for key, *_ in QUESTIONS if key.startswith("reaction.")),
    "before": CONFIDENCE,
    "after": CONFIDENCE,
    "school_wave": ("toolkit.share", "toolkit.rung", "confidence.toolkit", *CONFIDENCE),
}

# The later of two days, with null (no end) counting as later than any day.
SQLITE_PLAN = """
CREATE TRIGGER ex_support_plan_one_{when}
BEFORE {event} ON support_plan
WHEN EXISTS (
  SELECT 1 FROM support_plan other
  WHERE other.cluster_id = NEW.cluster_id AND other.id IS NOT NEW.id
    AND other.starts_on <= coalesce(NEW.ends_on, '9999-12-31')
    AND NEW.starts_on <= coalesce(other.ends_on, '9999-12-31'))
BEGIN SELECT RAISE(ABORT, 'ex_support_plan_one'); END
"""
POSTGRESQL_PLAN = """
ALTER TABLE support_plan ADD CONSTRAINT ex_support_plan_one
EXCLUDE USING gist (
  int4range(cluster_id, cluster_id, '[]') WITH &&,
  daterange(starts_on, ends_on, '[]') WITH &&
)
"""

# Words are found by stem on both databases, the title's before the summary's.
SQLITE_WORDS = (
    """
    CREATE VIRTUAL TABLE resource_search USING fts5(
      title, summary, guidance,
      content='resource_version', content_rowid='id',
      tokenize="porter unicode61 remove_diacritics 2")
    """,
    """
    CREATE TRIGGER resource_search_insert AFTER INSERT ON resource_version BEGIN
      INSERT INTO resource_search(rowid, title, summary, guidance)
      VALUES (new.id, new.title, new.summary, new.guidance);
    END
    """,
    """
    CREATE TRIGGER resource_search_delete AFTER DELETE ON resource_version BEGIN
      INSERT INTO resource_search(resource_search, rowid, title, summary, guidance)
      VALUES ('delete', old.id, old.title, old.summary, old.guidance);
    END
    """,
    """
    CREATE TRIGGER resource_search_update AFTER UPDATE ON resource_version BEGIN
      INSERT INTO resource_search(resource_search, rowid, title, summary, guidance)
      VALUES ('delete', old.id, old.title, old.summary, old.guidance);
      INSERT INTO resource_search(rowid, title, summary, guidance)
      VALUES (new.id, new.title, new.summary, new.guidance);
    END
    """,
)
# Without the signs, or PostgreSQL would read "home/school" as one path and "Post-16" as a number.
POSTGRESQL_WORDS = """
CREATE INDEX ix_resource_version_words ON resource_version USING gin ((
  setweight(to_tsvector('english', translate(title, '/._-–—', '      ')), 'A') ||
  setweight(to_tsvector('english', translate(summary, '/._-–—', '      ')), 'B') ||
  setweight(to_tsvector('english', translate(guidance, '/._-–—', '      ')), 'C')))
"""
TABLES = (
    *("template_question", "question", "scale_answer", "scale"),
    *("support_theme", "support_kind", "facet_value"),
)


def _insert(name: str, rows: list[dict[str, object]]) -> None:
    op.bulk_insert(sa.table(name, *(sa.column(column) for column in rows[0])), rows)


def _insert_starters() -> None:
    _insert(
        "facet_value",
        [
            {
                "key": key,
                "facet": facet,
                "name": name,
                "position": position,
                "is_retired": False,
            }
            for position, (facet, key, name) in enumerate(FACETS)
        ],
    )
    for table, kinds in (("support_kind", SUPPORT_KINDS), ("support_theme", SUPPORT_THEMES)):
        _insert(
            table,
            [
                {"key": key, "name": name, "position": position, "is_retired": False}
                for position, (key, name) in enumerate(kinds)
            ],
        )


def _insert_bank() -> None:
    _insert("scale", [{"key": key, "name": rows[0]} for key, rows in SCALES.items()])
    answers: list[dict[str, object]] = []
    for scale, (_name, *rows) in SCALES.items():
        for position, (key, label, value) in enumerate(rows):
            answers.append(
                {
                    "scale_key": scale,
                    "key": key,
                    "label": label,
                    "position": position,
                    "value": value,
                }
            )
    _insert("scale_answer", answers)
    _insert(
        "question",
        [
            {"key": key, "version": 1, "wording": wording, "scale_key": scale}
            for key, wording, scale in QUESTIONS
        ],
    )
    _insert(
        "template_question",
        [
            {"kind": kind, "question_key": key, "position": position}
            for kind, keys in TEMPLATES.items()
            for position, key in enumerate(keys)
        ],
    )


def upgrade() -> None:
    _insert_starters()
    _insert_bank()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(SQLITE_PLAN.format(when="insert", event="INSERT"))
        op.execute(SQLITE_PLAN.format(when="update", event="UPDATE"))
        for statement in SQLITE_WORDS:
            op.execute(statement)
    else:
        op.execute(POSTGRESQL_PLAN)
        op.execute(POSTGRESQL_WORDS)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("ex_support_plan_one_insert", "ex_support_plan_one_update"):
            op.execute(f"DROP TRIGGER {name}")
        for when in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER resource_search_{when}")
        op.execute("DROP TABLE resource_search")
    else:
        op.execute("ALTER TABLE support_plan DROP CONSTRAINT ex_support_plan_one")
        op.execute("DROP INDEX ix_resource_version_words")
    for name in TABLES:
        op.execute(sa.delete(sa.table(name)))
