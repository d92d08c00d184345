"""Errors that may be shown to people as they are."""


class DomainError(Exception):
    """A rule said no. The message is a plain sentence for the person who asked.

    ``field`` names the form field it belongs to, where there is one.
    """

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotFoundError(DomainError):
    """The thing does not exist, or may not be known of by the person who asked."""


class StaleEditError(DomainError):
    """Somebody else saved the same thing since the person opened it."""


_by_constraint: dict[str, str] = {}


def refuse_constraint(*names: str, sentence: str) -> None:
    """Say what a person reads when the database refuses a row by constraint ``names``.

    PostgreSQL reports the constraint's name and SQLite its columns
    ("booking.event_id, booking.person_id"), so both are given.
    """
    for name in names:
        _by_constraint[name] = sentence


def find_refusal(database_message: str) -> DomainError | None:
    """The sentence for a database's refusal, or None where it is a fault of ours."""
    for name, sentence in _by_constraint.items():
        if name in database_message:
            return DomainError(sentence)
    return None
