"""How many tokens a model takes, from its endpoint's own list, asked for when a conversation has become long enough for it
to matter.
"""

import asyncio
import logging
import time

from .. import llm

log = logging.getLogger("chat.assistants")

KEEP = 600.0  # seconds what a list said is kept
AGAIN = 30.0  # the same where it did not say it of this model: Ollama does of those alone that are loaded
PATIENCE = 3.0  # seconds a turn waits for it

# By client: one an endpoint as it is configured now.
_known: dict[llm.Client, tuple[float, dict[str, int]]] = {}


async def window_of(leg: llm.Leg) -> int | None:
    """Tokens the leg's model takes together with its answer; None where its endpoint does not say."""
    until, windows = _known.get(leg.client, (0.0, {}))
    if time.monotonic() > until:
        # Before it is asked, so that many long conversations at once ask once.
        _known[leg.client] = time.monotonic() + KEEP, windows
        try:
            async with asyncio.timeout(PATIENCE):
                models = await leg.client.models()
        except (TimeoutError, llm.ProviderError) as error:
            log.info("%s does not say how long a conversation may be: %s", leg.name or "the provider", error)
        else:
            windows = {model.id: model.window for model in models if model.window}
            if not leg.model and len(windows) == 1:  # a server of one model is not told which
                windows = {"": next(iter(windows.values()))}
            _known[leg.client] = time.monotonic() + (KEEP if leg.model in windows else AGAIN), windows
    return windows.get(leg.model)
