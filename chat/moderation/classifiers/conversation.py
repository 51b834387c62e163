"""A text as the last message of a conversation, which is how guard models take one."""

from .dialect import BEFORE, QUESTION, Part
from .frame import excerpt, neutral

# Their templates want the speakers to take turns, a person first; an answer whose question is not known follows this one.
ANY_QUESTION = "Please go on."


def messages(part: Part) -> list[dict[str, str]]:
    """The question and the answer, or what a person wrote alone. What was judged before stands at the beginning of the
    message: such models judge the last one, and know no other place for it.
    """
    # The end of it: what is near is what a text goes on with.
    text = neutral(part.before[-BEFORE:] + part.text)
    if part.role == "user":
        return [{"role": "user", "content": text}]
    question = neutral(excerpt(part.question, QUESTION)).strip() or ANY_QUESTION
    return [{"role": "user", "content": question}, {"role": "assistant", "content": text}]
