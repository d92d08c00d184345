"""The HTTP kernel. Knows no domain."""
