"""A list of words that somebody pastes or uploads, read into the entries of a rule."""

import unicodedata

from ..rules import WORD_LENGTH, WORDS_MOST

# Code points of a whole list: WORDS_MOST entries of 50 characters.
LONGEST = 1_000_000


class BadList(ValueError):
    """A list that cannot be used. Its text is a sentence for whoever gave it, with the line where there is one."""


def entries(text: str) -> tuple[str, ...]:
    """One entry a line, in the order given; raises BadList.

    Blank lines and what follows a `#` at a line's beginning or after a blank are left out, and so is an entry that was
    given before in another case. Blanks inside an entry count as one. `text` may begin with a byte order mark and end
    its lines as any system does.
    """
    if len(text) > LONGEST:
        raise BadList(f"The list has {len(text):,} characters; {LONGEST:,} are allowed.")
    found: dict[str, str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        entry = " ".join(unicodedata.normalize("NFC", _uncommented(line)).split())
        if not entry:
            continue
        # Not by casefold(): for a rule STRASSE is no other case of Straße, so each finds what the other does not.
        found.setdefault(_checked(entry, number).lower(), entry)
    if not found:
        raise BadList("The list has no entry; write one word or phrase on each line.")
    if len(found) > WORDS_MOST:
        raise BadList(f"The list has {len(found):,} entries; {WORDS_MOST:,} are allowed.")
    return tuple(found.values())


def _uncommented(line: str) -> str:
    if line.lstrip().startswith("#"):
        return ""
    return line.split(" #", 1)[0].split("\t#", 1)[0]


def _checked(entry: str, number: int) -> str:
    if len(entry) > WORD_LENGTH:
        raise BadList(
            f"Line {number}: the entry has {len(entry):,} characters; {WORD_LENGTH} are allowed. Is it one entry a line?"
        )
    if any(unicodedata.category(char) in ("Cc", "Cs", "Cn") for char in entry):
        raise BadList(f"Line {number}: the entry has a character that is no text. Save the list as UTF-8.")
    if not any(unicodedata.category(char)[0] in "LNSM" for char in entry):
        raise BadList(f"Line {number}: “{entry}” has no letter or digit.")
    if len(entry) == 1 and entry.isascii():
        raise BadList(f"Line {number}: “{entry}” alone would be found in nearly every text.")
    return entry
