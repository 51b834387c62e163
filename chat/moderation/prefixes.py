"""Patterns for the beginnings of what a pattern matches: what a text that goes on may still become.

For a pattern's tree: pre(c) = ε, pre(AB) = pre(A) | A·pre(B), pre(A|B) = pre(A) | pre(B), pre(X{m,n}) = X{0,n-1}·pre(X).
A border has no length, so what stands before it is a beginning too, whether or not the border will turn out to be there.
"""

from __future__ import annotations

from collections.abc import Iterable

from .syntax import EMPTY, Alt, Atom, Border, Node, Repeat, Seq, seq

# Above this many, a counted repetition becomes one without end inside a beginning. To hold more is always safe, and a count
# is what makes an automaton large: with 50 in 221 rules it is two hundred times slower.
COUNTED = 8


def whole(node: Node, loosely: bool = False) -> str:
    """What matches `node`, for RE2, or (`loosely`) a little more."""
    if isinstance(node, Atom | Border):
        return node.text
    if isinstance(node, Alt):
        return _either(whole(option, loosely) for option in node.options)
    if isinstance(node, Seq):
        return "".join(whole(part, loosely) for part in node.parts)
    least, most = node.least, node.most
    if loosely and (most is None or most > COUNTED):
        least, most = min(least, 1), None
    return f"(?:{whole(node.node, loosely)}){_count(least, most)}"


def begun(node: Node) -> str:
    """What matches the proper beginnings of `node`, the empty one among them."""
    if isinstance(node, Atom | Border):
        return ""
    if isinstance(node, Alt):
        shared = factored(node)
        return (
            _either(begun(option) for option in shared.options) if isinstance(shared, Alt) else begun(shared)
        )
    if isinstance(node, Seq):
        # From the end: each part is written once in full and once as its beginnings.
        rest = begun(node.parts[-1]) if node.parts else ""
        for part in reversed(node.parts[:-1]):
            rest = _either((begun(part), whole(part, loosely=True) + rest))
        return rest
    if node.most == 0:
        return ""
    more = None if node.most is None or node.most > COUNTED else node.most - 1
    return (f"(?:{whole(node.node, loosely=True)}){_count(0, more)}" if more != 0 else "") + begun(node.node)


def factored(node: Alt) -> Node:
    """The same with common beginnings written once, to any depth: a list of words becomes a tree of its letters."""
    options = tuple(dict.fromkeys(node.options))
    groups: dict[Node, list[Node]] = {}
    for option in options:
        parts = option.parts if isinstance(option, Seq) else (option,)
        groups.setdefault(parts[0] if parts else EMPTY, []).append(Seq(parts[1:]))
    made: list[Node] = []
    for head, rests in groups.items():
        made.append(seq((head, *([_shared(rests)] if head != EMPTY else []))))
    return made[0] if len(made) == 1 else Alt(tuple(made))


def _shared(rests: list[Node]) -> Node:
    return rests[0] if len(rests) == 1 else factored(Alt(tuple(rests)))


def ends_at_a_border(node: Node) -> bool:
    """Whether what follows a match may have a say in it."""
    if isinstance(node, Border):
        return True
    if isinstance(node, Alt):
        return any(ends_at_a_border(option) for option in node.options)
    if isinstance(node, Repeat):
        return ends_at_a_border(node.node)
    if isinstance(node, Seq):
        for part in reversed(node.parts):
            if ends_at_a_border(part):
                return True
            if not _may_be_empty(part):
                return False
    return False


def fixed(node: Node, most: int) -> list[tuple[int, Node]] | None:
    """The ways to match `node`, each with its length, where they are few and none is longer than `most` characters."""
    if isinstance(node, Atom | Border):
        return [(int(isinstance(node, Atom)), node)]
    if isinstance(node, Repeat):
        if node.least != node.most or node.least > most:
            return None
        return fixed(seq([node.node] * node.least), most)
    if isinstance(node, Alt):
        found = [fixed(option, most) for option in node.options]
        ways = None if None in found else [way for each in found for way in each or ()]
    else:
        ways = [(0, EMPTY)]
        for part in node.parts:
            more = fixed(part, most)
            if more is None or ways is None:
                return None
            ways = [(length + other, seq((one, two))) for length, one in ways for other, two in more]
    return (
        ways if ways is not None and len(ways) <= 12 and all(length <= most for length, _ in ways) else None
    )


def beginning(node: Node, length: int) -> str:
    """What matches the first `length` characters of every match, all of one that is shorter, and at the end of the text as
    many of them as there are.
    """
    return _ahead((node,), length, True)


def _ahead(stack: tuple[Node, ...], length: int, first: bool) -> str:
    if length == 0:
        return ""
    nexts, complete = _nexts(stack)
    if complete:
        return ""
    options = [] if first else [r"\z"]
    for node, rest in nexts:
        at_border = isinstance(node, Border)
        options.append(node.text + _ahead(rest, length - (not at_border), first and at_border))
    return _either(options)


def _nexts(stack: tuple[Node, ...]) -> tuple[list[tuple[Atom | Border, tuple[Node, ...]]], bool]:
    """The atoms and borders that may come next, each with what follows it; and whether nothing need come any more."""
    found: dict[tuple[Atom | Border, tuple[Node, ...]], None] = {}
    seen: set[tuple[Node, ...]] = set()
    waiting, complete = [stack], False
    while waiting:
        stack = waiting.pop()
        if stack in seen:
            continue
        seen.add(stack)
        if not stack:
            complete = True
            continue
        node, rest = stack[0], stack[1:]
        if isinstance(node, Atom | Border):
            found[node, rest] = None
        elif isinstance(node, Seq):
            waiting.append((*node.parts, *rest))
        elif isinstance(node, Alt):
            waiting += [(option, *rest) for option in node.options]
        else:
            if node.least == 0 or _may_be_empty(node.node):
                waiting.append(rest)
            if node.most != 0:
                fewer = Repeat(
                    node.node, max(0, node.least - 1), None if node.most is None else node.most - 1
                )
                waiting.append((node.node, fewer, *rest))
    return list(found), complete


def longest(node: Node) -> int | None:
    """Characters of the longest match; None where there is no end to it."""
    if isinstance(node, Atom | Border):
        return int(isinstance(node, Atom))
    if isinstance(node, Repeat):
        each = longest(node.node)
        if each == 0 or node.most == 0:
            return 0
        return None if each is None or node.most is None else each * node.most
    found = [longest(part) for part in (node.options if isinstance(node, Alt) else node.parts)]
    lengths = [each for each in found if each is not None]
    if len(lengths) < len(found):
        return None
    return max(lengths, default=0) if isinstance(node, Alt) else sum(lengths)


def _shortest(node: Node) -> int:
    if isinstance(node, Atom):
        return 1
    if isinstance(node, Border):
        return 0
    if isinstance(node, Alt):
        return min(_shortest(option) for option in node.options)
    if isinstance(node, Repeat):
        return node.least * _shortest(node.node)
    return sum(_shortest(part) for part in node.parts)


def _may_be_empty(node: Node) -> bool:
    return _shortest(node) == 0


def _either(options: Iterable[str]) -> str:
    found = list(dict.fromkeys(options))
    if found == [""]:
        return ""
    if "" in found:
        rest = [option for option in found if option]
        return f"(?:{'|'.join(rest)})?"
    return f"(?:{'|'.join(found)})" if len(found) > 1 else found[0]


def _count(least: int, most: int | None) -> str:
    if most is None:
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    return f"{{{least}}}" if least == most else f"{{{least},{most}}}"
