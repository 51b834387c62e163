"""The model's server of a chaos run, in a process of its own: it says and breaks what the plan says.

It keeps a record of every request: which text of which case it played, from where, how many characters it handed to
the network, and whether it came to its end. `GET /control/plays` gives them.
"""

import argparse
import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from chat.moderation.classifiers.classifier import TRIES
from tests.chaos import plan, texts
from tests.chaos.texts import clean
from tests.provider_judging import in_effect, moderation
from tests.provider_played import gateway
from tests.provider_scripts import END, Script, Step, status
from tests.provider_server import Server

_CASE = re.compile(r"case (\d+):")
_WORD = re.compile(r"zq(\d+)x")
_UNCHECKED = ("status-500", "error-in-200", "truncated", "hang", "reset", "no-verdict")


class Model(Server):
    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed
        self._plays: list[dict[str, Any]] = []
        self._asked: Counter[int] = Counter()
        self._judged: Counter[int] = Counter()

    def _choose(self, path: str, asked: Any, headers: dict[str, str]) -> tuple[str, Any]:
        if path.endswith("/models"):
            return super()._choose(path, asked, headers)
        if path.endswith("/moderations"):
            return "checker", moderation(in_effect(self._behaviour(asked), "right", asked), asked)
        messages = asked["messages"]
        questions = [each["content"] for each in messages if each["role"] == "user"]
        number = int(_CASE.match(questions[-1])[1])  # type: ignore[index]
        request = self._asked[number]
        self._asked[number] += 1
        play: dict[str, Any] = {
            "case": number, "request": request, "version": request, "from": 0, "sent": 0, "ended": False, "problem": "",
        }  # fmt: skip
        self._plays.append(play)
        begun = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
        play["problem"] = _held_text_in(self._seed, messages[:-1] if begun else messages)
        if name := plan.case(self._seed, number).gateway:
            play["version"] = -1
            # What it had said before it broke is all there is.
            return name, END if begun else gateway(name)
        if begun:
            self._begun(play, begun)
        return f"case {number}", _script(self._seed, play)

    def _begun(self, play: dict[str, Any], begun: str) -> None:
        """An answer that is to be continued: it must be one of those that were said."""
        for version in range(play["request"]):
            if clean(plan.said(self._seed, play["case"], version)).startswith(clean(begun)):
                play |= {"version": version, "from": len(begun), "sent": len(begun)}
                return
        play["problem"] = f"asked to continue what was never said: {begun[-80:]!r}"

    def _behaviour(self, asked: Any) -> str:
        found = _WORD.search(json.dumps(asked, ensure_ascii=False))
        if found is None:
            return "words"
        number = int(found[1])
        behaviour = random.Random(f"{self._seed}/{number}/checker").choice(_UNCHECKED)
        times = (
            TRIES if behaviour in ("status-500", "reset") else 1
        )  # what passes by itself is asked again at once
        if plan.case(self._seed, number).special != "unchecked" or self._judged[number] >= times:
            return "words"
        self._judged[number] += 1
        return behaviour

    async def _control(self, method: str, target: str, asked: Any) -> Any:
        if urlsplit(target).path == "/control/plays":
            return self._plays
        return await super()._control(method, target, asked)


def _script(seed: int, play: dict[str, Any]) -> Iterator[Step]:
    """The steps of one answer; `play` is kept up to date as they are taken."""
    number, request = play["case"], play["request"]
    wanted = plan.case(seed, number)
    whole = plan.said(seed, number, play["version"])
    manner = wanted.manner(request)
    if manner == "busy":
        yield status(503, "loading model")[0]
        return
    if manner == "reset-before":
        yield ["reset"]
        return
    if manner == "error-at-once":
        yield status(400, f"the request of {number} is bad")[0]
        return
    said = whole
    if manner.endswith("-after") or manner == "garbage":
        said = whole[: max(play["from"], plan.breaks_at(seed, number, request, len(whole)))]
    chance = random.Random(f"{seed}/{number}/{request}/pieces")
    cut = texts.pieces(chance, said[play["from"] :])
    for piece in cut:
        play["sent"] += len(piece)
        yield ["text", piece]
        yield ["wait", wanted.seconds / max(1, len(cut)) * chance.uniform(0.2, 1.8)]
    yield from _end(manner)
    play["ended"] = manner == "whole"
    if manner == "whole":
        yield from END


def _end(manner: str) -> Script:
    return {
        "error-after": [["event", {"error": {"message": "the engine stopped", "code": 500}}], ["done"]],
        "reset-after": [["reset"]],
        "cut-after": [["cut"]],
        "hang-after": [["hang"]],
        "garbage": [["raw", 'data: {"choices":[{"delta":{"con\n\n'], ["done"]],
        "no-finish": [["done"]],
        "length": [["finish", "length"], ["done"]],
        "blocked": [["finish", "content_filter"], ["done"]],
        "whole": [],
    }[manner]


def _held_text_in(seed: int, messages: list[dict[str, str]]) -> str:
    """What is wrong with the context: an earlier answer that moderation had to hold."""
    for message in messages:
        if message["role"] == "assistant" and (found := _WORD.search(message["content"])):
            special = plan.case(seed, int(found[1])).special
            if special in ("secret", "flagged") and f"this stays {special}" in message["content"]:
                return f"the held answer of case {found[1]} was sent as context"
    return ""


async def _serve(seed: int, port: int) -> None:
    await Model(seed).serve(port, asyncio.Event(), asyncio.Event())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The provider of a chaos run.")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    asyncio.run(_serve(options.seed, options.port))
