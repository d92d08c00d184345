"""Parts of gathering pages that people and assignments fill."""

from __future__ import annotations

from cop_site.web.panels import Panel

PANELS: tuple[Panel, ...] = ()
