"""A page that reads a turn's stream: it takes what the server sends and holds what a browser would show.

`chat/wire` says what it sends: htmx partials, each a change to one place of the answer. This applies them.
"""

import re
from dataclasses import dataclass, field

from chat import markdown
from tests import markdown_page
from tests.sse import Event

PLACES = ("thoughts", "content", "refusal", "calls")

_PARTIAL = re.compile(r'<hx-partial hx-target="find ([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL)
_PLACE = re.compile(rf"\.({'|'.join(PLACES)})((?:>:last-child)*)")
_CALL = re.compile(r"\.calls>:nth-child\((\d+)\)>\.arguments((?:>:last-child)*)")


@dataclass
class Page:
    """One answer in one browser; it outlives the connections that fill it. `says` is the line over the reasoning."""

    places: dict[str, markdown_page.Page] = field(
        default_factory=lambda: {place: markdown_page.Page() for place in PLACES}
    )
    says: str = ""
    snapshots: int = 0

    def apply(self, event: Event) -> None:
        if event.name != "message":
            return
        patches: dict[str, list[markdown.Patch]] = {}
        arguments: dict[int, list[markdown.Patch]] = {}  # by number of the call, from 1
        for target, swap, html in _PARTIAL.findall(event.data):
            if target == ".reasoning .says":
                self.says = html
            elif found := _CALL.fullmatch(target):
                patch = markdown.Patch(found[2].count(">"), swap, html)
                arguments.setdefault(int(found[1]), []).append(patch)
            else:
                place, depth = _PLACE.fullmatch(target).groups()
                if swap == "innerHTML":
                    self.snapshots += place == "content"
                    self.places[place].content.kids = markdown_page.parse(html).kids
                elif place == "content":
                    patches.setdefault(place, []).append(markdown.Patch(depth.count(">"), swap, html))
                else:
                    self.places[place].apply([markdown.Patch(depth.count(">"), swap, html)])
        assert _PARTIAL.sub("", event.data) == "", "more than partials in a message"
        for place, its in patches.items():
            self.places[place].apply(its)
        for number, its in arguments.items():
            part = markdown_page.Page()
            part.content = self.places["calls"].content.elements()[number - 1].elements()[-1]
            part.apply(its)

    @property
    def text(self) -> str:
        return self.places["content"].content.text()

    @property
    def reasoning(self) -> str:
        return self.places["thoughts"].content.text()

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Name and arguments of each call."""
        calls = self.places["calls"].content.elements()
        return [tuple(part.text() for part in call.elements()) for call in calls]  # type: ignore[misc]

    def shows(self, text: str, place: str = "content") -> bool:
        """Whether it holds what the whole of `text` looks like at the end of a stream."""
        renderer = markdown.Renderer()
        renderer.feed(text)
        return self.places[place].content.shape() == markdown_page.parse(renderer.html).shape()
