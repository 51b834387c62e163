"""Where the shared cases lie, and how a test reads them.

The cases are not part of this repository: `SLUICE_MATERIAL` names the folder, or it is looked for
beside the checkout. A test that needs one is skipped with a reason where it is absent.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def folder() -> Path | None:
    """The folder of cases, or None where this machine has none."""
    named = os.environ.get("SLUICE_MATERIAL")
    path = Path(named) if named else ROOT.parent / "shared" / "material"
    return path if path.is_dir() else None


def load(name: str) -> Any:
    """The JSON (or list of JSON lines) in `name`; skips the calling test or module where it is absent."""
    path = (folder() or Path("absent")) / name
    if not path.is_file():
        pytest.skip(f"shared cases not found: {name}", allow_module_level=True)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return json.loads(text)
