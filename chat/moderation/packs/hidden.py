"""Text that a reader does not see, or sees in another order than it has. Secrets leave a chat that way, and
instructions come into it."""

from collections.abc import Callable

from ..rules import Rule


def _hidden(
    name: str,
    title: str,
    reason: str,
    pattern: str,
    source: str,
    finds: tuple[str, ...],
    leaves: tuple[str, ...],
    valid: Callable[[str], bool] | None = None,
) -> Rule:
    return Rule(
        name=name,
        title=title,
        reason=reason,
        pattern=pattern,
        positives=finds,
        negatives=leaves,
        source=source,
        category="hidden text",
        validate=valid,
    )


# England, Scotland and Wales: what follows the black flag in theirs, the only ones that are drawn.
_FLAGS = tuple(
    "".join(chr(0xE0000 + ord(char)) for char in f"{part}\x7f") for part in ("gbeng", "gbsct", "gbwls")
)
_SCOTLAND = "\U0001f3f4" + _FLAGS[1]

RULES = (
    _hidden(
        "direction-override",
        "Text shown backwards",
        "A character that shows what follows in another order than it is written in.",
        r"[\x{202D}\x{202E}]",
        "https://www.unicode.org/reports/tr9/#Explicit_Directional_Overrides; CVE-2021-42574",
        ("\u202edrowssap\u202c",),
        ("\u2067שלום\u2069", "\u202bשלום\u202c", "\u200eabc"),
    ),
    _hidden(
        "tag-characters",
        "Text in invisible tag characters",
        "Letters of Unicode's tag block, which are drawn as nothing, outside of a flag.",
        r"[\x{E0001}\x{E0020}-\x{E007F}]+",
        "https://www.unicode.org/reports/tr51/#def_emoji_tag_sequence",
        ("What is this?\U000e0064\U000e0072\U000e0061\U000e0077",),
        (f"{_SCOTLAND} won", _SCOTLAND + _SCOTLAND, "🏁"),
        # Part of a flag, since it may have been cut.
        lambda text: not any(text in flag for flag in _FLAGS),
    ),
    _hidden(
        "variation-selectors",
        "Text in invisible variation selectors",
        "Several variation selectors in a row, which can carry hidden bytes and never stand so in writing.",
        r"[\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}]{2,}",
        "https://www.unicode.org/reports/tr51/#def_text_presentation_selector",
        ("😊\ufe0f\U000e0158\U000e0155\U000e015c",),
        ("❤\ufe0f\u200d🔥", "葛\U000e0100飾区"),
    ),
    _hidden(
        "invisible-run",
        "A run of invisible characters",
        "Many invisible characters in a row, which can carry hidden bits.",
        # Arabic, Hebrew, Khmer and Korean have some of these by themselves, old Korean two or three fillers together.
        r"[\x{AD}\x{34F}\x{61C}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202C}\x{2060}-\x{206F}"
        r"\x{3164}\x{FEFF}\x{FFA0}]{6,}",
        "https://www.unicode.org/reports/tr36/#Non_Visual_Security",
        ("a\u200b\u200c\u200b\u200b\u200c\u200c\u200bb", "a" + "\u200e\u200f" * 3, "a" + "\u3164\uffa0" * 3),
        (
            "שלום\u200f, \u200eabc\u200e",
            "\u115f\u1160\u11a8",
            "می\u200cخواهم",
            "👩\u200d👩\u200d👧",
            "a\u200b\u200bb",
        ),
    ),
    _hidden(
        "backspaces",
        "Deleted text",
        "A backspace or delete character, which some programs carry out and others do not.",
        r"[\x08\x7F]",
        "https://arxiv.org/abs/2106.09898",
        ("pasx\bsword",),
        ("a\tb\r\n",),
    ),
)
