"""The demonstration borough: invented throughout, the same for the same seed and day."""
