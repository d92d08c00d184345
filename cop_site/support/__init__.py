"""The log of support: entries, countersigning, actions and planned time."""
