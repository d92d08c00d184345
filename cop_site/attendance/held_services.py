"""Forgetting somebody whom registers name: marks stay, and count."""

from __future__ import annotations

from cop_site.attendance.models import Mark, MarkChange
from cop_site.held import Eraser

ERASER = Eraser(texts=(Mark.void_reason, MarkChange.reason))
