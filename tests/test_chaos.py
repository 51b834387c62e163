"""Chaos finds what it is to find: pages that lose, double, reorder or go back, and rows that do not fit."""

from dataclasses import replace

import pytest

from chat import markdown
from tests.chaos import pages, plan, rows, texts
from tests.chaos.faults import LINES, PROCESSES, schedule

SEED = 4
NUMBER = next(n for n in range(99) if not plan.case(SEED, n).gateway and plan.case(SEED, n).kind == "prose")
SAID = plan.said(SEED, NUMBER, 0)


def seen(count: int, version: int = 0) -> str:
    """What a person sees of the first `count` characters."""
    renderer = markdown.Renderer()
    renderer.feed(plan.said(SEED, NUMBER, version)[:count])
    return pages.html.unescape(pages._TAG.sub("", renderer.html))


def compared(*looks: tuple[str, str, str], stored: str | None = None, epoch: int = 1) -> list[str]:
    """The problems of one reader: (id, event's name, what is seen or the event's data)."""
    text, found = "", []
    for identity, name, value in looks:
        text = value if name == "message" else text
        found.append((1, name, identity, "" if name == "message" else value, text, 1))
    work = pages.Work(
        NUMBER, SEED, {0: len(SAID), 1: 9999}, epoch, stored, False, [pages.Seen("reader", found)]
    )
    return pages.compare(work).problems


AGAIN = '{"state": "streaming", "note": "Writing it again from the start…"}'
HELD = '{"state": "held", "reference": "X"}'


@pytest.mark.slow
def test_a_page_that_only_grows_is_sound() -> None:
    whole = [(f"1.{n}", "message", seen(n)) for n in range(1, len(SAID), 7)]
    assert compared(*whole, stored=SAID) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("looks", "problem"),
    [
        ([("1.1", "message", seen(40) + "x")], "never said"),
        ([("1.1", "message", seen(20) + seen(20))], "never said"),
        ([("1.1", "message", seen(40)[5:])], "never said"),
        ([("1.2", "message", seen(60)), ("1.3", "message", seen(40))], "went back or changed"),
        ([("1.2", "message", seen(60)), ("1.3", "message", seen(90, 1))], "went back or changed"),
        ([("2.2", "message", seen(60)), ("1.3", "message", seen(80))], "went back from epoch"),
        ([("1.2", "message", seen(60)), ("2.1", "message", seen(90, 1))], "without a word"),
        ([("1.2", "message", seen(60)), ("1.3", "message", "")], "went back or changed"),
    ],
)  # fmt: skip
def test_a_page_that_loses_doubles_or_goes_back_is_found(
    looks: list[tuple[str, str, str]], problem: str
) -> None:
    [found] = compared(*looks)
    assert problem in found


def test_a_page_may_start_over_when_it_is_told_and_be_emptied_for_a_hold() -> None:
    assert compared(("1.2", "message", seen(60)), ("2.1", "message", ""), ("2.1", "state", AGAIN)) == []
    assert compared(("1.2", "message", seen(60)), ("1.9", "message", ""), ("1.9", "done", HELD)) == []


def test_a_message_that_lacks_what_was_shown_is_found() -> None:
    [found] = compared(("1.2", "message", seen(60)), stored=SAID[:40])
    assert "the message ends in" in found


def test_a_message_must_be_what_was_said_to_its_end_or_a_beginning_of_what_was_sent() -> None:
    case = plan.case(SEED, NUMBER)
    play = {"version": 0, "sent": 50, "ended": False}

    def problems(text: str, finish: str, **changes: object) -> list[str]:
        return rows.text_problems(SEED, case, {"finish": finish}, text, [play | changes])

    said = texts.clean(SAID)
    assert problems(said, "complete", ended=True) == []
    assert problems(said, "complete")
    assert problems(said[:-1], "complete", ended=True)
    assert problems(said[:50], "broken") == []
    assert problems(said[:51], "broken")
    assert problems(said[1:50], "stopped")


def test_a_seed_draws_the_same_run_again_and_every_kind_of_fault_comes() -> None:
    assert plan.case(7, 12) == plan.case(7, 12) != replace(plan.case(7, 12), number=13)
    for table in (PROCESSES, LINES):
        drawn = schedule(table, len(table) + 5, plan.random.Random(1))
        assert drawn == schedule(table, len(table) + 5, plan.random.Random(1))
        assert set(drawn) == set(table)
