"""An answer with a shape in a browser: it grows as a document, and is to be trusted only when all of it is there."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from chat.partial_json import render
from tests.material import load
from tests.provider import END, FORBIDDEN, Provider, gated
from tests.proxy import Proxy
from tests.servers import Server
from tests.shapes import CUT_OFF, IN_PROSE, ORDER, VALID, WITHOUT_TOTAL, WRONG_TYPE, ask_for

from .answers import pieces
from .conftest import Watch
from .house import ANSWER, NETWORK, asking
from .standing import standing
from .talk import answer, content, ends, say, shows, until
from .test_accessibility import complaints


@pytest.fixture(scope="module")
def server(
    prepared_data: tuple[Path, str, dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
    provider: Provider,
) -> Iterator[Server]:
    """A server whose assistant asks for an ORDER."""
    with standing(prepared_data, tmp_path_factory.mktemp("shape"), **asking(provider)) as server:
        ask_for(server, ORDER)
        yield server


@pytest.fixture(autouse=True)
def _fresh(provider: Provider) -> Iterator[None]:
    provider.clear()
    yield
    provider.release(ANSWER, 99)


STAGES = [
    ('{"customer": "Reed', "Reed"),
    (' & <Sons>", "paid": true, "total": 28', "Reed & <Sons>"),
    ('.5, "items": [{"name": "Lock gate", "count": 2', "Lock gate"),
    (', "price": 12.25}, {"name": "Windl', "Windl"),
    ('ass", "count": 1}, {"name": "Rope, 20 m", "count": 10, "price": 0.4}]', "Rope, 20 m"),
    (', "tags": ["canal", "2026"]}', "2026"),
]
GROWN = "".join(text for text, _ in STAGES)


def played(text: str, size: int = 7) -> list[Any]:
    return [*(["text", piece] for piece in pieces(text, size)), *END]


def waiting(text: str) -> list[Any]:
    """The same, with a gate before its end: its repair comes so soon that `say` would find that."""
    return [*played(text)[: -len(END)], ["gate"], *END]


def asked(page: Page, provider: Provider, text: str, *then: Any) -> UUID:
    """The turn whose answer is `text`, once it has ended; `then` are the scripts of the requests that follow."""
    provider.script(ANSWER, waiting(text), *then)
    turn = say(page, "An order, please")
    provider.release(ANSWER)
    ends(page, turn)
    return turn


def about(page: Page, turn: UUID) -> Locator:
    """What the page says of the document, once it has ended."""
    return answer(page, turn).locator("> .about-document")


def drawn(page: Page, turn: UUID) -> str:
    return content(page, turn).evaluate("content => { content.normalize(); return content.innerHTML; }")


def repair_below(page: Page, turn: UUID) -> UUID:
    """The repair that follows the turn on the page."""
    below = page.locator(f"#turn-{turn} + .turn[data-kind=repair] .answer")
    expect(below).to_be_visible()
    return UUID(below.get_attribute("data-turn"))


def final_values(page: Page, turn: UUID) -> list[str]:
    """The scalars that are marked as final."""
    return content(page, turn).evaluate(
        """content => [...content.querySelectorAll(":is(.s, .n, .b, .z):not([data-open])")].map(value => value.textContent)"""
    )


def test_a_document_grows_and_only_closed_values_are_final(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, gated(*(text for text, _ in STAGES)))
    page = open_page(server)
    turn = say(page, "An order, please")
    rows, finals = [], []
    for _, words in STAGES:
        shows(page, turn, words)
        expect(content(page, turn).locator("[data-open]")).to_have_count(int(words != STAGES[-1][1]))
        rows.append(content(page, turn).locator("tbody tr").count())
        finals.append(final_values(page, turn))
        # Nothing may be done with what is not there in whole.
        assert answer(page, turn).locator("[data-copy-json], [download]").count() == 0
        provider.release(ANSWER)
    assert rows == [0, 0, 1, 2, 3, 3]
    assert [before for before, after in itertools.pairwise(finals) if before != after[: len(before)]] == []
    assert "28" not in finals[1]
    assert "28.5" in finals[2]
    assert "Windl" not in finals[3]
    ends(page, turn)
    expect(content(page, turn).locator("[data-open]")).to_have_count(0)
    expect(about(page, turn)).to_have_attribute("data-document", "complete")
    live = drawn(page, turn)
    page.reload()
    assert drawn(page, turn) == live
    assert server.message(turn) == GROWN
    body = provider.wait_for_request(ANSWER)["body"]
    assert body["response_format"]["json_schema"]["schema"] == ORDER


@pytest.mark.parametrize("seed", range(4))
def test_a_stream_cut_anywhere_in_a_document_ends_in_the_same_one(
    server: Server, proxy: Proxy, provider: Provider, open_page: Callable[..., Page], watch: Watch, seed: int
) -> None:
    watch.allow(*NETWORK)
    random = Random(seed)
    cuts = sorted(random.sample(range(1, len(VALID)), 4))
    parts = [VALID[start:end] for start, end in itertools.pairwise([0, *cuts, len(VALID)])]
    provider.script(ANSWER, [step for part in parts for step in (["text", part], ["gate"])] + END)
    page = open_page(server, via=proxy)
    turn = say(page, "An order, please")
    fresh = page.context.new_page()
    for number in range(len(parts)):
        text = "".join(parts[: number + 1])
        expected = render(text, ORDER, ended=False)
        until(
            page,
            lambda expected=expected: drawn(page, turn) == normal(page, expected),
            f"drawing of {text!r}",
        )
        if number == 2:
            fresh.goto(page.url)
            until(
                fresh, lambda expected=expected: drawn(fresh, turn) == normal(page, expected), "a new page's"
            )
        proxy.cut(reset=bool(random.randrange(2)))
        provider.release(ANSWER)
    for each in (page, fresh):
        ends(each, turn)
        assert drawn(each, turn) == normal(page, render(VALID, ORDER))
    assert server.message(turn) == VALID


def normal(page: Page, html: str) -> str:
    """As the browser writes it."""
    return page.evaluate(
        "html => { const place = document.createElement('div'); place.innerHTML = html; return place.innerHTML; }",
        html,
    )


@pytest.mark.parametrize(
    ("text", "state", "says"),
    [
        (IN_PROSE, "malformed", "Malformed."),
        (CUT_OFF, "incomplete", "Cut off."),
        (WITHOUT_TOTAL, "unfit", "total"),
        (WRONG_TYPE, "unfit", "total"),
    ],
    ids=["prose", "cut off", "lacks", "wrong type"],
)
def test_what_is_wrong_is_said_and_repaired_where_the_person_can_see_it(
    server: Server, provider: Provider, open_page: Callable[..., Page], text: str, state: str, says: str
) -> None:
    page = open_page(server)
    turn = asked(page, provider, text, waiting(VALID))
    expect(about(page, turn)).to_have_attribute("data-document", state)
    expect(about(page, turn)).to_contain_text(says)
    expect(page.locator("#announce")).to_contain_text(says)
    expect(about(page, turn).locator("details.written")).not_to_have_attribute("open", "")
    assert about(page, turn).locator("pre").text_content() == text
    assert answer(page, turn).locator("[data-copy-json], [download]").count() == 0
    repair = repair_below(page, turn)
    expect(page.locator(f"#turn-{repair} .told")).to_contain_text("Repair attempt")
    expect(answer(page, turn).get_by_role("button", name="Repair")).to_be_hidden()
    shows(page, repair, "Rope")
    provider.release(ANSWER)
    ends(page, repair)
    expect(about(page, repair)).to_have_attribute("data-document", "complete")
    messages = provider.wait_for_request(ANSWER, 2)["body"]["messages"]
    assert messages[-2] == {"role": "assistant", "content": text}
    assert "cannot be used" in messages[-1]["content"]
    # Both are there after a reload, and the person goes on below the repair.
    page.reload()
    assert server.message(repair) == VALID
    expect(about(page, turn)).to_have_attribute("data-document", state)
    expect(about(page, repair)).to_have_attribute("data-document", "complete")
    after = say(page, "And another")
    provider.release(ANSWER)
    ends(page, after)
    parents = [each["body"]["messages"][-2]["content"] for each in provider.requests(ANSWER)[-1:]]
    assert parents == [VALID]


def test_a_repair_that_fails_too_is_said_and_left_to_the_person(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    turn = asked(page, provider, CUT_OFF, played(WITHOUT_TOTAL), played(VALID))
    repair = repair_below(page, turn)
    ends(page, repair)
    expect(about(page, repair)).to_have_attribute("data-document", "unfit")
    assert len(provider.requests(ANSWER)) == 2
    answer(page, repair).get_by_role("button", name="Repair").click()
    second = repair_below(page, repair)
    ends(page, second)
    expect(about(page, second)).to_have_attribute("data-document", "complete")
    # Asked for again it is a repair again, a version of this one.
    answer(page, second).get_by_label("Write another answer").click()
    expect(page.locator(".siblings .position").last).to_have_text("2/2")
    assert page.locator("#turns .turn[data-kind=repair]").count() == 2


def test_a_repair_shows_in_every_open_page_of_the_person(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, [["text", CUT_OFF], ["gate"], *END], played(VALID))
    page = open_page(server)
    turn = say(page, "An order, please")
    shows(page, turn, "Wind")
    other = page.context.new_page()
    other.goto(page.url)
    shows(other, turn, "Wind")
    provider.release(ANSWER)
    repairs = {repair_below(each, turn) for each in (page, other)}
    assert len(repairs) == 1
    for each in (page, other):
        ends(each, *repairs)
        expect(about(each, *repairs)).to_have_attribute("data-document", "complete")


def test_a_repair_shows_where_no_socket_comes_through(
    server: Server, provider: Provider, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(*NETWORK)
    page = open_page(server)
    page.route_web_socket("**/ws/live/", lambda socket: socket.close())
    page.goto("/")
    turn = asked(page, provider, CUT_OFF, played(VALID))
    ends(page, repair_below(page, turn))


def test_a_document_is_copied_and_downloaded_as_it_was_judged(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, played(VALID))
    page = open_page(server, permissions=["clipboard-read", "clipboard-write"])
    turn = say(page, "An order, please")
    ends(page, turn)
    about(page, turn).get_by_role("button", name="Copy JSON").click()
    expect(page.locator("#announce")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == VALID
    with page.expect_download() as download:
        about(page, turn).get_by_role("link", name="Download JSON").click()
    assert download.value.suggested_filename == "an-order-please.json"
    assert Path(download.value.path()).read_text(encoding="utf-8") == VALID


def test_a_held_document_is_gone_from_the_page_and_is_not_repaired(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, [["text", CUT_OFF.replace("Ada", FORBIDDEN)], ["gate"], *END])
    page = open_page(server)
    turn = say(page, "An order, please")
    shows(page, turn, FORBIDDEN)
    provider.release(ANSWER)
    ends(page, turn, "held")
    assert FORBIDDEN not in page.content()
    assert answer(page, turn).locator(".about-document").count() == 0
    assert len(provider.requests(ANSWER)) == 1
    assert page.locator("#turns .turn[data-kind=repair]").count() == 0


def test_a_stopped_document_is_cut_off_and_offers_a_repair(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, [["text", CUT_OFF], ["hang"]], played(VALID))
    page = open_page(server)
    turn = say(page, "An order, please")
    shows(page, turn, "Wind")
    page.get_by_role("button", name="Stop").click()
    ends(page, turn, "stopped")
    expect(about(page, turn)).to_have_attribute("data-document", "incomplete")
    expect(answer(page, turn).get_by_role("button", name="Continue")).to_have_count(0)
    answer(page, turn).get_by_role("button", name="Repair").click()
    repair = repair_below(page, turn)
    ends(page, repair)
    expect(about(page, repair)).to_have_attribute("data-document", "complete")


def test_without_javascript_the_document_its_fault_and_its_repair_are_all_there(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, played(CUT_OFF), played(VALID))
    page = open_page(server, java_script_enabled=False)
    page.get_by_label("Message", exact=True).fill("An order, please")
    page.get_by_role("button", name="Send").click()
    answers = page.locator("#turns .answer[data-state=saved]")
    for _ in range(20):
        if answers.count() == 2:
            break
        page.reload()
    expect(answers).to_have_count(2)
    expect(answers.first.locator(".about-document")).to_have_attribute("data-document", "incomplete")
    expect(answers.last.locator(".about-document")).to_have_attribute("data-document", "complete")
    expect(answers.last.locator("tbody tr")).to_have_count(3)
    expect(answers.last.get_by_role("button", name="Copy JSON")).to_be_hidden()
    with page.expect_download() as download:
        answers.last.get_by_role("link", name="Download JSON").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == VALID


def test_a_wide_table_scrolls_in_itself_on_a_phone(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    row = {"name": "n" * 30, "count": 1, **{f"column_{n}": "some words in it" for n in range(12)}}
    value = {"customer": "A" * 200, "total": 1, "items": [row] * 5}
    provider.script(ANSWER, played(json.dumps(value), 400))
    page = open_page(server, viewport={"width": 390, "height": 844})
    turn = say(page, "A wide one")
    ends(page, turn)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    table = content(page, turn).locator(".table-scroll")
    assert table.evaluate("table => table.scrollWidth > table.clientWidth")


def calling(index: int, arguments: str, name: str = "") -> list[Any]:
    """A step that brings a piece of a call of a tool; its first one has a name."""
    call: dict[str, Any] = {"index": index, "function": {"arguments": arguments}}
    if name:
        call |= {
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
    return ["event", {"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}]}]


def test_calls_of_tools_grow_side_by_side_and_are_told_apart_when_they_end(
    server: Server, proxy: Proxy, provider: Provider, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(*NETWORK)
    script = [
        calling(0, '{"city": "Rio', "weather"), calling(1, '[{"n": 1', "sum"), ["gate"],
        calling(1, '}, {"n": 2'), calling(0, ' & <b>", "days": 3'), calling(2, "", "now"), ["gate"],
        calling(0, "0}"), calling(1, "}]"), calling(3, "city=Rio", "broken"), ["gate"],
        ["finish", "tool_calls"], ["done"],
    ]  # fmt: skip
    provider.script(ANSWER, script)
    page = open_page(server, via=proxy)
    turn = say(page, "Call some tools")
    calls = answer(page, turn).locator(".calls > .call")
    for step, (city, rows) in enumerate([("Rio", 1), ("Rio & <b>", 2), ("Rio & <b>", 2)]):
        expect(calls.nth(0)).to_contain_text(city)
        expect(calls.nth(1).locator("tbody tr")).to_have_count(rows)
        expect(calls).to_have_count([2, 3, 4][step])
        expect(calls.nth(0).locator("[data-open]")).to_have_count([1, 1, 0][step])
        proxy.cut()
        provider.release(ANSWER)
    ends(page, turn)
    states = calls.locator(".about-document").evaluate_all("all => all.map(each => each.dataset.document)")
    assert states == ["complete", "complete", "complete", "malformed"]
    expect(calls.nth(2)).to_contain_text("No arguments")
    assert calls.locator("[data-copy-json]").count() == 2
    live = calls.evaluate_all("all => all.map(each => each.innerHTML)")
    page.reload()
    assert calls.evaluate_all("all => all.map(each => each.innerHTML)") == live


@pytest.mark.slow
def test_axe_finds_nothing_on_a_document_its_fault_and_its_repair(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    turn = asked(page, provider, CUT_OFF, played(VALID))
    ends(page, repair_below(page, turn))
    provider.script(ANSWER, [["text", VALID[:-9]], ["gate"], *END])
    shows(page, say(page, "And another"), "canal")
    page.locator(".told, .written").evaluate_all("all => all.forEach(each => { each.open = true; })")
    for viewport in ({"width": 1280, "height": 1600}, {"width": 390, "height": 1600}):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            assert complaints(Axe(), page) == [], f"{viewport}, {scheme}"
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_demo_shows_all_of_it_before_there_is_a_model(
    serve: Callable[..., Server], open_page: Callable[..., Page]
) -> None:
    server = serve()
    ask_for(server, ORDER)
    page = open_page(server)
    turn = say(page, "A broken order, please")
    ends(page, turn)
    expect(about(page, turn)).to_have_attribute("data-document", "incomplete")
    repair = repair_below(page, turn)
    ends(page, repair)
    expect(about(page, repair)).to_have_attribute("data-document", "complete")
    expect(content(page, repair)).to_contain_text("Demo name 5")


def test_recorded_arguments_of_tools_are_what_was_recorded_and_the_one_that_broke_off_is_cut_off(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    cases = load("4-json/real_argument_streams.jsonl")
    named = [calling(number, "", case["id"]) for number, case in enumerate(cases)]
    longest = max(len(case["fragments"]) for case in cases)
    # All at once, a fragment of each in turn.
    steps = [
        calling(number, case["fragments"][at])
        for at in range(longest)
        for number, case in enumerate(cases)
        if at < len(case["fragments"])
    ]
    provider.script(ANSWER, [*named, *steps, ["finish", "tool_calls"], ["done"]])
    page = open_page(server)
    turn = say(page, "Call all of them")
    ends(page, turn)
    shown = answer(page, turn).locator(".calls > .call")
    for case, call in zip(cases, shown.all(), strict=True):
        state = "complete" if case["complete"] else "incomplete"
        expect(call.locator(".about-document")).to_have_attribute("data-document", state)
        written = call.locator("pre" if state == "incomplete" else "template.json")
        text = written.evaluate("place => (place.content ?? place).textContent")
        assert text == "".join(case["fragments"]), case["id"]
