"""Shape of a first day that is put right."""

from __future__ import annotations

from cop_site.web.forms import DAY_HINT, DayField, Form, TextField
from cop_site.web.pupil_guard import PupilGuard


class FirstDayForm(PupilGuard, Form):
    free_text = ("reason",)

    first_day = DayField("First day", required="Enter the first day", description=DAY_HINT)
    reason = TextField(
        "Why is it corrected?",
        required="Enter why it is corrected",
        description="For example, they began before this site was set up. It stays in the history.",
        longest=300,
    )
