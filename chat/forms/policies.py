"""A policy: what it is called, whom it is for, how answers appear, and the acts on its versions."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import Q

from ..models import Assistant, Policy
from ..policies import bypassing, editing, replaying, trying, words
from .folded import Folded

EVERYONE, SOME = "everyone", "some"
NOTE: dict[str, Any] = {
    "max_length": 300,
    "required": False,
    "label": "Note",
    "help_text": "What changes and why, for the list of versions.",
}


class PolicyForm(Folded):
    """`policy` is None for a new one."""

    MAIN = ("name", "description", "whom")
    FOLDS = {"Only for some: whom": ("assistants", "groups")}

    name = forms.CharField(max_length=80, error_messages={"required": "Give it a name."})
    description = forms.CharField(
        max_length=200,
        required=False,
        help_text="One line that says what it is for.",
    )
    whom = forms.ChoiceField(
        label="Whom it is for",
        choices=[(EVERYONE, "Everybody"), (SOME, "Only some assistants or groups")],
        widget=forms.RadioSelect,
        initial=EVERYONE,
        help_text="Where several policies apply, the strictest wins.",
    )
    assistants = forms.ModelMultipleChoiceField(
        Assistant.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Everybody’s chats with these.",
    )  # fmt: skip
    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Everything that people of these write and are answered.",
    )  # fmt: skip
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, policy: Policy | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if policy is not None:
            self.initial = {
                "name": policy.name,
                "description": policy.description,
                "whom": EVERYONE if policy.everyone else SOME,
                "assistants": list(policy.assistants.values_list("pk", flat=True)),
                "groups": list(policy.groups.values_list("pk", flat=True)),
                "seen": editing.mark_of(policy),
            }
        # An archived one that it is for stays so: its chats are still judged by it.
        offered = Q(archived_at=None) | Q(policies=policy) if policy is not None else Q(archived_at=None)
        lists = {
            "assistants": Assistant.objects.filter(offered).distinct().order_by("position", "pk"),
            "groups": Group.objects.order_by("name"),
        }
        for name, rows in lists.items():
            if rows.exists():
                self.fields[name].queryset = rows  # type: ignore[attr-defined]
            else:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("whom") == SOME and not data.get("assistants") and not data.get("groups"):
            self.add_error("whom", "Choose at least one assistant or group under “Only for some”.")
        return data

    def values(self) -> dict[str, Any]:
        """By the names of the model's fields. For everybody it is for no assistant and group in particular."""
        data, everyone = self.cleaned_data, self.cleaned_data["whom"] == EVERYONE
        return {
            "name": data["name"].strip(),
            "description": data["description"].strip(),
            "everyone": everyone,
            "assistants": [] if everyone else list(data.get("assistants", ())),
            "groups": [] if everyone else list(data.get("groups", ())),
        }


class ModeForm(forms.Form):
    mode = forms.ChoiceField(
        choices=[(mode, title) for mode, (title, _) in words.MODES.items()], widget=forms.RadioSelect
    )
    reasoning = forms.BooleanField(
        required=False, label="Show how models think",
        help_text="Without the tick, what a model thinks before its answer is neither asked for nor shown.",
    )  # fmt: skip
    note = forms.CharField(**NOTE)


class ReasonForm(forms.Form):
    """Why a version is switched on, or a policy off; `seen` is the version that was on when the page was opened."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept for good, with your name.",
        error_messages={"required": "Write the reason in at least a word."},
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class BypassForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        help_text="Everybody reads it in the banner.",
        error_messages={"required": "Write the reason in at least a word."},
    )
    minutes = forms.TypedChoiceField(
        label="For how long", choices=list(bypassing.MINUTES.items()), coerce=int, initial=30
    )


class ReplayForm(forms.Form):
    count = forms.TypedChoiceField(
        label="How many of the last answers",
        choices=[(count, f"{count:,}") for count in (50, 200, 500, 1000, replaying.MOST)], coerce=int, initial=200,
    )  # fmt: skip


class TryForm(forms.Form):
    """A text that a version is tried on: as an answer, or as what somebody writes."""

    ANSWER, QUESTION = "answer", "question"

    kind = forms.ChoiceField(
        label="Take it for",
        choices=[(ANSWER, "an answer of a model"), (QUESTION, "what somebody writes")],
        widget=forms.RadioSelect, initial=ANSWER,
    )  # fmt: skip
    text = forms.CharField(
        max_length=trying.LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="It is not stored. The classifiers are asked as they would be in a chat.",
        error_messages={"required": "Paste or write a text."},
    )
    question = forms.CharField(
        max_length=trying.LONGEST, required=False, label="The question before it",
        widget=forms.Textarea(attrs={"rows": 2}), help_text="Some classifiers judge an answer by it.",
    )  # fmt: skip
