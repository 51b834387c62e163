"""
PeopleError            what was asked cannot be done; the message is a sentence for the person
└── Throttled          too many attempts; `seconds` until the next is heard
"""


class PeopleError(Exception):
    @property
    def sentence(self) -> str:
        return str(self)


class Throttled(PeopleError):
    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        minutes = -(-seconds // 60)
        unit = "minute" if minutes == 1 else "minutes"
        super().__init__(f"Too many attempts that did not succeed. Try again in {minutes} {unit}.")
