"""The only commit in the program."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from cop_site.db import db, writing
from cop_site.errors import find_refusal


def _refused_by(error: IntegrityError) -> str:
    """The constraint's name where the database says it alone, else its whole message."""
    details = getattr(error.orig, "diag", None)
    return getattr(details, "constraint_name", None) or str(error.orig)


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what happens inside as one, or nothing of it.

    Commits first, to end the read snapshot: in SQLite's WAL a read transaction that turns into
    a write fails at once if another has written since, whatever the time-out. So what a decision
    rests on must be read again inside. A row that the database refuses by a constraint with a
    sentence becomes that DomainError.
    """
    session = db.session
    if writing.get():
        raise RuntimeError("a transaction is already open")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside a transaction")
    session.commit()
    token = writing.set(True)
    try:
        yield
        session.commit()
    except IntegrityError as error:
        session.rollback()
        refusal = find_refusal(_refused_by(error))
        if refusal is None:
            raise
        raise refusal from error
    except BaseException:
        session.rollback()
        raise
    finally:
        writing.reset(token)
