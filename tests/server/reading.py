"""What a reader's page holds: the partials of an event stream applied to a small DOM, as htmx applies them."""

import re
from dataclasses import dataclass, field

from chat import markdown
from tests import markdown_page
from tests.sse import Event

_PARTIAL = re.compile(
    r'<hx-partial hx-target="find \.content((?:>:last-child)*)" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL
)


@dataclass
class Page:
    """One answer in one browser; it outlives the connections that fill it."""

    page: markdown_page.Page = field(default_factory=markdown_page.Page)
    snapshots: int = 0

    def apply(self, event: Event) -> None:
        if event.name != "message":
            return
        patches = []
        for target, swap, html in _PARTIAL.findall(event.data):
            if swap == "innerHTML":
                self.snapshots += 1
                self.page.content.kids = markdown_page.parse(html).kids
            else:
                patches.append(markdown.Patch(target.count(">"), swap, html))
        assert _PARTIAL.sub("", event.data) == "", "more than partials in a message"
        self.page.apply(patches)

    @property
    def text(self) -> str:
        return self.page.content.text()

    def shows(self, text: str) -> bool:
        """Whether it holds what the whole of `text` looks like at the end of a stream."""
        renderer = markdown.Renderer()
        renderer.feed(text)
        return self.page.content.shape() == markdown_page.parse(renderer.html).shape()
