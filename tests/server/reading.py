"""A page that reads a turn's stream: it takes what the server sends and holds what a browser would show.

`chat/wire` says what it sends: htmx partials, each a change to one place of the answer. This applies them.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from chat import markdown, wire
from chat.events import Cursor, Kind
from chat.events import Event as LogEvent
from chat.streamlog import Batch
from tests import markdown_page
from tests.sse import Event

PLACES = ("thoughts", "content", "refusal", "calls")

_PARTIAL = re.compile(r'<hx-partial hx-target="find ([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL)
_PLACE = re.compile(rf"\.({'|'.join(PLACES)})((?:>:last-child)*)")
_CALL = re.compile(r"\.calls>:nth-child\((\d+)\)>\.arguments((?:>:last-child)*)")


@dataclass
class Page:
    """One answer in one browser, as the page has it at first; it outlives the connections that fill it. `says` is the line
    over the reasoning; `redraws`: how often text that it showed was taken back or sent again.
    """

    places: dict[str, markdown_page.Page] = field(
        default_factory=lambda: {place: markdown_page.Page() for place in PLACES}
    )
    says: str = wire.thought(None)
    redraws: int = 0

    def apply(self, event: Event) -> None:
        if event.name != "message":
            return
        changes = []
        for target, swap, html in _PARTIAL.findall(event.data):
            if target == ".reasoning .says":
                self.says = html
            else:
                # As htmx does: all targets of a message are found before the first of them is changed.
                changes.append((*self._place(target), swap, html))
                self.redraws += (target, swap) == (".content", "innerHTML") and self.text != ""
        assert _PARTIAL.sub("", event.data) == "", "more than partials in a message"
        for page, depth, swap, html in changes:
            if swap == "innerHTML" and not depth:
                page.content.kids = markdown_page.parse(html).kids
        several: dict[int, tuple[markdown_page.Page, list[markdown.Patch]]] = {}
        for page, depth, swap, html in changes:
            if swap != "innerHTML" or depth:
                several.setdefault(id(page.content), (page, []))[1].append(markdown.Patch(depth, swap, html))
        for page, patches in several.values():
            page.apply(patches)

    def _place(self, target: str) -> tuple[markdown_page.Page, int]:
        if found := _PLACE.fullmatch(target):
            return self.places[found[1]], found[2].count(">")
        found = _CALL.fullmatch(target)
        assert found, target
        page = markdown_page.Page()
        page.content = self.places["calls"].content.elements()[int(found[1]) - 1].elements()[-1]
        return page, found[2].count(">")

    @property
    def text(self) -> str:
        return self.places["content"].content.text()

    @property
    def reasoning(self) -> str:
        return self.places["thoughts"].content.text()

    def shows(self, text: str) -> bool:
        """Whether it holds what the whole of `text` looks like at the end of a stream."""
        renderer = markdown.Renderer()
        renderer.feed(text)
        return self.places["content"].content.shape() == markdown_page.parse(renderer.html).shape()

    def shows_all(self, body: dict[str, Any]) -> bool:
        """Whether each place holds what a page draws that is given all of a stored body at once."""
        return all(self.places[place].content.shape() == want for place, want in whole(body).items())


def whole(body: dict[str, Any]) -> dict[str, Any]:
    """The shape of each place of a page that is given everything at once, just before its end."""
    deltas: list[tuple[Kind, dict[str, Any]]] = [
        (Kind.REASONING, {"text": body["reasoning"]}),
        (Kind.TEXT, {"text": body["text"]}),
        (Kind.REFUSAL, {"text": body["refusal"]}),
    ]
    for index, call in enumerate(body["tool_calls"]):
        deltas.append(
            (Kind.TOOL, {"index": index, "id": call["id"], "name": call["name"], "text": call["arguments"]})
        )
    told = [(kind, data) for kind, data in deltas if data["text"] or kind is Kind.TOOL]
    events = [LogEvent(Cursor(1, seq), kind, data) for seq, (kind, data) in enumerate(told, 1)]
    page = Page()
    data = wire.Session().apply(Batch(Cursor(1, len(events)), events, True)).decode()
    text = "\n".join(line[6:] for line in data.splitlines() if line.startswith("data: "))
    page.apply(Event("message", text, ""))
    return {place: page.places[place].content.shape() for place in PLACES}
