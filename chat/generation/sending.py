"""What a person writes is looked at by the rules before anything of it is stored."""

import logging
from collections.abc import Callable
from uuid import UUID

from .. import conf, metrics
from ..models import PolicyVersion
from ..moderation import Found

log = logging.getLogger("chat.generation")
Look = Callable[[PolicyVersion, str], str]


class Unsendable(Exception):
    """A rule finds something in what a person wrote; nothing of it is stored. `redacted`: the same without it."""

    def __init__(self, found: list[Found], redacted: str) -> None:
        super().__init__(", ".join(sorted({each.rule.name for each in found})))
        self.rules = list({each.rule.name: each.rule for each in found}.values())
        self.redacted = redacted

    @property
    def sentence(self) -> str:
        """For the person who wrote it."""
        nouns = [rule.noun for rule in self.rules]
        named = " and ".join([", ".join(nouns[:-1]), nouns[-1]] if len(nouns) > 1 else nouns)
        return f"This message was not sent, and nothing of it was stored: a rule of this chat found {named} in it."


class Unready(Exception):
    """This process meets the rules of `policy` for the first time: they are to be made before the database is locked."""

    def __init__(self, policy: PolicyVersion) -> None:
        super().__init__()
        self.policy = policy


def looking(turn: UUID, redact: bool, *, wait: bool = True) -> Look:
    """For `turns.create`: what is stored of a text. With `redact` that is what is left once all that was found is replaced.
    Raises Unsendable, and Unready with `wait`; without, the rules are made where they are met.
    """

    def look(policy: PolicyVersion, text: str) -> str:
        if wait and not conf.is_warm(policy):
            raise Unready(policy)
        redacted, found = conf.rules(policy).redacted(text)
        if found and redact:
            text = redacted
            redacted, found = conf.rules(policy).redacted(text)
        if found:
            refused = Unsendable(found, redacted)
            for rule in refused.rules:
                metrics.questions_refused.labels(rule.name).inc()
            log.info("turn %s: not begun, for what its question holds: %s", turn, refused)
            raise refused
        return text

    return look
