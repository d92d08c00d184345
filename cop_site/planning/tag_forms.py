"""Shape of what people type about tags of events."""

from __future__ import annotations

from cop_site.events.tag_models import ABOUT, TagFacet
from cop_site.web.forms import ChoiceField, Form, TextField
from cop_site.web.stamped import Stamped

LONGEST = 80


class NewTagForm(Form):
    facet = ChoiceField("What is it?", required="Choose what it is")
    name = TextField("Name", required="Enter a name", longest=LONGEST)

    def __init__(self) -> None:
        super().__init__()
        self.facet.choices = [(facet.value, facet.one) for facet in ABOUT]

    @property
    def chosen(self) -> TagFacet:
        """Only after the form is valid."""
        return TagFacet(str(self.facet.data))


class TagForm(Stamped, Form):
    name = TextField(
        "Name",
        required="Enter a name",
        longest=LONGEST,
        description="Every event that has this tag shows the new name, past ones too",
    )
