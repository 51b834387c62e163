"""What may stand around a number that is found: not a longer number, a decimal or an identifier."""

# A full stop or comma that ends the sentence may follow, and what is hung on, but for the fourth group of a UUID: its first
# three can be a card's sixteen digits.
BEFORE = r"(?:^|[^\w.,-]|(?:^|[^\d])[.,]|(?:^|\W)-)"
AFTER = r"(?:[^\w.,-]|[.,](?:\D|$)|-(?:[^\dABab]|$)|$)"

# The same for a number whose form leaves little doubt: figures may stand behind a comma too, as in CSV and JSON. Where the
# comma is a decimal's, three numbers of a hundred with just so many places are taken for a card: that many begin as
# one and have its check digit.
BEFORE_LISTED = r"(?:^|[^\w.-]|(?:^|[^\d])\.|(?:^|\W)-)"
AFTER_LISTED = r"(?:[^\w.-]|\.(?:\D|$)|-(?:[^\dABab]|$)|$)"
