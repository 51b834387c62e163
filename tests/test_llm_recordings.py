"""Every recorded answer gives what it is known to hold, through the client, however its bytes are cut."""

import pytest

from chat.llm import Finish, FinishReason
from tests.recordings import ENDS, PROTOCOLS, answer, asked_in_pieces, check, recordings

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), 7, 4096, 1 << 24])
@pytest.mark.parametrize("dialect", PROTOCOLS)
def test_a_recording_gives_its_answer_in_pieces_of_any_size(dialect: str, size: int) -> None:
    for case in recordings(dialect):
        deltas = asked_in_pieces(case, size)
        try:
            check(deltas, case["expected"])
        except AssertionError as error:
            raise AssertionError(f"{case['id']} in pieces of {size}") from error


def test_all_of_them_are_read() -> None:
    assert len(recordings()) == sum(len(recordings(dialect)) for dialect in PROTOCOLS) == 99


def test_only_an_end_that_is_known_is_one() -> None:
    for case in recordings():
        deltas = asked_in_pieces(case, 4096)
        for delta in deltas:
            if isinstance(delta, Finish):
                calls = bool(answer(deltas)["tool_calls"])
                wanted = ENDS.get(delta.raw or "", FinishReason.unknown)
                if case["dialect"] == "ollama" and calls:
                    wanted = FinishReason.tool_calls
                assert delta.reason is wanted, (case["id"], delta)
