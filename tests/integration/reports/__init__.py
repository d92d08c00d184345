"""Reports: what the figures say, by request and on both databases."""
