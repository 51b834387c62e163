"""What an administrator entered and cannot be kept."""


class Refused(Exception):
    """The message is a sentence for the person; `field` is the name of what it is about, "" for the whole."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
