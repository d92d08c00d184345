"""What the fields of a form are checked by."""

from __future__ import annotations

from typing import Any

from wtforms.validators import InputRequired, Length, StopValidation, ValidationError

from cop_site.readable import has_letter_or_digit


class Required(InputRequired):
    """The field must be filled in; the sentence says how."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        # The page says what is missing, in its own words; the browser must not get in first. And
        # the library writes the attribute on elements that may not have it.
        self.field_flags = {}

    def __call__(self, form: Any, field: Any) -> None:
        super().__call__(form, field)
        typed = field.raw_data[0] if field.raw_data else field.data
        if any(isinstance(text, str) and not self.is_answer(text) for text in (typed, field.data)):
            field.errors = []
            raise StopValidation(self.message or "")

    def is_answer(self, text: str) -> bool:
        """Spaces alone are none, nor are signs that show nothing or say nothing."""
        return has_letter_or_digit(text)


class RequiredSecret(Required):
    """A password may be of any signs but spaces."""

    def is_answer(self, text: str) -> bool:
        return bool(text.strip())


class AtMost(Length):
    """A longest length. Stops there: what checks a text after this may be slow on a long one."""

    def __init__(self, length: int) -> None:
        super().__init__(max=length, message=f"Use {length:,} characters or fewer")

    def __call__(self, form: Any, field: Any) -> None:
        try:
            super().__call__(form, field)
        except ValidationError as error:
            raise StopValidation(*error.args) from error
