"""A fake model provider on loopback, over real sockets, for every test that needs one.

In a test (it runs in a thread of its own; start one per module, `clear()` between tests):

    with Provider.running() as provider:
        url = provider.url("hello")                       # for Endpoint(url=…) or CHAT_PROVIDER_URL
        provider.script("mine", [["text", "Hel"], ["gate"], ["text", "lo"], *END])
        provider.release("mine")                          # opens one gate; times=99 opens many
        request = provider.wait_for_request("mine")       # its JSON body, headers, …
        ended = provider.wait_for_end(request["n"])       # {"ended_by": "client" | "server", "ended": …, …}

`ended` and `began` are `time.monotonic()`, which all processes of one machine share: for the Stop test compare
it with the moment of the stop.

In a process of its own: `python -m tests.provider --port 8099` (prints the URL; 0 picks a port), and from any other
process `Provider(8099)` gives the same handle.

**Which answer is played** is named by the URL, `http://127.0.0.1:PORT/s/<scenario>/v1`; with plain `/v1` the model's
name is the scenario. Ready-made ones are in `provider_scripts.SCENARIOS` (hello, slow, long, gated, markdown,
forbidden, secret, empty, no-finish, length, blocked, error-after, hang, hang-after, hang-after-headers, reset,
reset-after, cut, html, redirect, busy-once), and `say:<any text>`, `echo`, `status-<code>`. Your own come by
`script(name, first, second, …)`: the first request plays the first script, the last script is repeated. The steps are
listed in provider_scripts.py.
With the scenario `asked` the question itself names what is played, as the path does: `s/hello`, `rec/7/<id>`; one
server under test can so be given every answer there is.
`/rec/<piece size>/<recording id>/v1` plays a recording of the shared cases (0: whole), `/case/<id>/v1` a broken gateway.

A last message of the assistant's is gone on with (tests/provider_continuing.py). It answers in the words of the path it
is asked at: chat completions, Anthropic's Messages or Ollama's chat (tests/provider_dialects.py), with any scenario.

**Judging** (tests/provider_judging.py): POST `…/moderations` is played by the behaviour set with `moderate(scenario,
behaviour)`, else by the scenario's own name. `judge(scenario, dialect, behaviour)` makes the scenario's chats those of a
model that judges. Both may be called while a server under test is running, so that a checker can break and recover; the
known texts by which classifiers prove themselves are judged rightly all the while, and are no part of `requests()`.
"""

import argparse
import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from tests.provider_scripts import END, FORBIDDEN, SECRET, Script, gated, say, status
from tests.provider_server import Server

__all__ = ["END", "FORBIDDEN", "SECRET", "Provider", "gated", "say", "status"]

_opener = build_opener(ProxyHandler({}))  # a proxy of the environment does not know this loopback


class Provider:
    """A handle on a running fake provider, from any process."""

    def __init__(self, port: int) -> None:
        self.port = port

    @classmethod
    @contextlib.contextmanager
    def running(cls) -> Iterator["Provider"]:
        """A provider of one's own, in a thread, on a free port."""
        started: dict[str, Any] = {}
        known = threading.Event()

        async def serve() -> None:
            server, ready, stop = Server(), asyncio.Event(), asyncio.Event()
            task = asyncio.create_task(server.serve(0, ready, stop))
            await ready.wait()
            started.update(port=server.port, stop=stop, loop=asyncio.get_running_loop())
            known.set()
            await task

        thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        thread.start()
        if not known.wait(10):
            raise RuntimeError("the fake provider did not start")
        try:
            yield cls(started["port"])
        finally:
            started["loop"].call_soon_threadsafe(started["stop"].set)
            thread.join(10)

    def url(self, scenario: str) -> str:
        """The API's base for `scenario`."""
        return f"http://127.0.0.1:{self.port}/s/{quote(scenario, safe='')}/v1"

    def recording(self, identity: str, size: int) -> str:
        """The API's base for a recording in pieces of `size` bytes (0: whole)."""
        return f"http://127.0.0.1:{self.port}/rec/{size}/{quote(identity)}/v1"

    def case(self, identity: str) -> str:
        """The API's base for a broken gateway."""
        return f"http://127.0.0.1:{self.port}/case/{quote(identity)}/v1"

    def script(self, scenario: str, *scripts: Script) -> str:
        """Define `scenario`, one script per request; returns its base URL."""
        self._call("PUT", f"s/{quote(scenario, safe='')}", {"scripts": list(scripts)})
        return self.url(scenario)

    def moderate(self, scenario: str, behaviour: str, proofs: str = "right") -> str:
        """How `scenario` answers moderation requests from now on; returns its base URL."""
        self._call("PUT", f"s/{quote(scenario, safe='')}", {"moderation": behaviour, "proofs": proofs})
        return self.url(scenario)

    def judge(self, scenario: str, dialect: str, behaviour: str, proofs: str = "right") -> str:
        """How `scenario` judges, as a chat model of this dialect, from now on; returns its base URL."""
        asked = {"guard": dialect, "moderation": behaviour, "proofs": proofs}
        self._call("PUT", f"s/{quote(scenario, safe='')}", asked)
        return self.url(scenario)

    def lists(self, scenario: str, *models: str | dict[str, Any]) -> str:
        """Which models `scenario` has; without this it answers 404 where it is asked for a list. Its base URL."""
        self._call("PUT", f"s/{quote(scenario, safe='')}", {"models": list(models)})
        return self.url(scenario)

    def locks(self, scenario: str, key: str) -> str:
        """From now on `scenario` answers 401 to any other key; returns its base URL."""
        self._call("PUT", f"s/{quote(scenario, safe='')}", {"key": key})
        return self.url(scenario)

    def release(self, scenario: str, times: int = 1) -> None:
        """Let `times` gates of `scenario` open, now or when they are reached."""
        self._call("POST", f"s/{quote(scenario, safe='')}/release", {"times": times})

    def requests(self, scenario: str | None = None, proofs: str = "no") -> list[dict[str, Any]]:
        """What was asked so far: n, scenario, path, headers, body, began, ended, ended_by. `proofs`: whether those that
        judge a known text are among them ("no", "only" or "all").
        """
        wanted = f"&scenario={quote(scenario, safe='')}" if scenario else ""
        return self._call("GET", f"requests?proofs={proofs}{wanted}")

    def wait_for_request(self, scenario: str, number: int = 1, within: float = 30) -> dict[str, Any]:
        """The `number`th request of `scenario`, once it has come."""
        until = time.monotonic() + within
        while len(found := self.requests(scenario)) < number:
            if time.monotonic() > until:
                raise AssertionError(
                    f"{scenario!r} was asked {len(found)} times within {within} s, not {number}"
                )
            time.sleep(0.01)
        return found[number - 1]

    def wait_for_end(self, n: int, within: float = 5) -> dict[str, Any]:
        """The record of request `n` once its connection has ended, or as it is after `within` seconds."""
        return self._call("GET", f"requests/{n}?within={within}")

    def clear(self) -> None:
        """Forget scripts, moderation behaviours, gates and requests. Running answers go on."""
        self._call("POST", "clear", {})

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.port}/control/{path}", data, method=method)
        with _opener.open(request, timeout=30) as response:
            return json.load(response)


async def _serve(port: int) -> None:
    server, ready = Server(), asyncio.Event()
    task = asyncio.create_task(server.serve(port, ready, asyncio.Event()))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    print(f"http://127.0.0.1:{server.port}/s/<scenario>/v1", flush=True)
    await task


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A fake model provider on loopback.")
    parser.add_argument("--port", type=int, default=8099)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args().port))
