"""Shape of what people say they need to take part."""

from __future__ import annotations

from cop_site.web.forms import Form, LongTextField, TextField, TickField
from cop_site.web.pupil_guard import PupilGuard


class NeedsForm(PupilGuard, Form):
    free_text = ("access", "diet")

    access = LongTextField(
        "What do you need to take part? (optional)",
        longest=500,
        description="For example, a seat near the door, large print, a hearing loop",
    )
    diet = TextField(
        "What do you need to eat or avoid? (optional)",
        longest=200,
        description="For example, vegetarian, no nuts",
    )
    remember = TickField("Remember this for next time")
