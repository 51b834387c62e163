"""Every action that is recorded has its words on the page and its row in docs/audit.md; and nothing else has."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import chat
from chat.audit.words import WORDS
from chat.models import Decision, PolicyChange, Suggestion

SOURCE = Path(chat.__file__).parent
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# What is put behind these where an action is made of two parts; a new one needs a row here.
MADE = {
    "case.": {str(action) for action in Decision.Action},
    "policy.": {str(action) for action in PolicyChange.Action},
    "suggestion.": {str(state) for state in Suggestion.State if state != Suggestion.State.OPEN},
    "group.": {"created", "changed"},
}


def trees() -> Iterator[ast.AST]:
    """All of the product but the words themselves."""
    for path in SOURCE.rglob("*.py"):
        if "migrations" not in path.parts and path.relative_to(SOURCE) != Path("audit/words.py"):
            yield ast.parse(path.read_text(encoding="utf-8"))


def recorded() -> tuple[set[str], set[str]]:
    """Actions that stand in the source, wherever they are handed on from, and the first parts of those that are made."""
    nouns = {action.split(".")[0] for action in WORDS}
    whole: set[str] = set()
    first: set[str] = set()
    for node in (each for tree in trees() for each in ast.walk(tree)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ACTION.fullmatch(node.value):
            whole |= {node.value} if node.value.split(".")[0] in nouns else set()
        if isinstance(node, ast.Call) and _name(node) == "record" and len(node.args) > 1:
            match node.args[1]:
                case ast.Constant(value=str(action)):  # of a noun that has no words at all, too
                    whole.add(action)
                case ast.JoinedStr(values=[ast.Constant(value=str(part)), *_]):
                    first.add(part)
                case ast.JoinedStr():
                    raise AssertionError(f"line {node.lineno}: begin with what it is about")
    return whole, first


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@pytest.mark.slow
def test_every_action_that_is_recorded_has_its_words_and_nothing_else_has() -> None:
    whole, first = recorded()
    assert len(whole) > 50
    assert first == MADE.keys()
    assert whole | {part + rest for part in first for rest in MADE[part]} == WORDS.keys()


@pytest.mark.slow
def test_of_a_group_it_is_recorded_that_it_was_made_or_changed() -> None:
    calls = [node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    said = {ast.literal_eval(call.args[1]) for call in calls if _name(call) == "record_group"}
    assert said == MADE["group."]


def test_the_table_of_entries_names_them_all_and_no_other() -> None:
    table = (SOURCE.parent / "docs" / "audit.md").read_text(encoding="utf-8").partition("| entry |")[2]
    cells = [line.split("|")[1] for line in table.partition("\n\n")[0].splitlines()[2:]]
    named = set(re.findall(r"`([a-z_.]+…?)`", "".join(cells)))
    assert len(named) > 40
    all_of = {name.removesuffix("…") for name in named if name.endswith("…")}
    single = {name for name in named if not name.endswith("…")}
    assert single <= WORDS.keys()
    assert {action for action in WORDS if not action.startswith(tuple(all_of))} == single
    assert all(any(action.startswith(noun) for action in WORDS) for noun in all_of)
