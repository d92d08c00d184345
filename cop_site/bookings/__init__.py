"""Who has a place at an event, who waits for one, and what they are told."""
