"""Forgetting somebody who wrote for the toolkit: resources and downloads stay."""

from __future__ import annotations

from cop_site.held import Eraser
from cop_site.toolkit.models import ResourceFile, ResourceVersion

ERASER = Eraser(
    texts=(
        *(ResourceVersion.title, ResourceVersion.summary, ResourceVersion.guidance),
        *(ResourceVersion.accessibility_note, ResourceVersion.change_note),
        ResourceFile.name,
    )
)
