"""No attack in an answer, a message or a title runs a script, asks another host for anything, or becomes markup."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Error, Page, expect

from chat.markdown import Renderer, render
from tests.provider import SECRET, Provider, say
from tests.servers import Server

from .attacks import ATTRIBUTES, INSERT, PLACES, TAGS, cases, hosts_asked, hosts_named, watched
from .standing import standing

pytestmark = [pytest.mark.slow, pytest.mark.server]

BATCH = 12  # cases in one streamed answer
MARKUP = """<img src=x onerror="alert(1)"><script>alert(2)</script>&lt;b&gt; "quoted" 'single' </title></textarea>"""


@dataclass
class Field:
    """Where the attacks are let loose: ann's browser at a server of her own, and all that it asks for."""

    server: Server
    provider: Provider
    context: BrowserContext
    log: Path
    seen: list[str]

    def page(self, path: str = "/", person: str = "ann") -> Page:
        cookie = {"name": "sessionid", "value": self.server.sessions[person], "url": self.server.url}
        self.context.add_cookies([cookie])  # type: ignore[list-item]
        page = self.context.new_page()
        page.goto(path)
        return page

    def foreign(self) -> list[str]:
        """What was seen beyond addresses of the server itself."""
        return [each for each in self.seen if not each.startswith((self.server.url + "/", "about:"))]


@pytest.fixture(scope="module")
def field(
    prepared_data: tuple[Path, str, dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> Iterator[Field]:
    folder = tmp_path_factory.mktemp("safety")
    log = folder / "network.json"
    args = [*browser_type_launch_args["args"], f"--log-net-log={log}"]
    with Provider.running() as provider:
        settings = {
            "CHAT_PROVIDER_PROTOCOL": "openai",
            "CHAT_PROVIDER_URL": provider.url("answer"),
            "CHAT_MODEL": "fake",
        }
        with standing(prepared_data, folder, **settings) as server:
            browser = browser_type.launch(**{**browser_type_launch_args, "args": args})
            context = browser.new_context(base_url=server.url, service_workers="block")
            context.set_default_timeout(30_000)
            yield Field(server, provider, context, log, watched(context))
            if browser.is_connected():
                browser.close()


def ask(page: Page, text: str) -> None:
    answers = page.locator("#turns .answer")
    before = answers.count()
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_label("Message", exact=True).press("Enter")
    expect(answers).to_have_count(before + 1)
    expect(answers.last).not_to_have_attribute(
        "data-state", re.compile("streaming|moderating"), timeout=90_000
    )
    expect(answers.last.locator(".status")).to_have_count(0)


def test_the_alarm_rings_when_a_script_runs_or_is_stopped(field: Field) -> None:
    page = field.page()
    wrong, ran = page.evaluate(
        INSERT,
        [["<img src='//other.invalid/x' onerror='alert(1)'><iframe src='/x'></iframe>"], TAGS, ATTRIBUTES],
    )
    assert len(wrong) == 2
    assert any("img-src" in each for each in ran)
    assert any("script-src" in each for each in ran)
    assert field.foreign()
    page.close()
    field.seen.clear()


def test_no_prefix_of_an_attack_is_more_than_text_in_a_page(field: Field) -> None:
    page = field.page()
    snapshots: dict[str, None] = {}
    for case in cases():
        renderer = Renderer()
        for character in case:
            renderer.feed(character)
            snapshots[renderer.html] = None
        renderer.finish()
        snapshots |= dict.fromkeys([renderer.html, *(render(place.replace("{}", case)) for place in PLACES)])
    html = list(snapshots)
    assert len(html) > 10_000
    for start in range(0, len(html), 2000):
        assert page.evaluate(INSERT, [html[start : start + 2000], TAGS, ATTRIBUTES]) == [[], []]
    assert field.foreign() == []
    page.close()


def test_streamed_attacks_stay_text_while_they_arrive_and_after(field: Field) -> None:
    page = field.page()
    attacks = cases()
    for start in range(0, len(attacks), BATCH):
        text = "\n\n".join(attacks[start : start + BATCH])
        field.provider.script("answer", say(text, piece=5, wait=0.0005))
        ask(page, f"Attacks from {start} on.")
    assert page.evaluate("window.ran") == []
    assert field.foreign() == []
    page.reload()
    content = page.locator("#turns .answer .content")
    assert content.count() >= 10
    assert (
        content.locator(
            "img, script, iframe, object, embed, form, input, svg, math, style, link, video"
        ).count()
        == 0
    )
    assert page.evaluate("window.ran") == []
    page.close()


def test_what_a_person_writes_is_text_wherever_it_is_shown(field: Field) -> None:
    page = field.page()
    field.provider.script("answer", say("Fine."))
    ask(page, MARKUP)
    for _ in range(2):
        assert page.locator(".question .content").text_content() == MARKUP
        assert page.locator(".question .content *").count() == 0
        page.reload()
    page.locator("#conversations li").first.hover()
    page.locator("#conversations li summary").first.click()
    page.get_by_label("Title").first.fill(MARKUP)
    page.get_by_role("button", name="Rename").first.click()
    expect(page.locator("#conversations li a").first).to_have_text(MARKUP)
    expect(page.locator("#title")).to_have_text(MARKUP)
    page.reload()
    assert page.title() == f"{MARKUP} · Sluice"
    assert page.locator("#conversations img, #title img, head script[src='x']").count() == 0
    assert page.evaluate("window.ran") == []
    assert field.foreign() == []
    page.close()


def test_a_held_answer_is_in_no_page_of_the_person_and_plain_text_at_the_desk(field: Field) -> None:
    page = field.page()
    field.provider.script("answer", say(f"A marmoset says {MARKUP}. {SECRET}.", piece=9, wait=0.002))
    ask(page, "What does it say?")
    expect(page.locator(".answer")).to_have_attribute("data-state", "held")
    assert "marmoset" not in page.content()
    assert SECRET not in page.content()
    turn = page.locator(".answer").get_attribute("data-turn")
    with field.server.client("ann") as ann:
        for path in (
            page.url,
            "/",
            "/sidebar/",
            f"/turns/{turn}/",
            f"/turns/{turn}/answer/",
            f"/turns/{turn}/events",
        ):
            text = ann.get(path).raise_for_status().text
            assert "marmoset" not in text, path
            assert SECRET not in text, path
    page.close()

    desk = field.page("/review/", "rita")
    desk.locator(".case-link").first.click()
    expect(desk.locator(".evidence")).to_contain_text("marmoset")
    assert desk.locator(".evidence :not(mark, span)").count() == 0
    # Somewhere in it stands how far it had been shown.
    said = desk.locator(".evidence").evaluate(
        """evidence => { const copy = evidence.cloneNode(true);
            copy.querySelectorAll(".frontier").forEach((each) => each.remove()); return copy.textContent; }"""
    )
    assert MARKUP in said
    assert desk.evaluate("window.ran") == []
    assert field.foreign() == []
    desk.close()


def test_the_browsers_own_network_log_names_no_host_of_an_attack(field: Field) -> None:
    # Runs last: the log is complete once the browser has closed. A name that is only looked up shows nowhere else.
    with contextlib.suppress(Error):
        field.context.new_page().goto("http://looked-up.invalid/")
    browser = field.context.browser
    assert browser is not None
    browser.close()
    asked = hosts_asked(field.log)
    assert {"127.0.0.1", "looked-up.invalid"} <= asked
    named = hosts_named(" ".join(cases()))
    assert len(named) > 20
    assert asked & named - {"127.0.0.1", "localhost"} == set()
