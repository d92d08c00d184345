"""Registers and marks."""
