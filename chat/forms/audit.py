"""Which entries of the audit are asked for."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ..audit import reading
from ..audit.words import WORDS
from ..models import User
from ..moments import midnight
from .days import DayField


class AuditForm(forms.Form):
    """Filled in with what is asked for; valid, `selection` is that. Days are the person's own."""

    who = forms.CharField(max_length=150, required=False, help_text="A username, or a person’s number.")
    what = forms.ChoiceField(required=False)
    subject = forms.RegexField(
        r"^[\w.:-]{0,80}$", required=False, label="About", help_text="An id: of a case, a person, a conversation.",
        error_messages={"invalid": "Enter an id, as a row of the list has it."},
    )  # fmt: skip
    since = DayField(required=False, label="From")
    until = DayField(required=False, label="To")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [("", "Anything"), *_groups(reading.actions())]  # type: ignore[attr-defined]
        for name in ("who", "subject"):
            self.fields[name].widget.attrs |= {
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
            }

    def clean_who(self) -> int | None:
        name = self.cleaned_data["who"]
        if not name:
            return None
        found = User.objects.filter(username=name).first()
        if found is None and name.isascii() and name.isdecimal() and len(name) < 10:
            found = User.objects.filter(pk=int(name)).first()
        if found is None:
            raise ValidationError("Nobody here has this username or number.")
        return found.pk

    def selection(self) -> reading.Selection:
        wanted = self.cleaned_data
        return reading.Selection(
            wanted["who"], wanted["what"], wanted["subject"],
            midnight(wanted["since"]) if wanted["since"] else None,
            midnight(wanted["until"] + timedelta(days=1)) if wanted["until"] else None,
        )  # fmt: skip


def _groups(actions: list[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """By what they are about: all of them, then each."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in actions:
        noun = action.partition(".")[0]
        groups.setdefault(noun, [(f"{noun}.", f"All about {noun}")]).append(
            (action, WORDS.get(action, action))
        )
    return [(noun.capitalize(), choices) for noun, choices in groups.items()]
