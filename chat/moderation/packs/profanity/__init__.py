"""Coarse and sexual words and slurs, a list for each language. NOTICE.md says where they come from."""

from functools import cache
from pathlib import Path

from ...rules import Rule, bordered

# By the lists' names.
LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "eo": "Esperanto",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fil": "Filipino", "fr": "French",
    "fr-ca": "French of Quebec", "hi": "Hindi", "hu": "Hungarian", "it": "Italian", "ja": "Japanese",
    "kab": "Kabyle", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "zh": "Chinese",
}  # fmt: skip
_FOLDER = Path(__file__).parent


@cache
def words(language: str) -> tuple[str, ...]:
    """The entries of a language's list."""
    return tuple((_FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines())


def rule(language: str) -> Rule:
    """The rule that finds them: whole words and phrases, or anywhere in a script without spaces."""
    entries = words(language)
    return Rule(
        name=f"words-{language}",
        title=f"A coarse or sexual word, {LANGUAGES[language]}",
        reason=f"A word or phrase of the list of coarse and sexual words and slurs in {LANGUAGES[language]}.",
        words=entries,
        positives=(entries[0], f"“{entries[-1]}”!"),
        negatives=(f"qx{entries[0]}xq",) if bordered(entries[0]) else ("…",),
        source="https://github.com/LDNOOBW/List-of-Dirty-Naughty-Obscene-and-Otherwise-Bad-Words",
        category="language",
        action="redact",
    )
