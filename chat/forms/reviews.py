"""What is entered at the review desk, and by a person who reports an answer."""

from typing import Any

from django import forms

from ..models import CaseEntry, Category, Decision
from .days import DayField

REASON_LEAST, REASON_MOST = 3, 2000  # characters
ESCALATE = "escalate"
# Reasons that are said often, by what is decided; a choice of one is enough. For an uphold its category is the reason.
BECAUSE = {
    Decision.Action.RELEASE: {
        "alarm": "A false alarm",
        "example": "An example, nothing real",
        "context": "Harmless in this conversation",
    },
    ESCALATE: {
        "unsure": "I am not sure",
        "grave": "Too grave for one person",
        "known": "I know somebody in it",
    },
}


def _words(error_messages: dict[str, str] | None = None, **more: Any) -> forms.CharField:
    said = {"max_length": f"Write at most {REASON_MOST:,} characters.", **(error_messages or {})}
    return forms.CharField(max_length=REASON_MOST, error_messages=said, **more)


class DecisionForm(forms.Form):
    """What a reviewer decides, why, and which version of the case was on the page."""

    action = forms.ChoiceField(
        choices=[("release", "Release"), ("uphold", "Uphold"), (ESCALATE, "Escalate")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether to release or to uphold."},
    )
    because = forms.CharField(required=False, max_length=20)
    category = forms.ChoiceField(
        choices=Category.choices,
        required=False,
        label="What the person is told",
    )
    reason = _words(
        required=False,
        label="In words",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with your name, for as long as the conversation has its text.",
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        action, words = data.get("action", ""), data.get("reason", "")
        because = BECAUSE.get(action, {}).get(data.get("because", ""), "")
        if action == Decision.Action.UPHOLD and data.get("category"):
            because = str(Category(data["category"]).label)
        if "reason" in data and action and not because and len(words) < REASON_LEAST:
            self.add_error("reason", "Choose a reason, or write it in at least a word.")
        data["said"] = f"{because}. {words}" if because and words else words or because
        return data


class TakeOverForm(forms.Form):
    reason = _words(
        label="Why you take it over",
        widget=forms.TextInput,
        error_messages={"required": "Write the reason in at least a word."},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class UndoForm(forms.Form):
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class NoteForm(forms.Form):
    words = _words(
        label="A note for reviewers",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with your name, for as long as the conversation has its text. The person does not see it.",
        error_messages={"required": "Write the note first."},
    )


class RevealForm(forms.Form):
    why = forms.ChoiceField(choices=[*CaseEntry.Why.choices, ("", "In words")], required=False)
    words = _words(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("why") and len(data.get("words", "")) < REASON_LEAST:
            self.add_error("words", "Choose why you look, or write it in at least a word.")
        return data


class ReportForm(forms.Form):
    """Why a person reports an answer of theirs."""

    category = forms.ChoiceField(
        choices=[(key, label) for key, label in Category.choices if key not in {"hidden"}],
        widget=forms.RadioSelect,
        label="What is wrong with it",
        error_messages={"required": "Choose what is wrong with it."},
    )
    words = _words(
        required=False,
        label="More about it",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A reviewer reads it, with your name and the answer.",
    )


class LookUpForm(forms.Form):
    """Whose conversation, of when; or the reference that a person gave. Never words that are in it."""

    reference = forms.CharField(
        required=False,
        max_length=36,
        help_text="Of a held or failed answer, as its page gives it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    person = forms.CharField(
        required=False,
        max_length=150,
        label="Username",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    day = DayField(
        required=False,
        label="Day",
        help_text="On which it was written in.",
        error_messages={"invalid": "Write the day as 2026-11-29."},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("reference") and not (data.get("person") and data.get("day")) and not self.errors:
            raise forms.ValidationError("Give a reference, or a username and a day.")
        return data


class BreakGlassForm(forms.Form):
    reason = _words(
        min_length=10,
        label="Why it has to be opened",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with your name, for as long as the conversation has its text. The audit has the look, the person is not told.",
        error_messages={
            "required": "Write the reason.",
            "min_length": "Write the reason so that somebody else understands it.",
        },
    )


class WrongForm(forms.Form):
    """A text that a checker judged wrongly, for the policy that has it."""

    target = forms.CharField(max_length=200, widget=forms.HiddenInput)
    expected = forms.ChoiceField(choices=[("pass", "pass"), ("flag", "flag")], widget=forms.HiddenInput)
    text = _words(
        label="The text it was wrong about",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        error_messages={"required": "Write the text that it was wrong about."},
    )
