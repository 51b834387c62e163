"""How the fake provider goes on with a given beginning of an answer, at any character.

A last message of the assistant's is taken as one. The script that is due plays on behind it: what lies before is not
sent, nor a break that stands right there. A beginning that is not the script's is a 400, so that a test sees a wrong one.
A first step changes how a scenario does it: ["continues", "refuses"] (400, as llama.cpp does while a model thinks),
"repeats" (the beginning comes once more) or "trims" (no blanks at the start of what follows).
"""

from itertools import takewhile
from typing import Any

from tests.provider_scripts import Script, status

_BREAKS = ("reset", "cut", "event", "raw")


def beginning(asked: Any) -> str:
    """What the last message of the assistant's holds, or "" where somebody else spoke last."""
    last = (asked.get("messages") or [{}])[-1]
    return last["content"] if last.get("role") == "assistant" else ""


def question(asked: Any) -> str:
    """The last thing a person said. Where nothing was answered in between, some protocols join it to what came before."""
    last = next(message["content"] for message in reversed(asked["messages"]) if message["role"] == "user")
    return last.rpartition("\n\n")[2]


def rest(script: Script, asked: Any) -> Script:
    """What a script still has to play for somebody who has this much of its text."""
    manner, begun = "", beginning(asked)
    if script and script[0][0] == "continues":
        manner, script = script[0][1], script[1:]
    if not begun:
        return script
    if manner == "refuses":
        return status(400, "Assistant response prefill is incompatible with enable_thinking.")
    steps, left = list(script), begun
    while left:
        kind, *values = steps.pop(0)
        if kind == "text":
            if not left.startswith(values[0]) and not values[0].startswith(left):
                return status(400, f"that is not what was said: {left[:60]!r}")
            if len(values[0]) > len(left):
                steps.insert(0, ["text", values[0][len(left) :]])
            left = left[len(values[0]) :]
        if not steps:
            return status(400, f"that was never said: {left[:60]!r}")
    # The blanks at its end were not given, and what broke off behind them does so once.
    here = list(takewhile(lambda step: step[0] in ("wait", *_BREAKS) or not str(step[-1]).strip(), steps))
    steps = [step for step in here if step[0] == "text"] + steps[len(here) :]
    if manner == "repeats":
        steps = [["text", begun[at : at + 7]] for at in range(0, len(begun), 7)] + steps
    if manner == "trims" and steps[0][0] == "text":
        steps[0] = ["text", steps[0][1].lstrip()]
    return steps
