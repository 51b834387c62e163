"""What may stand around a number that is found: not a longer number, a decimal or an identifier."""

# A full stop or comma that ends the sentence may follow.
BEFORE = r"(?:^|[^\w.,-]|[^\d][.,]|\W-)"
AFTER = r"(?:[^\w.,-]|[.,-](?:\D|$)|$)"
