"""The documents say what is so: every setting, every command, every link."""

import re
from pathlib import Path

import pytest
import yaml

import chatsite.settings  # noqa: F401  reading the settings is what fills KNOWN
from chat import metrics
from chatsite import environment

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def documented() -> set[str]:
    """The names in the first column of the tables of docs/settings.md."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([A-Z_]+)`", text, re.MULTILINE))


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    assert documented() == environment.KNOWN


def test_every_number_is_documented_and_alerts_ask_for_numbers_that_exist() -> None:
    text = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
    ours = {family.name for family in metrics.registry.collect() if family.name.startswith("sluice_")}
    told = set(re.findall(r"^\| `(sluice_[a-z_]+)`", text, re.MULTILINE))
    assert {name.removesuffix("_total") for name in told} == ours
    rules = yaml.safe_load((ROOT / "docs" / "deploy" / "alerts.yml").read_text(encoding="utf-8"))
    asked = {
        name
        for group in rules["groups"]
        for rule in group["rules"]
        for name in re.findall(r"sluice_[a-z_]+", rule["expr"])
    }
    assert len(asked) >= 5
    assert {name.removesuffix("_total").removesuffix("_bucket") for name in asked} <= ours


def test_the_commands_the_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"\bmake ([a-z]+)`?", _code(path))}
    assert {"run", "test"} <= named
    assert named <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    assert [each for each in targets if not _exists(path, each)] == []


def _exists(path: Path, target: str) -> bool:
    file, _, heading = target.partition("#")
    destination = path.parent / file if file else path
    if not destination.exists():
        return False
    return not heading or heading in _headings(destination)


def _headings(path: Path) -> set[str]:
    lines = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def _code(path: Path) -> str:
    """What stands in code blocks and between backticks."""
    return "\n".join(re.findall(r"```.*?```|`[^`]+`", path.read_text(encoding="utf-8"), re.DOTALL))
