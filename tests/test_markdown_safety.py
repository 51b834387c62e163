"""Nothing an answer contains runs, loads, or is understood by htmx, at any prefix of it."""

import re

import nh3
import pytest

from chat.markdown import Renderer, render
from tests.markdown_cases import attacks, texts
from tests.markdown_page import Node, parse

_TAGS = """
    p h1 h2 h3 h4 h5 h6 blockquote ul ol li hr br em strong del code pre span b figure figcaption button a
    div table thead tbody tr th td
"""
TAGS = set(_TAGS.split())
FRAME = {"class": "table-scroll", "tabindex": "0", "role": "group", "aria-label": "Table"}
CLASS = re.compile(r"language-\w[\w+#.-]*|code|copy-code|loose|task|[cktfsmgahe]")
LINK = {"target": "_blank", "rel": "noopener noreferrer nofollow ugc"}


def check(html: str) -> None:
    """AssertionError unless every tag and every attribute is one of ours."""
    for node in parse(html).walk()[1:]:
        assert node.tag in TAGS, node.tag
        _check_attributes(node, dict(node.attributes))


def _check_attributes(node: Node, given: dict[str, str | None]) -> None:
    if node.tag == "div":
        assert given == FRAME
    elif node.tag == "a" and given:
        assert {key: given[key] for key in LINK} == LINK
        assert set(given) == {*LINK, "href", "title"}
        assert re.match(r"(?i)https?://[^/]|mailto:.", given["href"] or "")
        assert not re.search(r"[\s<>\"'`\\]", (given["href"] or "").replace("'", "", 99))
    elif node.tag == "button":
        assert given == {"type": "button", "class": "copy-code"}
    else:
        assert set(given) <= {"class", "start", "align"}, given
        assert CLASS.fullmatch(given.get("class") or "code"), given
        assert given.get("align") in (None, "left", "center", "right")
        assert (given.get("start") or "0").isdigit()


@pytest.mark.parametrize(
    "html",
    [
        "<script>1</script>",
        '<p onclick="1">a</p>',
        '<img src="https://a.example/">',
        '<a href="javascript:1" title="" target="_blank" rel="noopener noreferrer nofollow ugc">a</a>',
        '<p hx-get="/">a</p>',
        "<template></template>",
        "<hx-partial></hx-partial>",
        '<p style="x">a</p>',
        '<p id="composer">a</p>',
    ],
)
def test_the_check_finds_what_must_not_be_there(html: str) -> None:
    with pytest.raises(AssertionError):
        check(html)


def _at_every_prefix(text: str) -> None:
    renderer = Renderer()
    for char in text:
        for patch in renderer.feed(char):
            check(patch.html)
        check(renderer.html)
    renderer.finish()
    check(renderer.html)


@pytest.mark.slow
def test_no_attack_gets_through_at_any_prefix() -> None:
    cases = attacks()
    assert len(cases) > 150
    for text in cases:
        _at_every_prefix(text)


@pytest.mark.slow
def test_no_attack_gets_through_whole_and_some_not_at_any_prefix() -> None:
    for text in attacks():
        check(render(text))
    for text in attacks()[::17]:
        _at_every_prefix(text[:300])


@pytest.mark.slow
def test_no_case_holds_a_foreign_tag() -> None:
    for text in texts():
        _at_every_prefix(text)


HOSTILE = [
    "<hx-partial hx-target='body'>x</hx-partial>",
    "<template><p hx-get='/x'>y</p></template>",
    "<div hx-swap-oob='true' id='composer'>x</div>",
    "[a](javascript:alert(1)) [b](data:text/html,x) [c](vbscript:x) <javascript:x>",
    "[a](&#106;avascript:x) [b](java\nscript:x) [c](\x01javascript:x) [d]( javascript:x)",
    "[a](//evil.example/x) [b](/logout) [c](?q) [d](#x) [e](http:///x) [f](https:\\\\evil.example)",
    '```"><script>alert(1)</script>\nx\n```',
    '```x" onmouseover="y\nx\n```',
    "|<img src=x onerror=y>|\n|-|\n|<script>|",
    "# <svg onload=x>\n\n- <iframe src=//evil.example>\n\n> <style>*{}</style>",
    '[x](https://a.example/"onclick="y) <https://a.example/"x\'y>',
    "![a](https://evil.example/?q=1) [![b](https://evil.example/)](https://other.example/)",
    "```html\n<script>x</script><hx-partial>\n```",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_text(text: str) -> None:
    _at_every_prefix(text)


def test_only_links_that_a_person_may_follow_have_an_address() -> None:
    bad = "[a](javascript:x) [b](data:x) [c](//e.example/) [d](/x) [e](ftp://e.example/) [f](http://[x/)"
    bad += " [g](http://a;b/) [h](http://e.example:port/) [i](http://%41/)"
    assert "href" not in render(bad)
    assert render("[a](https://e.example/) [b](mailto:a@e.example)").count("href") == 2


def test_a_link_is_live_only_when_its_address_is_complete() -> None:
    text = (
        "[a](https://host.example/one?x=(1) 'title') then https://host.example/two, <https://host.example/3>."
    )
    whole = {dict(node.attributes).get("href") for node in parse(render(text)).walk() if node.tag == "a"}
    renderer = Renderer()
    for char in text:
        renderer.feed(char)
        found = {dict(node.attributes).get("href") for node in parse(renderer.html).walk() if node.tag == "a"}
        assert found <= whole | {None}
    assert None not in whole


def test_an_image_is_a_link_that_says_where_it_leads() -> None:
    html = render("![a *chart*](https://user:pw@pics.example/1.png)")
    assert parse(html).text() == "a chart (pics.example)"
    assert "<img" not in html


@pytest.mark.slow
def test_the_allow_list_changes_nothing_that_we_draw() -> None:
    """nh3 over the whole is the identity: what leaves has passed it, piece by piece."""
    allowed = {"*": {"class"}, "a": {"href", "title", "target", "rel"}, "ol": {"start"}}
    allowed |= {"div": set(FRAME), "button": {"type", "class"}, "th": {"align"}, "td": {"align"}}
    cleaner = nh3.Cleaner(
        tags=TAGS, attributes=allowed, link_rel=None, url_schemes={"http", "https", "mailto"}
    )
    for text in [*attacks(), *texts()[::5]]:
        html = render(text)
        assert parse(cleaner.clean(html)).shape() == parse(html).shape()


def test_the_allow_list_is_there_should_the_renderer_err() -> None:
    from chat.markdown.nodes import Element, serialise

    bad = "<u>x</u><img src=x onerror=y><a href='javascript:x' onclick='y'>z</a><b class='admin k'>c</b>"
    assert serialise(Element("p", [bad], guarded=True)) == '<p>x<a>z</a><b class="k">c</b></p>'
