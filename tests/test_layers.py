"""Who may import whom. The layers are those of docs/architecture.md; an import that points up, or sideways to
another module on the same line, fails, and so does a file that has no place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From the top down. A module may import those below its own line.
LAYERS = [
    "apps urls routing tasks",
    "views consumers middleware context_processors admin management checks templatetags",
    "generation doors sweep forms",
    "reviews retention conversations people policies trial assistants proving search exports",
    "conf",
    "turns permissions audit live endpoints proofs workers moments",
    "runner wire",
    "models streamlog llm moderation",
    "markdown partial_json",
    "cycles events metrics patches threads",
]
PLACE = {noun: number for number, line in enumerate(LAYERS) for noun in line.split()}
# What text, protocols and judging are does not depend on a framework.
WITHOUT_DJANGO = {
    "cycles", "events", "metrics", "patches", "threads", "markdown", "partial_json", "moderation", "llm", "streamlog", "wire", "runner"
}  # fmt: skip
LONGEST = 250
# Writing a status outside turns would let a turn end without its verdict.
STATUS_WRITTEN = re.compile(r"\.update\([^)]*\bstatus=|\bturn\.status = ")

FILES = [path for path in sorted((ROOT / "chat").rglob("*.py")) if "migrations" not in path.parts]


def noun(path: Path) -> str:
    """The module or package directly under chat/ that a file belongs to; "" for chat itself."""
    first = path.relative_to(ROOT / "chat").parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imported(path: Path, source: str) -> Iterator[str]:
    """Absolute dotted names of everything the file imports, inside functions too."""
    package = ".".join(path.relative_to(ROOT).with_suffix("").parts[:-1]).split(".")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def faults(path: Path, source: str) -> list[str]:
    own = noun(path)
    if own and own not in PLACE:
        return [f"chat/{own} has no place; give it one in the layers"]
    found = []
    for name in imported(path, source):
        top, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if top == "chatsite":
            found.append(f"imports {name}; chat never imports chatsite")
        elif top == "django" and own in WITHOUT_DJANGO:
            found.append(f"imports {name}; engines know no Django")
        elif top in {"httpx", "httpcore", "aiohttp"} and own != "llm":
            found.append(f"imports {name}; the network's seam is chat/llm")
        elif top == "chat" and other != own and other in PLACE and own and PLACE[other] <= PLACE[own]:
            found.append(f"imports {name}, which is not below it")
    if own != "turns" and STATUS_WRITTEN.search(source):
        found.append("writes a status; only chat/turns does")
    if len(source.splitlines()) > LONGEST:
        found.append(f"has more than {LONGEST} lines; split it by noun")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_lies_below_it(path: Path) -> None:
    assert faults(path, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("chat/turns.py", "from . import conf"),
        ("chat/turns.py", "from .permissions import check"),
        ("chat/turns/running.py", "from ..generation import start"),
        ("chat/wire/session.py", "def later():\n    import django.utils"),
        ("chat/views/chat.py", "import httpx"),
        ("chat/conf.py", "import chatsite.settings"),
        ("chat/sweep.py", "Turn.objects.filter(pk=1).update(attempt=2, status='failed')"),
        ("chat/sweep.py", "turn.status = 'failed'"),
        ("chat/helpers.py", ""),
        ("chat/conf.py", "\n" * 251),
    ],
)
def test_each_rule_can_be_broken(path: str, source: str) -> None:
    assert faults(ROOT / path, source)


def test_the_rules_hold_in_what_may_be_imported() -> None:
    assert not faults(ROOT / "chat/views/turns.py", "from .. import conf, turns\nfrom ..models import Turn")
