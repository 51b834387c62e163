"""What rendering and gate alone take of an answer's CPU: the same text, in the same pieces and rhythm, without a server."""

import itertools
import time

from chat.markdown import render
from chat.markdown.renderer import Renderer
from chat.moderation import Release, compile_rules, packs
from chat.moderation.patterns import PatternChecker
from tests.bench import corpus

ROUNDS = 7
TICK = 0.04  # seconds; a processor that has slept for as long has cold caches and is slow


def cost(kind: str, tokens: int, together: int) -> float:
    """CPU seconds of an answer of which so many tokens come at each tick: the gate, the judgement of the whole, the drawing
    for one reader, and that of the answer's page.
    """
    pieces = list(itertools.islice(itertools.cycle(corpus.tokens(kind)), tokens))
    ticks = ["".join(pieces[start : start + together]) for start in range(0, tokens, together)]
    checker = compile_rules(packs.starter_pack())
    return sorted(_once(checker, ticks) for _ in range(ROUNDS))[ROUNDS // 2]


def _once(checker: PatternChecker, ticks: list[str]) -> float:
    gate, renderer = checker.gate("post", "markdown"), Renderer()
    spent = 0.0
    for text in [*ticks, ""]:
        time.sleep(TICK)
        began = time.process_time()
        for action in gate.feed(text) if text else gate.finish():
            if isinstance(action, Release):
                renderer.feed(action.text)
        if not text:
            checker.scan({"text": "".join(ticks)})
            render("".join(ticks))
        spent += time.process_time() - began
    return spent
