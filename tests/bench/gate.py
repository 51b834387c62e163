"""What the gate costs, and how long it keeps a text back: without sockets, in the bench's own process."""

import itertools
import time

from chat.moderation import Rule, compile_rules, packs
from chat.moderation.patterns import PatternChecker
from tests.bench import corpus
from tests.bench.rows import quantile
from tests.bench.table import Table

RATE = 50  # tokens a second, for the time that a character waits
ROUNDS = 5  # of each text; the least counts, what disturbs a measurement only adds
# What stalls engines that go back: each a rule, over 20,000 characters that it may match to the last, and does not.
ATTACKS = ("a+$", "(a+)+$", r"((\w|b)(a+))+$", r"^.*a.*a.*a$", r"a.{0,300}b$")
ANSWERS = 10  # side by side, as a server has them: no answer's state is warm from the step before


def measure(table: Table) -> None:
    every = [rule for pack in packs.PACKS.values() for rule in pack.rules]
    for name, rules, goal in (
        ("starter pack", packs.starter_pack(), 15),
        (f"all packs, {len(every)} rules", every, 25),
    ):
        checker = compile_rules(rules)
        costs = {kind: _cost(checker, corpus.tokens(kind)) for kind in corpus.KINDS}
        for kind, cost in costs.items():
            table.row(f"gate, {name}, {kind}: CPU per token, µs", cost * 1e6, goal)
        held = [waits(checker, corpus.tokens(kind)) for kind in corpus.KINDS]
        characters = [count for counts, _ in held for count in counts]
        tokens = [count for _, counts in held for count in counts]
        mean = sum(characters) / len(characters)
        table.row(f"gate, {name}: held back after a token, mean characters", mean, 8)
        table.row(f"gate, {name}: held back after a token, p99 characters", quantile(characters, 0.99))
        for title, late in (
            ("mean", sum(tokens) / len(tokens)),
            ("p99", quantile(tokens, 0.99)),
        ):
            table.row(f"gate, {name}: a character waits at {RATE} tokens/s, {title} ms", late / RATE * 1e3)
    table.row(
        "gate, text made to stall it, 20,000 characters: longest step, ms",
        max(_longest_step(compile_rules([_rule(pattern)])) for pattern in ATTACKS) * 1e3,
        40,
        note="others wait",
    )


def waits(checker: PatternChecker, tokens: list[str]) -> tuple[list[int], list[int]]:
    """How many characters are held back after each token, and for how many tokens each character was."""
    gate = checker.gate("post", "markdown")
    held, waited = [], []
    came: list[int] = []  # with which token each character came that has not been shown yet
    for number, token in enumerate(tokens):
        came += [number] * len(token)
        let = sum(len(getattr(action, "text", "")) for action in gate.feed(token))
        waited += [number - each for each in came[:let]]
        del came[:let]
        held.append(len(came))
    return held, waited


def _rule(pattern: str) -> Rule:
    return Rule(name="a", title="a", reason="-", pattern=pattern, positives=(), negatives=(), source="-")


def _longest_step(checker: PatternChecker) -> float:
    """CPU seconds; what comes at a step's end or with the end of all is one."""
    gate = checker.gate("post", "markdown")
    longest = 0.0
    for token in [*["aaaa"] * 5000, "! ", "The", " end"]:
        began = time.process_time()
        gate.feed(token)
        longest = max(longest, time.process_time() - began)
    began = time.process_time()
    gate.finish()
    return max(longest, time.process_time() - began)


def _cost(checker: PatternChecker, tokens: list[str]) -> float:
    """CPU seconds for each token of an answer of 400."""
    tokens = list(itertools.islice(itertools.cycle(tokens), 400))
    spent = []
    for _ in range(ROUNDS):
        gates = [checker.gate("post", "markdown") for _ in range(ANSWERS)]
        began = time.process_time()
        for token in tokens:
            for gate in gates:
                gate.feed(token)
        spent.append(time.process_time() - began)
    return min(spent) / ANSWERS / len(tokens)
