"""The arithmetic of the figures, without a database."""
