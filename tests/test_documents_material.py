"""The collected JSON as a page shows it when it has ended: malformed and cut off are told apart, and neither may be taken."""

import base64
from typing import Any

import pytest

from chat.models import bodies
from chat.views.documents import document_view
from tests.material import load

pytestmark = pytest.mark.slow


def text_of(case: dict[str, Any]) -> str:
    """One is too large to be kept as bytes, and is made."""
    raw = base64.b64decode(case["b64"]) if case["b64"] else b'[{"":' * 50_000
    return bodies.clean(raw.decode("utf-8", "replace"))


@pytest.mark.parametrize("case", load("4-json/jsontestsuite.json")["cases"], ids=lambda case: case["id"])
def test_only_what_is_whole_is_shown_as_such(case: dict[str, Any]) -> None:
    shown = document_view(text_of(case))
    assert (shown.state == "complete") == (shown.problem == "")
    if case["expect"] in ("accept", "reject"):
        assert (shown.state == "complete") == (case["expect"] == "accept")


@pytest.mark.parametrize("case", load("4-json/real_argument_streams.jsonl"), ids=lambda case: case["id"])
def test_real_arguments_cut_off_anywhere_are_cut_off_and_not_malformed(case: dict[str, Any]) -> None:
    text = "".join(case["fragments"])
    assert (document_view(text).state == "complete") == case["complete"]
    for end in range(1, len(text.rstrip())):
        assert document_view(text[:end]).state == "incomplete", text[:end]
