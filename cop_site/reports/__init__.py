"""Metrics and what is shown of them. Reads only."""
