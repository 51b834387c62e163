"""What may stand around a number that is found: not a longer number, a decimal or an identifier."""

# A full stop or comma that ends the sentence may follow, and what is hung on, but for the fourth group of a UUID: its first
# three can be a card's sixteen digits.
BEFORE = r"(?:^|[^\w.,-]|[^\d][.,]|\W-)"
AFTER = r"(?:[^\w.,-]|[.,](?:\D|$)|-(?:[^\dABab]|$)|$)"
