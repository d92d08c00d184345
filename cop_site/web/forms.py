"""The base form and the field types of the site, drawn with the design system's macros."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time
from typing import Any

from flask import request
from flask_login import current_user
from flask_wtf import FlaskForm
from govuk_frontend_wtf import wtforms_widgets as gov
from markupsafe import Markup
from wtforms import (
    BooleanField,
    Field,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import ValidationError

from cop_site import clock
from cop_site.email_addresses import LONGEST as LONGEST_EMAIL
from cop_site.email_addresses import is_email_address
from cop_site.errors import DomainError
from cop_site.person_names import LONGEST as LONGEST_NAME
from cop_site.person_names import is_name
from cop_site.web import parking
from cop_site.web.checks import AtMost, Required, RequiredSecret
from cop_site.web.typed import AmOrPmError, one_line, read_day, read_time

LINE = 200
TEXT = 10_000
DAY_HINT = "For example, 27 11 2026"


class Form(FlaskForm):
    """A form that comes back filled in, also after signing in again."""

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        if formdata is None and request.method == "GET":
            owner = current_user.user_id if current_user.is_authenticated else None
            formdata = parking.take_parked_form(owner)
        super().__init__(formdata if formdata is not None else request.form or None, **kwargs)

    def is_valid_post(self) -> bool:
        """True for a POST whose every field reads well."""
        return bool(self.validate_on_submit())

    # How the page has the fields, where that is not the order in which they were written.
    page_order: tuple[str, ...] = ()

    def refuse(self, error: DomainError) -> None:
        """Show a rule's refusal at its field, or above the form where it has none."""
        field = self._fields.get(error.field or "")
        if field is not None:
            field.errors = [*field.errors, *error.sentences]
        else:
            self.form_errors.extend(error.sentences)

    @property
    def error_items(self) -> list[dict[str, str]]:
        """What the error summary lists: each sentence with the field it mends."""
        items = [{"text": sentence} for sentence in self.form_errors]
        order = {name: number for number, name in enumerate(self.page_order)}
        for field in sorted(self, key=lambda field: order.get(field.name, 0)):
            if field.errors:
                items.append({"text": str(field.errors[0]), "href": f"#{_first_input(field)}"})
        return items


class ButtonForm(Form):
    """A button and its token, and the place for what is wrong with pressing it."""


def _first_input(field: Field) -> str:
    if isinstance(field, DayField):
        return f"{field.name}-day"
    return str(field.id)


class TextField(StringField):
    """One line of text, outer spaces removed; at most 200 characters unless told."""

    widget = gov.GovTextInput()

    def __init__(
        self, label: str, *, required: str | None = None, longest: int = LINE, **kwargs: Any
    ) -> None:
        checks = [AtMost(longest), *kwargs.pop("validators", ())]
        super().__init__(label, validators=_with_required(required, checks), **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([one_line(value) for value in valuelist])


class NameField(TextField):
    """A person's name. It stands on registers and in messages to others, so it is no address."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        kwargs.setdefault("longest", LONGEST_NAME)
        checks = [_check_name, *kwargs.pop("validators", ())]
        super().__init__(label, validators=checks, **kwargs)


def _check_name(form: Any, field: Any) -> None:
    if field.data and not is_name(field.data):
        raise ValidationError("Enter a name, without an address or a link")


class EmailField(TextField):
    """An email address. Checks the shape only."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, longest=LONGEST_EMAIL, validators=[_check_email], **kwargs)

    def __call__(self, **kwargs: Any) -> Any:
        params = {"type": "email", "spellcheck": False, **kwargs.pop("params", {})}
        return super().__call__(params=params, **kwargs)


def _check_email(form: Any, field: Any) -> None:
    if field.data and not is_email_address(field.data):
        raise ValidationError(
            "Enter an email address in the correct format, like name@school.example"
        )


class SecretField(PasswordField):
    """A password, kept to the letter."""

    widget = gov.GovPasswordInput()

    def __init__(
        self, label: str, *, autocomplete: str, required: str | None = None, **kwargs: Any
    ) -> None:
        checks = [RequiredSecret(required)] if required else []
        super().__init__(label, validators=[*checks, AtMost(256)], **kwargs)
        self.autocomplete = autocomplete

    def __call__(self, **kwargs: Any) -> Any:
        return super().__call__(params={"autocomplete": self.autocomplete}, **kwargs)


class LongTextField(TextAreaField):
    """Several lines of text; at most 10,000 characters unless told."""

    widget = gov.GovTextArea()

    def __init__(
        self, label: str, *, required: str | None = None, longest: int = TEXT, **kwargs: Any
    ) -> None:
        super().__init__(label, validators=_with_required(required, [AtMost(longest)]), **kwargs)


class _NoEmptyHint:
    """The library writes an empty hint for choices without one; screen readers announce it."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> Any:
        params = super().map_gov_params(field, **kwargs)  # type: ignore[misc]
        if not (params.get("hint") or {}).get("text"):
            params.pop("hint", None)
        return params


class _Radios(_NoEmptyHint, gov.GovRadioInput):
    pass


class _Checkboxes(_NoEmptyHint, gov.GovCheckboxesInput):
    pass


class _Checkbox(_NoEmptyHint, gov.GovCheckboxInput):
    pass


class _Pairs(SelectField):
    """Takes its choices as (value, label) pairs."""

    def __init__(
        self,
        label: str,
        *,
        required: str | None = None,
        choices: Iterable[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        checks = _with_required(required, [])
        super().__init__(label, validators=checks, choices=_as_choices(choices), **kwargs)

    @property
    def choices(self) -> Any:
        return super().choices

    @choices.setter
    def choices(self, pairs: Any) -> None:
        self._choices = _as_choices(pairs)

    def pre_validate(self, form: Any) -> None:
        known = {str(choice[0]) for choice in self.iter_choices()}
        chosen = self.data if isinstance(self.data, list) else [self.data or ""]
        if any(value and value not in known for value in chosen):
            raise ValidationError("Choose from the list")


def _as_choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value=value, label=label) for value, label in pairs]


class ChoiceField(_Pairs, RadioField):
    """One of a few, as radio buttons."""

    widget = _Radios()


class PickField(_Pairs):
    """One of many, as a drop-down."""

    widget = gov.GovSelect()


class ManyField(_Pairs, SelectMultipleField):
    """Any number of some, as checkboxes."""

    widget = _Checkboxes()

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([value for value in valuelist if value])


class TickField(BooleanField):
    """One checkbox."""

    widget = _Checkbox()


class _ParsedField(StringField):
    """One line that is read into something else than text; ``data`` is that or None."""

    widget = gov.GovTextInput()
    data: Any

    def __init__(self, label: str, *, required: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, validators=_with_required(required, []), **kwargs)


class WholeNumberField(_ParsedField):
    """A whole number from ``least`` to ``most``; ``data`` is an int or None."""

    def __init__(self, label: str, *, least: int = 0, most: int = 10_000, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.least = least
        self.most = most

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip().replace(",", "") if valuelist else ""
        self.data = None
        if not text:
            return
        if not re.fullmatch(r"[0-9]{1,9}", text) or not self.least <= int(text) <= self.most:
            named = self.label.text.removesuffix(" (optional)")
            raise ValueError(f"{named}: enter a whole number from {self.least} to {self.most:,}")
        self.data = int(text)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def __call__(self, **kwargs: Any) -> Any:
        params = {"classes": "govuk-input--width-5", "inputmode": "numeric"}
        return super().__call__(params={**params, **kwargs.pop("params", {})}, **kwargs)


class ClockField(_ParsedField):
    """A time of day on a London clock: "1:30pm", "13:30", "1330", "9am" and "11" all read.

    What is no time is refused by ``required``'s words with the ``example`` after them, so that
    the sentence names its field. With ``is_optional`` it may be empty all the same.
    """

    def __init__(
        self, label: str, *, required: str, example: str, is_optional: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(label, required=None if is_optional else required, **kwargs)
        self.refusal = f"{required}, like {example}"
        self.question = f"{required}, with am or pm, like 3:30pm"

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = read_time(text)
            except AmOrPmError:
                raise ValueError(self.question) from None
            except ValueError:
                raise ValueError(self.refusal) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return clock.say_time(self.data) if isinstance(self.data, time) else ""

    def __call__(self, **kwargs: Any) -> Any:
        return super().__call__(params={"classes": "govuk-input--width-5"}, **kwargs)


class _DayWidget(gov.GovDateInput):
    """The library's date input, safe for posts that do not hold exactly three values."""

    def __call__(self, field: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("required", False)
        html = str(super().__call__(field, **kwargs))
        # A fieldset is a group already, and the HTML checker minds being told so again.
        return Markup(html.replace(' role="group"', "", 1))  # noqa: S704 - the library's own

    def map_gov_params(self, field: Any, **kwargs: Any) -> Any:
        if field.raw_data is not None:
            field.raw_data = [*field.raw_data, "", "", ""][:3]
        params = super().map_gov_params(field, **kwargs)
        params["attributes"].pop("required", None)
        return params


class DayField(Field):
    """A date in three boxes, day, month and year; ``data`` is a date or None."""

    widget = _DayWidget()

    def __init__(self, label: str, *, required: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, validators=_with_required(None, []), **kwargs)
        self.missing = required

    def _value(self) -> str:
        return ""

    def process_formdata(self, valuelist: list[str]) -> None:
        parts = [value.strip() for value in (*valuelist, "", "", "")[:3]]
        self.data = None
        if not any(parts):
            if self.missing:
                raise ValueError(self.missing)
            return
        self.data = read_day(*parts)

    def pre_validate(self, form: Any) -> None:
        if self.missing and self.data is None and not self.process_errors:
            raise ValidationError(self.missing)


def _with_required(sentence: str | None, checks: list[Any]) -> list[Any]:
    return [Required(sentence), *checks] if sentence else checks


class LastDayForm(Form):
    """Something ends. Today is filled in."""

    last_day = DayField(
        "Last day", required="Enter the last day", description=DAY_HINT, default=clock.today
    )
