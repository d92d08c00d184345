"""check-in by code, certificates, and what follows a session"""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_check_in()
    _add_certificates()
    _add_follow_up()


def _add_check_in() -> None:
    """Codes by which people mark themselves here."""


def _drop_check_in() -> None:
    """Undoes the above."""


def _add_certificates() -> None:
    """What was printed on a certificate, as it was printed."""


def _drop_certificates() -> None:
    """Undoes the above."""


def _add_follow_up() -> None:
    """Materials of an event, and who was invited from a list."""


def _drop_follow_up() -> None:
    """Undoes the above."""


def downgrade() -> None:
    _drop_follow_up()
    _drop_certificates()
    _drop_check_in()
