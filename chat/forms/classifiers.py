"""A classifier: a model or a service that judges texts, and by what."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse

from .. import moderation
from ..models import Endpoint, bodies
from ..policies import drafting
from ..policies.composing import name_of
from .folded import Folded
from .model_question import ModelQuestion
from .policies import NOTE

TEXTS_MOST, TEXT_LONGEST, POLICY_LONGEST = 20, 8_000, 20_000
_EMPTY = "Choose where it is asked."


@dataclass(frozen=True, slots=True)
class Dialect:
    """One card of the first page. `needs`: the questions that only this kind has."""

    kind: str
    title: str
    blurb: str
    name: str
    needs: tuple[str, ...] = ()


DIALECTS = {
    dialect.kind: dialect
    for dialect in (
        Dialect(
            "moderations", "Moderation service",
            "OpenAI’s moderation, or a server that speaks like it. It gives a score for each kind of harm.",
            "moderation-service", ("thresholds",),
        ),
        Dialect("llama-guard-3", "Llama Guard 3", "A safety model that runs on a model server of your own.", "llama-guard"),
        Dialect("qwen3guard", "Qwen3Guard", "A safety model with three levels: safe, controversial, unsafe.", "qwen-guard"),
        Dialect(
            "judge", "Judge", "Any chat model, with a policy that you write in your own words.", "judge", ("policy",),
        ),
    )
}  # fmt: skip


class ClassifierForm(Folded):
    """`item` is as a definition has it, None for a new one; `taken` are the names of others."""

    MAIN = ("name", "endpoint", "model", "policy", "thresholds", "good", "bad")
    FOLDS = {"How long it may take, and a note": ("timeout", "note")}

    name = forms.CharField(
        max_length=drafting.NAME_LONGEST, help_text="A short name, for the record.",
        error_messages={"required": "Give it a name."},
    )  # fmt: skip
    endpoint = forms.ModelChoiceField(
        Endpoint.objects.none(), empty_label="Choose an endpoint",
        help_text="Set up under Assistants. It is sent what is to be judged.",
        error_messages={"required": _EMPTY, "invalid_choice": _EMPTY},
    )  # fmt: skip
    model = forms.CharField(max_length=200, required=False)
    policy = forms.CharField(
        max_length=POLICY_LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="What it shall not let through, and what it shall, as you would tell a new colleague.",
        error_messages={"required": "Write what it should not let through."},
    )
    thresholds = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="One per line: a category and the score from which it is flagged, such as “violence 0.4”. "
        "All others are as the service says.",
    )
    good = forms.CharField(
        required=False, label="Texts it must pass", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One per line. It proves itself on them before it is switched on, beside texts of our own.",
    )  # fmt: skip
    bad = forms.CharField(
        required=False,
        label="Texts it must flag",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One per line.",
    )
    timeout = forms.FloatField(
        min_value=0.1, max_value=120, initial=10, label="Seconds for one text",
        help_text="Later is no verdict, and what has none is not let through.",
    )  # fmt: skip
    note = forms.CharField(**NOTE)

    def __init__(
        self,
        dialect: Dialect,
        item: dict[str, Any] | None,
        taken: set[str],
        listed: list[str],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self.dialect, self.item, self._taken = dialect, item, taken
        super().__init__(*args, **kwargs)
        for name in ("policy", "thresholds"):
            if name not in dialect.needs:
                del self.fields[name]
        stored = {"name": drafting.slug(dialect.name, taken)} if item is None else _stored(item)
        self.initial = {**stored, **self.initial}
        used = Q(pk=item.get("endpoint")) if item else Q()
        rows = Endpoint.objects.exclude(protocol=Endpoint.Protocol.DEMO)
        rows = rows.filter(Q(archived_at=None) | used) if item else rows.filter(archived_at=None)
        self.fields["endpoint"].queryset = rows.order_by("name")  # type: ignore[attr-defined]
        self.fields["model"].question = ModelQuestion("model", listed)  # type: ignore[attr-defined]
        self.fields["endpoint"].widget.attrs |= {
            "hx-get": f"{reverse('endpoint-models')}?for=model",
            "hx-trigger": "change, load" if self["endpoint"].value() else "change",
            "hx-include": "#id_model",
            "hx-target": "#field-model",
            "hx-swap": "outerHTML",
        }

    def clean_name(self) -> str:
        name = drafting.slug(self.cleaned_data["name"])
        if name in self._taken - ({name_of(self.item)} if self.item else set()):
            raise forms.ValidationError("Another classifier of this policy has this name. Choose another.")
        return name

    def clean_thresholds(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for line in bodies.clean(self.cleaned_data["thresholds"]).splitlines():
            if not line.strip():
                continue
            category, _, number = line.replace(":", " ").replace("=", " ").strip().rpartition(" ")
            try:
                score = float(number.replace(",", "."))
            except ValueError:
                score = -1
            if not category.strip() or not 0 <= score <= 1:
                raise forms.ValidationError(
                    f"“{line.strip()[:60]}” is not a category and a number from 0 to 1, such as “violence 0.4”."
                )
            found[category.strip()] = score
        return found

    def clean_good(self) -> list[str]:
        return _texts(self.cleaned_data["good"])

    def clean_bad(self) -> list[str]:
        found = _texts(self.cleaned_data["bad"])
        if not found and self.dialect.kind == "judge":
            raise forms.ValidationError("Write at least one text that its policy does not let through.")
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                moderation.classifiers.dialect_of(self.value())
            except moderation.BadClassifier as bad:
                self.add_error(None, str(bad))
        return data

    def value(self) -> dict[str, Any]:
        """The item as a definition has it."""
        data = self.cleaned_data
        found = {
            "kind": self.dialect.kind,
            "name": data["name"],
            "endpoint": data["endpoint"].pk,
            "model": data["model"].strip(),
        }
        if data.get("policy"):
            found["policy"] = bodies.clean(data["policy"].replace("\r\n", "\n")).strip()
        if data.get("thresholds"):
            found["thresholds"] = data["thresholds"]
        return found | {"timeout": data["timeout"], "good": data["good"], "bad": data["bad"]}


def _stored(item: dict[str, Any]) -> dict[str, Any]:
    found = {name: item.get(name, "") for name in ("name", "endpoint", "model", "policy", "timeout")}
    found |= {name: "\n".join(item.get(name, ())) for name in ("good", "bad")}
    limits = item.get("thresholds") or {}
    return found | {"thresholds": "\n".join(f"{name} {limit:g}" for name, limit in sorted(limits.items()))}


def _texts(text: str) -> list[str]:
    found = [line.strip() for line in bodies.clean(text).splitlines() if line.strip()]
    if len(found) > TEXTS_MOST or any(len(line) > TEXT_LONGEST for line in found):
        raise forms.ValidationError(
            f"At most {TEXTS_MOST} texts, each of at most {TEXT_LONGEST:,} characters."
        )
    return found
