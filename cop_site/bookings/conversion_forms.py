"""Shape of what people type about schools that became others."""

from __future__ import annotations

from cop_site.web.forms import DayField, Form


class ConversionForm(Form):
    day = DayField(
        "First day of the new school",
        required="Enter the first day of the new school",
        description="What was before it stays with the old school. For example, 1 9 2026",
    )
