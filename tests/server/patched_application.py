"""Sluice that kills itself at a named step of one turn, as kill -9 would, or that waits less where tests must not wait.

DIE_AT         `module:attribute:before|after[:word]`; a word must stand in the arguments, as the turn's id must
DIE_TURN       the id of the turn; what names it may write it without hyphens
RECHECK_FIRST  seconds until an unchecked candidate is tried again, for the constant of that name
CHECKERS       JSON: classifiers that the settings' policy requires beside its own
QUESTIONS      the same of what people write
MODE           how that policy releases text: post, window, full
LOOK, PROVE    seconds between two looks for classifiers that are to be proved, and between two proofs of one
"""

import importlib
import inspect
import json
import os
import signal
from datetime import timedelta
from typing import Any

from django.db.models import Model

from chat import conf, proofs, proving
from chat.policies import environment
from chat.turns import judging
from chatsite.asgi import application

__all__ = ["application"]


def _die_at(point: str, turn: str) -> None:
    module, path, when, *words = point.split(":")
    holder: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        holder = getattr(holder, part)
    original = getattr(holder, name)

    def reached(moment: str, *called: Any) -> None:
        rows = [vars(each) for each in called[0] if isinstance(each, Model)] if called else []
        said = repr((called, rows)).replace("-", "")
        if moment == when and all(word in said for word in (turn.replace("-", ""), *words)):
            os.kill(os.getpid(), signal.SIGKILL)

    if inspect.iscoroutinefunction(original):

        async def step(*args: Any, **kwargs: Any) -> Any:
            reached("before", args, kwargs)
            result = await original(*args, **kwargs)
            reached("after", args, kwargs)
            return result
    else:

        def step(*args: Any, **kwargs: Any) -> Any:  # type: ignore[misc]
            reached("before", args, kwargs)
            result = original(*args, **kwargs)
            reached("after", args, kwargs)
            return result

    setattr(holder, name, step)


if _point := os.environ.get("DIE_AT"):
    _die_at(_point, os.environ["DIE_TURN"])
if _seconds := os.environ.get("RECHECK_FIRST"):
    judging.RECHECK_FIRST = float(_seconds)
if {"CHECKERS", "QUESTIONS"} & os.environ.keys():
    _definition = conf.policy_definition

    def _more() -> dict[str, Any]:
        found = _definition()
        return found | {
            "mode": os.environ.get("MODE", found["mode"]),
            "checkers": [*found["checkers"], *json.loads(os.environ.get("CHECKERS", "[]"))],
            "input": json.loads(os.environ.get("QUESTIONS", "[]")),
        }

    conf.policy_definition = _more
    environment._followed = False  # what starts the server has followed the settings as they are
if _seconds := os.environ.get("LOOK"):
    proving.LOOK = float(_seconds)
if _seconds := os.environ.get("PROVE"):
    proofs.PERIOD = timedelta(seconds=float(_seconds))
    proofs.FIRST = float(_seconds)
