"""Shape of what an administrator says of a kind of cluster."""

from __future__ import annotations

from cop_site.web.forms import Form, TextField, TickField
from cop_site.web.stamped import Stamped


class KindForm(Stamped, Form):
    name = TextField("Name", required="Enter a name, like Inclusion partnership", longest=60)
    exclusive = TickField(
        "A school is in only one at a time",
        description="Like a Community of Practice: one of all such clusters. Figures count by it",
    )
