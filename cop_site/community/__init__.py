"""The space of a cluster: notices by the people who support it."""
