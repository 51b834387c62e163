"""Which packs are on, which rules of a pack, and a rule of one's own."""

import re
from typing import Any

from django import forms

from .. import moderation
from ..models import bodies
from ..moderation.rules import PATTERN_LENGTH, WORD_LENGTH, WORDS_MOST
from ..policies import drafting, words
from .folded import Folded
from .policies import NOTE

EXAMPLES_MOST, EXAMPLE_LONGEST = 50, 2000
STOP, REPLACE, OFF = "block", "redact", "off"


class PacksForm(forms.Form):
    """Which packs are on; `definition` is what is on now."""

    packs = forms.MultipleChoiceField(required=False)
    note = forms.CharField(**NOTE)

    def __init__(self, definition: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["packs"].choices = [(name, name) for name in moderation.PACKS]  # type: ignore[attr-defined]
        self.initial["packs"] = drafting.rules_item(drafting.normal(definition))["packs"]

    @property
    def kinds(self) -> list[tuple[str, list[tuple[moderation.Pack, str, bool]], int]]:
        """The packs by what stands before the colon of their titles ("" for those without), each with the rest of its title
        and whether it is chosen; and how many of them are.
        """
        chosen = set(self["packs"].value() or ())
        found: dict[str, list[tuple[moderation.Pack, str, bool]]] = {}
        for pack in moderation.PACKS.values():
            kind, colon, rest = pack.title.partition(": ")
            found.setdefault(kind if colon else "", []).append((pack, rest or kind, pack.name in chosen))
        return [(kind, packs, sum(on for *_, on in packs)) for kind, packs in found.items()]


class PackForm(forms.Form):
    """A pack and each of its rules; `definition` is what they do now."""

    on = forms.BooleanField(required=False, label="Use this pack")
    note = forms.CharField(**NOTE)

    def __init__(self, pack: moderation.Pack, definition: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        self.pack = pack
        super().__init__(*args, **kwargs)
        self.initial["on"] = pack.name in drafting.rules_item(drafting.normal(definition))["packs"]
        for name, action in words.actions_of(definition, pack.name).items():
            self.fields[self._field(name)] = forms.ChoiceField(
                choices=[(STOP, "Stop the answer"), (REPLACE, "Replace it"), (OFF, "Off")], initial=action
            )

    @property
    def kinds(self) -> list[tuple[str, str, list[tuple[moderation.Rule, forms.BoundField]]]]:
        """The rules with their questions by category, and how many of them are on."""
        found: dict[str, list[tuple[moderation.Rule, forms.BoundField]]] = {}
        for rule in self.pack.rules:
            found.setdefault(rule.category, []).append((rule, self[self._field(rule.name)]))
        return [
            (kind, words.tally(str(field.value()) for _, field in rules), rules)
            for kind, rules in found.items()
        ]

    def actions(self) -> dict[str, str]:
        return {rule.name: self.cleaned_data[self._field(rule.name)] for rule in self.pack.rules}

    @staticmethod
    def _field(rule: str) -> str:
        return f"rule-{rule}"


class OwnRuleForm(Folded):
    """`rule` is as a definition has it, None for a new one."""

    MAIN = ("title", "words", "action", "directions", "positives", "negatives")
    FOLDS = {
        "A pattern instead of words": ("pattern",),
        "What reviewers read, and a note": ("reason", "note"),
    }

    title = forms.CharField(
        max_length=80, label="What it finds",
        help_text="With its article, such as “A project name”. People see it on the page about their rules.",
        error_messages={"required": "Say in a few words what it finds."},
    )  # fmt: skip
    words = forms.CharField(
        required=False, label="Words and phrases",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=f"One per line, at most {WORDS_MOST:,}. Found as whole words, in capital and small letters.",
    )  # fmt: skip
    pattern = forms.CharField(
        required=False, max_length=PATTERN_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "code-input"}),
        help_text="A regular expression in RE2’s syntax. A group named “value” is what is marked and replaced.",
    )  # fmt: skip
    action = forms.ChoiceField(
        label="What happens then",
        choices=[(STOP, "The answer is stopped and held for a reviewer"), (REPLACE, "It is replaced, and the answer goes on")],
        widget=forms.RadioSelect, initial=STOP,
    )  # fmt: skip
    directions = forms.MultipleChoiceField(
        label="Where it looks",
        choices=[("output", "In answers"), ("input", "In what people write")],
        widget=forms.CheckboxSelectMultiple, initial=["output", "input"],
        error_messages={"required": "Choose at least one of them."},
    )  # fmt: skip
    positives = forms.CharField(
        label="Texts it must find", widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One per line. It proves itself on them before it is saved.",
        error_messages={"required": "Write at least one text that it must find."},
    )  # fmt: skip
    negatives = forms.CharField(
        label="Texts it must leave alone", widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="One per line: what looks much like it, and is harmless.",
        error_messages={"required": "Write at least one text that it must leave alone."},
    )  # fmt: skip
    reason = forms.CharField(
        max_length=200,
        required=False,
        label="The reason",
        help_text="A sentence for reviewers. Empty: one is made from what it finds.",
    )
    note = forms.CharField(**NOTE)

    def __init__(self, rule: dict[str, Any] | None, *args: Any, **kwargs: Any) -> None:
        self.rule = rule
        super().__init__(*args, **kwargs)
        if rule is not None:
            self.initial = {name: rule.get(name, "") for name in ("title", "pattern", "reason")}
            self.initial |= {
                name: "\n".join(rule.get(name) or ()) for name in ("words", "positives", "negatives")
            }
            self.initial |= {
                "action": rule.get("action", STOP),
                "directions": rule.get("directions", ["output", "input"]),
            }

    def clean_words(self) -> list[str]:
        found = list(dict.fromkeys(_lines(self.cleaned_data["words"])))
        if len(found) > WORDS_MOST:
            raise forms.ValidationError(f"These are {len(found):,} entries; {WORDS_MOST:,} are allowed.")
        if long := next((word for word in found if len(word) > WORD_LENGTH), ""):
            raise forms.ValidationError(
                f"“{long[:40]}…” has {len(long)} characters; {WORD_LENGTH} are allowed."
            )
        return found

    def clean_positives(self) -> list[str]:
        return _examples(self.cleaned_data["positives"])

    def clean_negatives(self) -> list[str]:
        return _examples(self.cleaned_data["negatives"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "words" in data and bool(data["words"]) == bool(data.get("pattern")):
            both = (
                "Write words or a pattern, not both."
                if data["words"]
                else "Write the words that it finds, one per line."
            )
            self.add_error("words", both)
        elif not self.errors:
            self._prove()
        return data

    def _prove(self) -> None:
        where = "words" if self.cleaned_data["words"] else "pattern"
        rule = moderation.own({"name": "rule", **self.value()})
        try:
            checker = moderation.compile_rules([rule])
            complaints = moderation.prove(checker)
        except moderation.BadRule as bad:
            self.add_error(where, _sentence(str(bad)))
            return
        if rule.action == REPLACE and checker.scan({"text": rule.label}).findings:
            self.add_error(
                "title",
                f"“{rule.label}” stands in place of what is found, and is found itself. Call it something else.",
            )
        for complaint in complaints:
            self.add_error("negatives" if "negative" in complaint else "positives", _sentence(complaint))

    def value(self) -> dict[str, Any]:
        """The rule as a definition has it, without its name."""
        data = self.cleaned_data
        title = data["title"].strip()
        looks_for = {"words": data["words"]} if data["words"] else {"pattern": data["pattern"].strip()}
        return {
            "title": title, **looks_for, "action": data["action"], "directions": sorted(data["directions"]),
            "positives": data["positives"], "negatives": data["negatives"],
            "reason": data["reason"].strip() or f"{title} was found.",
        }  # fmt: skip


def _lines(text: str) -> list[str]:
    return [line.strip() for line in bodies.clean(text).splitlines() if line.strip()]


def _examples(text: str) -> list[str]:
    found = _lines(text)
    if len(found) > EXAMPLES_MOST or any(len(line) > EXAMPLE_LONGEST for line in found):
        raise forms.ValidationError(
            f"At most {EXAMPLES_MOST} texts, each of at most {EXAMPLE_LONGEST:,} characters."
        )
    return found


def _sentence(said: str) -> str:
    """Without the rule's name, which it does not have yet, and of an example as the text that it is in its box."""
    _, colon, what = said.partition("”: ")
    rest = what if colon else f"The rule {said.partition('” ')[2]}"
    return re.sub(
        r"its (?:positive|negative) example (\d+)", r"text \1 of these", rest[:1].upper() + rest[1:]
    )
