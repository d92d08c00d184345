"""Forgetting somebody who posted notices: those stay, without the name."""

from __future__ import annotations

from cop_site.community.models import Notice
from cop_site.held import Eraser

ERASER = Eraser(texts=(Notice.title, Notice.text))
