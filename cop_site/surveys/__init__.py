"""Surveys: the question bank, who was asked, what was answered, and what may be shown."""
