"""An assistant: what it is called, whom it asks, what it is told, who may use it."""

import json
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import Q
from django.urls import reverse

from .. import assistants, partial_json
from ..models import Assistant, AssistantVersion, Endpoint, bodies
from .folded import Folded
from .model_question import SOURCES, ModelQuestion, needs_model

STARTERS_MOST, STARTER_LONGEST = 6, 200
INSTRUCTIONS_LONGEST = 50_000  # characters
SCHEMA_LONGEST = 50_000
PARAMETERS = ("temperature", "top_p", "max_tokens")
_EMPTY_ENDPOINT = "Choose where its answers come from."


class AssistantForm(Folded):
    """`version` is what it begins with, None for a new assistant; `listed` the models a field offers, by its name."""

    MAIN = ("name", "description", "endpoint", "model", "instructions", "starters")
    FOLDS = {
        "Who may use it": ("groups",),
        "How it writes": (*PARAMETERS, "reasoning"),
        "If its endpoint is down": ("fallback", "fallback_model"),
        "Answers with a shape": ("schema",),
        "How much it can read": ("window",),
    }

    name = forms.CharField(
        max_length=80,
        help_text="What people choose it by.",
        error_messages={"required": "Give it a name."},
    )
    description = forms.CharField(
        max_length=200,
        required=False,
        help_text="One line that says what it is good for; shown beside its name.",
    )
    endpoint = forms.ModelChoiceField(
        Endpoint.objects.none(),
        help_text="Where its answers come from.",
        empty_label="Choose an endpoint",
        error_messages={"required": _EMPTY_ENDPOINT, "invalid_choice": _EMPTY_ENDPOINT},
    )
    model = forms.CharField(max_length=200, required=False)
    instructions = forms.CharField(
        max_length=INSTRUCTIONS_LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="What it is told before every conversation: who it is, for whom it writes, how, and what it is "
        "to leave alone. Each change is kept as a version.",
    )
    starters = forms.CharField(
        required=False,
        label="Starter questions",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"One per line, at most {STARTERS_MOST}; a new chat offers them.",
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only people of the marked groups see it. With none marked everybody does.",
    )
    temperature = forms.FloatField(
        required=False,
        min_value=0,
        max_value=2,
        help_text="From 0, always much the same, to 2, surprising. Empty: the model’s own.",
    )
    top_p = forms.FloatField(
        required=False,
        min_value=0,
        max_value=1,
        label="Top-p",
        help_text="From 0 to 1: how many of the likeliest words it chooses from. Set this or the temperature, not both.",
    )
    max_tokens = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000,
        label="Longest answer, in tokens",
        help_text="A token is about four letters. Empty: the model’s own limit.",
    )
    reasoning = forms.BooleanField(
        required=False,
        label="Show how it thinks",
        help_text="For models that think before they answer: folded above the answer.",
    )
    fallback = forms.ModelChoiceField(
        Endpoint.objects.none(),
        required=False,
        label="Ask this endpoint instead",
        empty_label="None",
        help_text="Asked where the first one fails before its first word. With none people are told that it is down.",
    )
    fallback_model = forms.CharField(max_length=200, required=False, label="Model there")
    schema = forms.CharField(
        max_length=SCHEMA_LONGEST,
        required=False,
        label="JSON Schema",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "code-input"}),
        help_text="With one, each answer is a document of this shape, checked before it counts; people can copy and "
        "download it. Leave it empty for answers in words.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    window = forms.IntegerField(
        required=False,
        min_value=256,
        max_value=100_000_000,
        label="Context window, in tokens",
        help_text="What the model can read at once, its answer included. Empty: as the endpoint says. The oldest "
        "messages of a long chat are left out to fit.",
    )

    def __init__(
        self,
        assistant: Assistant | None,
        version: AssistantVersion | None,
        listed: dict[str, list[str]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self.assistant = assistant
        super().__init__(*args, **kwargs)
        self.initial = {**_stored(assistant, version), **self.initial}
        used = {row for row in (version and version.endpoint_id, version and version.fallback_id) if row}
        offered = Endpoint.objects.filter(Q(archived_at=None) | Q(pk__in=used)).order_by("name")
        for name in ("endpoint", "fallback"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = offered
        for name, source in SOURCES.items():
            self.fields[name].question = ModelQuestion(name, listed.get(name, []))  # type: ignore[attr-defined]
            self.fields[source].widget.attrs |= {
                "hx-get": f"{reverse('endpoint-models')}?for={name}",
                "hx-trigger": "change, load" if self[source].value() else "change",
                "hx-include": f"#id_{name}",
                "hx-target": f"#field-{name}",
                "hx-swap": "outerHTML",
            }
        groups = Group.objects.order_by("name")
        if groups.exists():
            self.fields["groups"].queryset = groups  # type: ignore[attr-defined]
        else:
            del self.fields["groups"]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        others = Assistant.objects.exclude(pk=self.assistant.pk if self.assistant else -1)
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError(
                "Another assistant has this name, perhaps an archived one. Choose another."
            )
        return name

    def clean_instructions(self) -> str:
        return bodies.clean(self.cleaned_data["instructions"].replace("\r\n", "\n")).strip()

    def clean_starters(self) -> list[str]:
        lines = [line.strip() for line in bodies.clean(self.cleaned_data["starters"]).splitlines()]
        found = [line for line in lines if line]
        if len(found) > STARTERS_MOST:
            raise forms.ValidationError(f"These are {len(found)} questions; keep at most {STARTERS_MOST}.")
        if long := next((line for line in found if len(line) > STARTER_LONGEST), ""):
            raise forms.ValidationError(
                f"“{long[:40]}…” has {len(long)} characters; keep each to {STARTER_LONGEST}."
            )
        return found

    def clean_schema(self) -> Any:
        text = self.cleaned_data["schema"].strip()
        if not text:
            return None
        try:
            schema = partial_json.value_of(text)
        except partial_json.NotJSON as error:
            raise forms.ValidationError(str(error)) from None
        if problem := partial_json.schema_problem(schema):
            raise forms.ValidationError(problem)
        return schema

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for where, model, what in (("endpoint", "model", ""), ("fallback", "fallback_model", " there")):
            chosen = data.get(where)
            if chosen and not data.get(model) and needs_model(chosen):
                self.add_error(model, f"Choose the model that is asked{what}, or type its name.")
        if data.get("fallback") and (data["fallback"], data.get("fallback_model")) == (
            data.get("endpoint"), data.get("model")
        ):  # fmt: skip
            self.add_error("fallback", "This is the same endpoint and model again. Choose another, or none.")
        return data

    def values(self) -> dict[str, Any]:
        """What was filled in, by the names of the models' fields."""
        data = dict(self.cleaned_data)
        given = {name: data.pop(name) for name in PARAMETERS}
        del data["seen"]
        return data | {
            "groups": list(data.get("groups", [])),
            "parameters": {name: value for name, value in given.items() if value is not None},
        }


def _stored(assistant: Assistant | None, version: AssistantVersion | None) -> dict[str, Any]:
    stored: dict[str, Any] = {"reasoning": True}
    if assistant:
        stored |= {
            "name": assistant.name,
            "description": assistant.description,
            "groups": list(assistant.groups.values_list("pk", flat=True)),
            "seen": assistants.mark_of(assistant),
        }
    if version:
        names = ("endpoint", "model", "fallback", "fallback_model", "instructions", "window", "reasoning")
        stored |= {name: getattr(version, name) for name in names} | version.parameters
        stored["starters"] = "\n".join(version.starters)
        if version.schema is not None:
            stored["schema"] = json.dumps(version.schema, indent=2, ensure_ascii=False)
    return stored
