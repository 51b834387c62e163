"""Every way a moderation endpoint can answer, and what becomes of the answer it should have judged."""

import itertools
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.provider import FORBIDDEN, SECRET, Provider, say
from tests.server import sound
from tests.server.reading import Page
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow]

TEXT = "An aardvark walks into a bar and orders a zebra."
ERRORS = [
    "status-500", "status-503", "status-429", "status-401", "status-404", "hang", "reset", "error-in-200",
    "error-beside-results", "truncated", "not-json", "null", "no-verdict", "string-verdict", "half-flagged",
    "one-too-many", "one-too-few",
]  # fmt: skip


@pytest.fixture
def checked(sluice: Callable[..., Server], provider: Provider) -> Callable[..., Server]:
    def start(**env: str) -> Server:
        provider.script("aardvark", say(TEXT))
        settings = {
            "CHAT_MODERATION_URL": provider.url("check"), "CHAT_MODERATION_TIMEOUT": "5",
            "DJANGO_SETTINGS_MODULE": "tests.server.patched", **env,
        }  # fmt: skip
        return sluice(**settings)

    return start


def test_only_a_pass_of_every_checker_makes_a_message(
    checked: Callable[..., Server], provider: Provider
) -> None:
    server = checked()
    client = server.client()
    kinds = {"pass": "", "flag": "flagged", **dict.fromkeys(ERRORS, "unchecked")}
    for behaviour, kind in kinds.items():
        provider.moderate("check", behaviour)
        asked = len(provider.requests("check"))
        turn = client.ask("s/aardvark")
        end = client.finished(turn)
        assert end["state"] == ("held" if kind else "saved"), behaviour
        assert server.turn(turn)["hold_kind"] == kind, behaviour
        assert server.message(turn) == (None if kind else TEXT), behaviour
        judged = [request["body"]["input"] for request in provider.requests("check")[asked:]]
        assert set(judged) == {TEXT}, behaviour
        outcome = {"": "pass", "flagged": "flag", "unchecked": "error"}[kind]
        results = dict(sound.rows(server, "checkresult", "checker, outcome", turn))
        assert results == {"rules": "pass", "moderation": outcome}, behaviour
        verdicts = sound.rows(server, "verdict", "outcome, required", turn)
        assert verdicts == [(kind or "pass", 2)], behaviour
        if kind == "unchecked":  # an answer in between, or it would soon be asked no more
            provider.moderate("check", "pass")
            assert client.finished(client.ask("s/aardvark"))["state"] == "saved", behaviour
        if kind:
            assert end["reference"], behaviour
            _nothing_to_read(server, turn)
            words = "was held by moderation" if kind == "flagged" else "could not be checked yet"
            assert words in client.answer(turn), behaviour
    sound.check(server)


def test_a_checker_that_is_not_there_at_all_passes_nothing(checked: Callable[..., Server]) -> None:
    server = checked(CHAT_MODERATION_URL="http://127.0.0.1:9/v1")
    client = server.client()
    turn = client.ask("s/aardvark")
    assert client.finished(turn)["state"] == "held"
    assert server.turn(turn)["hold_kind"] == "unchecked"
    _nothing_to_read(server, turn)


def test_a_rule_of_ours_holds_what_the_endpoint_passes_and_what_it_cannot_judge(
    checked: Callable[..., Server], provider: Provider
) -> None:
    server = checked()
    client = server.client()
    provider.script("leak", say(f"aardvark {SECRET} zebra"))
    for behaviour in ("pass", "status-500"):
        provider.moderate("check", behaviour)
        turn = client.ask("s/leak")
        assert client.finished(turn)["state"] == "held"
        assert server.turn(turn)["hold_kind"] == "flagged", behaviour
        _nothing_to_read(server, turn)


def test_the_text_is_taken_back_from_readers_and_how_much_of_it_they_had_is_recorded(
    checked: Callable[..., Server], provider: Provider
) -> None:
    server = checked()
    provider.moderate("check", "gate")
    ann = server.client("ann")
    text = f"zebra {FORBIDDEN} aardvark"
    provider.script("bad", [["text", "zebra "], ["gate"], *say(f"{FORBIDDEN} aardvark")])
    turn = ann.ask("s/bad")
    page = Page()
    early, late = ann.events(turn), ann.events(turn)
    while "zebra" not in page.text:
        page.apply(next(iter(early)))
    early.cut()
    provider.release("bad")
    late.until("state", "state")
    moderating = late.until("state")[-1]
    assert json.loads(moderating.data)["state"] == "moderating"
    provider.release("check")
    last = late.until("done")[-1]
    assert json.loads(last.data)["state"] == "held"
    (ann_id,) = server.rows("SELECT id FROM chat_user WHERE username = 'ann'")[0]
    shown = sound.rows(server, "exposure", "attempt, person_id, route, characters", turn)
    assert sorted(shown) == [(1, ann_id, "sse", len("zebra ")), (1, ann_id, "sse", len(text))]
    _nothing_to_read(server, turn)


def test_an_unchecked_answer_passes_by_itself_once_the_checker_is_back(
    checked: Callable[..., Server], provider: Provider
) -> None:
    server = checked(RECHECK_FIRST="0.2")
    client = server.client()
    provider.moderate("check", "status-500")
    turn = client.ask("s/aardvark")
    reference = client.finished(turn)["reference"]
    _until(lambda: len(sound.rows(server, "verdict", "round", turn)) >= 3)
    assert server.turn(turn)["hold_kind"] == "unchecked"
    asked = [request["began"] for request in provider.requests("check")]
    waits = [after - before for before, after in itertools.pairwise(asked)]
    print("seconds between rounds:", [round(wait, 1) for wait in waits])
    provider.moderate("check", "pass")
    _until(lambda: server.turn(turn)["status"] == "saved")
    assert server.message(turn) == TEXT
    assert TEXT in client.answer(turn)
    assert sound.rows(server, "case", "reference, state", turn) == [(reference, "passed")]
    rounds = [number for (number,) in sound.rows(server, "verdict", "round", turn)]
    assert rounds == list(range(1, len(rounds) + 1))
    sound.check(server)


def test_an_unchecked_answer_may_still_be_flagged_and_is_not_tried_again_after_that(
    checked: Callable[..., Server], provider: Provider
) -> None:
    server = checked(RECHECK_FIRST="0.2")
    client = server.client()
    provider.moderate("check", "error-in-200")
    turn = client.ask("s/aardvark")
    client.finished(turn)
    provider.moderate("check", "flag")
    _until(lambda: server.turn(turn)["hold_kind"] == "flagged")
    assert "was held by moderation" in client.answer(turn)
    assert sound.rows(server, "case", "kind, state", turn) == [("flagged", "open")]
    (left,) = server.rows("SELECT count(*) FROM chat_turn WHERE recheck_at IS NOT NULL")[0]
    assert left == 0
    _nothing_to_read(server, turn)
    sound.check(server)


def _until(true: Callable[[], Any], within: float = 30) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, f"not within {within} s"
        time.sleep(0.05)


def _nothing_to_read(server: Server, turn: UUID) -> None:
    """Of a held answer nothing is left for its owner: no stream, no page, no title, no other address."""
    client = server.client("ann")
    for cursor in ("", "1.1", "1.3", "2.1", "x"):
        with client.events(turn, after=cursor) as stream:
            assert [event.name for event in stream] == ["done"]
    key = str(turn) if server.database else turn.hex
    (conversation,) = server.rows("SELECT conversation_id FROM chat_turn WHERE id = %s", key)[0]
    pages = [f"/turns/{turn}/", f"/turns/{turn}/answer/", f"/c/{UUID(str(conversation))}/", "/sidebar/", "/"]
    for address in pages:
        page = client.get(address)
        assert page.status_code == 200, address
        assert "zebra" not in page.text, address
        assert FORBIDDEN not in page.text, address
        assert SECRET not in page.text, address
