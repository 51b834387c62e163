"""An endpoint: where a provider is, with which key, and how long it may take."""

from typing import Any

from django import forms

from .. import endpoints
from ..endpoints import addresses, keys
from ..models import Endpoint
from .folded import Folded
from .kinds import Kind

TIMEOUTS = {
    "connect_timeout": ("To connect", "Seconds until the address answers at all."),
    "first_byte_timeout": (
        "Until the first word",
        "Seconds; models that are loaded on demand need a minute.",
    ),
    "idle_timeout": ("Between two words", "Seconds of silence after which an answer counts as broken off."),
    "total_timeout": ("For a whole answer", "Seconds from the question to the last word."),
}
CONTINUES = [
    ("none", "It cannot, or I do not know"),
    ("assistant", "By a last message of its own (Anthropic, Ollama, llama.cpp, OpenRouter, Groq)"),
    ("vllm", "As vLLM does it"),
    ("prefix", "As Mistral and DeepSeek do it"),
]


class EndpointForm(Folded):
    """`kind` says what is asked; `row` is the endpoint that is changed, None for a new one.

    The key is typed in and never shown: an empty `key` keeps what is stored, `forget_key` throws it away.
    """

    MAIN = ("name", "url", "key", "forget_key")
    FOLDS = {
        "The key is in an environment variable": ("key_variable",),
        "Timeouts": tuple(TIMEOUTS),
        "Answers that break off": ("continues",),
    }

    name = forms.CharField(
        max_length=80,
        help_text="What you and other administrators call it.",
        error_messages={"required": "Give it a name."},
    )
    url = forms.CharField(
        max_length=500,
        label="Address",
        error_messages={"required": "Write the address of its API."},
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocapitalize": "off"}),
    )
    key = forms.CharField(
        max_length=2000,
        required=False,
        # A password box of the new kind: no browser fills the person's own password in here, or offers to keep it.
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )
    forget_key = forms.BooleanField(
        required=False, label="Throw the stored key away", help_text="For a server that asks for none."
    )
    key_variable = forms.CharField(
        max_length=100,
        required=False,
        label="Environment variable",
        help_text="Its name, such as OPENAI_API_KEY, where the key is set beside Sluice’s own settings. "
        "The key itself is then not stored here.",
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}),
    )
    continues = forms.ChoiceField(
        choices=CONTINUES,
        label="Going on with an answer that broke off",
        help_text="Wrongly set, an answer that broke off may be repeated. “It cannot” is always safe.",
    )

    def __init__(self, kind: Kind, row: Endpoint | None, *args: Any, **kwargs: Any) -> None:
        self.kind, self.row = kind, row
        super().__init__(*args, **kwargs)
        for field, (label, words) in TIMEOUTS.items():
            self.fields[field] = forms.FloatField(
                min_value=0.1, max_value=86_400, label=label, help_text=words
            )
        self.initial = {**(_stored(row) if row else _offered(kind)), **self.initial}
        self.fields["url"].help_text = kind.url_help
        self.fields["key"].label = "Key" if kind.needs_key else "Key (optional)"
        self.fields["key"].help_text = kind.key_help
        if row and row.key_sealed:
            self.fields["key"].help_text = "A key is stored; leave empty to keep it."
        else:
            del self.fields["forget_key"]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        others = Endpoint.objects.exclude(pk=self.row.pk if self.row else -1)
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError(
                "Another endpoint has this name, perhaps an archived one. Choose another."
            )
        return name

    def clean_url(self) -> str:
        url = self.cleaned_data["url"].strip()
        try:
            addresses.check(url)
        except endpoints.Refused as refused:
            raise forms.ValidationError(str(refused)) from None
        return url

    def clean_key_variable(self) -> str:
        name = self.cleaned_data["key_variable"].strip()
        try:
            if name:
                keys.check_variable(name)
        except endpoints.Refused as refused:
            raise forms.ValidationError(str(refused)) from None
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        key, variable = data.get("key", "").strip(), data.get("key_variable", "")
        data["key"] = key
        if "key_variable" in self.errors:
            return data
        if key and variable:
            self.add_error(
                "key", "A key is pasted here and a variable is named below. Leave one of them empty."
            )
        elif key and data.get("forget_key"):
            self.add_error(
                "forget_key", "A new key is pasted above. Empty that box, or leave this one unmarked."
            )
        elif self.kind.needs_key and not (key or variable or self._keeps(data)):
            self.add_error("key", "Paste the key, or name the environment variable that holds it.")
        elif self._moved(data) and self._keeps(data) and not variable:
            self.add_error(
                "key",
                "The address has changed. Enter the key again: it goes only to the address it was entered for.",
            )
        return data

    def _keeps(self, data: dict[str, Any]) -> bool:
        return bool(self.row and self.row.key_sealed and not data.get("forget_key") and not data.get("key"))

    def _moved(self, data: dict[str, Any]) -> bool:
        return bool(self.row and "url" in data and data["url"] != self.row.url)


def _stored(row: Endpoint) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("name", "url", "key_variable", "continues", *TIMEOUTS)}


def _offered(kind: Kind) -> dict[str, Any]:
    taken = set(Endpoint.objects.filter(name__startswith=kind.name).values_list("name", flat=True))
    names = (kind.name if n == 1 else f"{kind.name} {n}" for n in range(1, len(taken) + 2))
    return {
        "name": next(name for name in names if name not in taken) if kind.name else "",
        "url": kind.url,
        "continues": "assistant" if kind.slug == "ollama" else "none",
        **{name: getattr(Endpoint(), name) for name in TIMEOUTS},
    }
