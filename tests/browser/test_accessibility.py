"""axe finds nothing to complain about on any page or state, and the keyboard is always seen where it is."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.provider import say
from tests.servers import Server

from .gallery import DEVICES, Gallery, Scene, gallery, opened
from .gallery_scenes import SCENES

pytestmark = [pytest.mark.slow, pytest.mark.server]

# Without scripts in the page axe cannot run in it either.
SEEN_BY_AXE = [scene for scene in SCENES if scene.script]
BY_NAME = {scene.name: scene for scene in SCENES}

# How the focused element differs from itself without focus: an outline, or the composer's ring around it.
RING = """() => {
    const focused = document.activeElement;
    const styles = [focused, focused.closest(".composer")].filter(Boolean).map((e) => getComputedStyle(e));
    const seen = styles.some((s) => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2) || /0px 0px 0px 3px/.test(s.boxShadow));
    const box = focused.getBoundingClientRect();
    return {
        what: focused.outerHTML.slice(0, 90),
        seen: seen && box.width > 0 && box.height > 0 && getComputedStyle(focused).opacity > 0,
        body: focused === document.body,
    };
}"""


@pytest.fixture(scope="module")
def made(
    prepared_data: tuple[Path, str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gallery]:
    with gallery(prepared_data, tmp_path_factory.mktemp("gallery")) as made:
        yield made


@pytest.fixture(scope="module")
def axe() -> Axe:
    return Axe()


def complaints(axe: Axe, page: Page, *rules: str) -> list[str]:
    """Of all rules, or of these alone."""
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = axe.run(page, options={"resultTypes": ["violations"], **only}).response["violations"]
    return [
        f"{each['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for each in found
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scene", SEEN_BY_AXE, ids=lambda scene: scene.name)
def test_axe_finds_no_violation(made: Gallery, browser: Browser, axe: Axe, scene: Scene) -> None:
    for device in [scene.device] if scene.device else DEVICES:
        context, page = opened(made, scene, browser, device, "light")
        with context:
            assert complaints(axe, page) == [], device
            page.emulate_media(color_scheme="dark")  # which changes colours and nothing else
            assert complaints(axe, page, "color-contrast") == [], f"{device}, dark"


def test_axe_finds_nothing_on_the_demo_and_after_a_deletion(
    serve: Callable[..., Server], open_page: Callable[..., Page], axe: Axe
) -> None:
    server = serve()
    conversation = uuid.uuid4()
    with server.client("ann") as ann:
        ann.finished(ann.ask("Show me a table", conversation=conversation))
        undo = ann.post(f"/c/{conversation}/delete/").headers["Location"]
    for place, words in (("/", "No model is connected"), (undo, "was deleted")):
        page = open_page(server, path=place)
        expect(page.get_by_role("main")).to_contain_text(words)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert complaints(axe, page) == [], f"{place}, {scheme}"


def test_axe_would_find_a_violation(made: Gallery, browser: Browser, axe: Axe) -> None:
    context, page = opened(made, BY_NAME["empty"], browser, "desktop", "light")
    with context:
        page.evaluate("document.getElementById('message').removeAttribute('aria-label')")
        page.evaluate("document.getElementById('message').removeAttribute('placeholder')")
        assert any(each.startswith("label") for each in complaints(axe, page))


@pytest.mark.parametrize("name", ["saved", "versions", "failed", "people", "case", "login"])
def test_every_stop_of_the_tab_key_is_seen(made: Gallery, browser: Browser, name: str) -> None:
    context, page = opened(made, BY_NAME[name], browser, "desktop", "light")
    with context:
        # From the very top: after a mere blur the key would go on from where the focus was.
        page.evaluate(
            "document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')"
        )
        stops = []
        for _ in range(80):
            page.keyboard.press("Tab")
            stop = page.evaluate(RING)
            if stop["body"]:
                break
            stops.append(stop)
        assert len(stops) >= 3
        assert [stop["what"] for stop in stops if not stop["seen"]] == []
        if name != "login":
            assert 'class="skip"' in stops[0]["what"]


def test_headings_go_down_one_level_at_a_time_and_name_who_speaks(made: Gallery, browser: Browser) -> None:
    context, page = opened(made, BY_NAME["held"], browser, "desktop", "light")
    with context:
        levels = page.locator(":is(h1, h2, h3, h4, h5, h6):visible").evaluate_all(
            "all => all.map((h) => +h.tagName[1])"
        )
        assert levels.count(1) == 1
        speakers = page.locator("#turns article > h2").all_text_contents()
        assert speakers == ["You", "Sluice"] * 2
        for scheme in ("main", "navigation", "complementary", "region"):
            assert page.get_by_role(scheme).count() >= 1


def test_the_live_region_tells_the_start_and_the_end_and_no_text_between(
    made: Gallery, browser: Browser
) -> None:
    made.provider.moderate("checker", "pass")
    made.provider.script("answer", say(" ".join(f"word{n}" for n in range(40)), piece=4, wait=0.02))
    context, page = opened(made, BY_NAME["empty"], browser, "desktop", "light")
    with context:
        page.evaluate("""() => {
            const region = document.getElementById("announce");
            window.said = [];
            new MutationObserver(() => { if (region.textContent) window.said.push(region.textContent); })
                .observe(region, { childList: true, characterData: true, subtree: true });
        }""")
        assert page.locator("#announce").get_attribute("aria-live") == "polite"
        page.get_by_label("Message", exact=True).fill("Go on.")
        page.keyboard.press("Enter")
        expect(page.locator(".answer .content")).to_contain_text("word20", timeout=30_000)
        others = "[aria-live]:not(#announce), .answer [role=status], .answer [role=log]"
        assert page.locator(others).count() == 0
        expect(page.locator("#announce")).to_have_text("The answer is complete.", timeout=30_000)
        assert page.evaluate("window.said") == ["Sluice is answering.", "The answer is complete."]
