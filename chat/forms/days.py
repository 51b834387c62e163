"""A day, as it is asked for in a form."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)


class DayField(forms.DateField):
    """Between FIRST and LAST: the first and the last days of all calendars have no midnight before or after them."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}), **more)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not FIRST <= value <= LAST:
            raise ValidationError(f"Write a day from {FIRST.year} to {LAST.year}.")
