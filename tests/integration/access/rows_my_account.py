"""Who may call what: my account, beside signing in (rows_accounts.py)."""

from __future__ import annotations

from tests.integration.access.matrix import SIGNED_IN, Row, may

ROWS = (
    # A school that is not theirs is left alone: test_switch.py.
    Row("account.choose_school", may(*SIGNED_IN, status=303), method="POST"),
)
