"""What is imported is pinned, in the file of those who need it."""

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"chat", "chatsite", "tests"}


def pinned(name: str) -> dict[str, str]:
    """Package → exact version, as the requirements file has them; what is not pinned fails."""
    found = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if line and not line.startswith("-r"):
            match = re.fullmatch(
                r"([a-z0-9-]+)(?:\[[a-z,]+\])?==([\w.]+)(?:; python_full_version < \S+)?", line
            )
            assert match, f"{name}: {line!r} is not pinned exactly"
            found[match[1]] = match[2]
    return found


def imported(*folders: str) -> Iterator[str]:
    """Distributions that the files under these folders import, the standard library left out."""
    distributions = importlib.metadata.packages_distributions()
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                for top in {name.partition(".")[0] for name in names} - OURS - sys.stdlib_module_names:
                    for distribution in distributions[top][:1]:
                        yield re.sub(r"[-_.]+", "-", distribution).lower()


@pytest.mark.slow
def test_what_the_product_imports_is_pinned_for_it() -> None:
    assert set(imported("chat", "chatsite")) - set(pinned("requirements.txt")) == set()


@pytest.mark.slow
def test_what_the_tests_import_is_pinned_for_them() -> None:
    known = pinned("requirements.txt").keys() | pinned("requirements-dev.txt").keys()
    assert set(imported("tests")) - known == set()


def test_the_two_files_do_not_repeat_each_other() -> None:
    assert not pinned("requirements.txt").keys() & pinned("requirements-dev.txt").keys()
