"""The outbox and its delivery. Knows addresses, not people."""
