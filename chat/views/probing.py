"""What an endpoint says when it is asked: its models, and one line with the time of each step."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from django.template.loader import render_to_string

from .. import conf, llm
from ..endpoints import health, keys, resolve
from ..forms import needs_model
from ..models import Endpoint
from .advice import advice, sentence

LIST_SECONDS = 12.0  # for a list of models; a person waits
LINE = "Say in one short sentence that you are ready."
TITLES = {
    "connected": "Connecting",
    "answered": "Waiting for its reply",
    "began": "Until the first word",
    "ended": "Writing the line",
}
WIDE = 1000  # of the picture, in its own units


@dataclass(frozen=True, slots=True)
class Phase:
    """One bar of the picture: from `x`, `width` wide. `took` in ms, None while it is not over."""

    title: str
    took: int | None
    x: int
    width: int
    now: bool
    failed: bool


@dataclass(slots=True)
class Probe:
    """A test as far as it has come. `times`: when each step of TITLES was over, in ms since the beginning."""

    row: Endpoint
    model: str
    times: dict[str, float] = field(default_factory=dict)
    text: str = ""
    problem: str = ""
    advice: str = ""
    detail: str = ""
    provider_text: str = ""
    total: int = 0

    @property
    def ended(self) -> bool:
        return "ended" in self.times

    @property
    def doing(self) -> str:
        return f"{next((title for step, title in TITLES.items() if step not in self.times), '')} …"

    @property
    def phases(self) -> list[Phase]:
        whole, before, past = max(self.total, 1), 0.0, False
        found = []
        for step, title in TITLES.items():
            over = step in self.times
            until = self.times[step] if over else (self.total if not past else before)
            now = not over and not past
            x = round(before / whole * WIDE)
            width = max(round(until / whole * WIDE) - x, 4) if over or now else 0
            took = round(until - before) if over else None
            found.append(Phase(title, took, min(x, WIDE - width), width, now, now and bool(self.problem)))
            before, past = until, past or not over
        return found


async def models(row: Endpoint) -> tuple[list[str], str]:
    """The names of its models, and "", or a sentence that says why there is no list."""
    try:
        client = conf.client(resolve(row))
        async with asyncio.timeout(LIST_SECONDS):
            found = sorted(model.id for model in await client.models())
    except keys.Unusable as error:
        return [], str(error)
    except TimeoutError:
        return [], f"It did not list its models within {LIST_SECONDS:.0f} s. Type the name of one."
    except llm.ProviderError as error:
        return [], f"{sentence(error)} So its models cannot be listed; type the name of one."
    return found, "" if found else "It lists no models. Type the name of one."


async def probed(row: Endpoint, model: str) -> AsyncGenerator[Probe, None]:
    """Have it write one line: the test after each step. An endpoint that was marked as down and answers is cleared."""
    probe, began = Probe(row, model), time.monotonic()

    def over(step: str) -> None:
        probe.total = round((time.monotonic() - began) * 1000)
        probe.times.setdefault(step, probe.total)

    if not model and needs_model(row):
        probe.problem, probe.advice = "There is no model to test with.", "Choose one first."
        yield probe
        return
    try:
        client = conf.client(resolve(row))
        yield probe
        asked = llm.Asked([{"role": "user", "content": LINE}], model)
        batches = client.batches(asked, label=f"test of endpoint {row.pk}", watch=over)
        async with contextlib.aclosing(batches) as answer:
            async for batch in answer:
                probe.text += "".join(delta.text for delta in batch if isinstance(delta, llm.Text))
                if probe.text:
                    over("began")
                yield probe
        over("began")
        over("ended")
        if row.failing_since:
            await conf.in_database(health.works, row.pk)
    except keys.Unusable as error:
        probe.problem, probe.advice = str(error), "The key is under Settings below."
    except llm.ProviderError as error:
        probe.problem, probe.advice = sentence(error), advice(error)
        probe.detail, probe.provider_text = error.detail, error.provider_text
    probe.total = round((time.monotonic() - began) * 1000)
    yield probe


async def stream(row: Endpoint, model: str) -> AsyncGenerator[bytes, None]:
    """The same as server-sent events: each message is all of the test's part of the page."""
    async with contextlib.aclosing(probed(row, model)) as steps:
        async for probe in steps:
            html = render_to_string("assistants/_probe.html", {"probe": probe})
            yield "".join(f"data: {line}\n" for line in html.splitlines()).encode() + b"\n"


async def whole(row: Endpoint, model: str) -> Probe:
    """The test once it is over."""
    return [probe async for probe in probed(row, model)][-1]
