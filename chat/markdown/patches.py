"""From one drawing to the next: the fewest changes at the right-hand edge of the tree.

Everything but the edge is closed, so a change is an addition at the end of some open elements, and
at most one replacement of the innermost of them.
"""

from __future__ import annotations

from chat.markdown.nodes import Element, Node, markup
from chat.patches import Patch


def changes(old: Element, new: Element) -> list[Patch]:
    """The patches that make a page showing `old` show `new` (two drawings of the content element)."""
    found = _within(old, new, 0, False)
    if found is None:
        return [Patch(0, "innerHTML", markup([*new.base[: new.size], *new.kids], False))]
    return found


def _within(old: Element, new: Element, depth: int, guarded: bool) -> list[Patch] | None:
    """Patches for the children of one element, or None where the element itself must be redrawn."""
    guarded = guarded or new.guarded
    before = merged_kids(old)
    after = new.since(old.size)
    last = len(before) - 1
    for index, was in enumerate(before):
        if index >= len(after):
            return None
        now = after[index]
        rest = after[index + 1 :]
        if isinstance(was, str):
            if was == now:
                continue
            if not isinstance(now, str) or not now.startswith(was):
                return None
            tail: list[Node] = [now[len(was) :], *rest]
            if index == last:
                return [Patch(depth, "beforeend", markup(tail, guarded))]
            if index == last - 1:
                return [Patch(depth + 1, "outerHTML", markup(tail, guarded))]
            return None
        if index < last:
            if isinstance(now, str) or not same(was, now):
                return None
            continue
        inner = None
        if isinstance(now, Element) and was.open == now.open:
            inner = _within(was, now, depth + 1, guarded)
        if inner is None:
            return [Patch(depth + 1, "outerHTML", markup([now, *rest], guarded))]
        if rest:
            inner.insert(0, Patch(depth, "beforeend", markup(rest, guarded)))
        return inner
    added = after[len(before) :]
    return [Patch(depth, "beforeend", markup(added, guarded))] if added else []


def merged_kids(element: Element) -> list[Node]:
    return Element.since(element.view(element.kids), len(element.base))


def same(was: Element, now: Element) -> bool:
    """Whether a child that is not the last one looks the same in both drawings."""
    if was is now:
        return True
    if was.open != now.open:
        return False
    before, after = merged_kids(was), now.since(was.size)
    if len(before) != len(after):
        return False
    for left, right in zip(before, after, strict=True):
        if isinstance(left, str) or isinstance(right, str):
            if left != right:
                return False
        elif not same(left, right):
            return False
    return True
