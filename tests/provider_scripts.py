"""What the fake provider plays: scripts of steps, and ready-made scenarios.

A script is a list of steps, each a list of JSON values:

    ["text", "Hello"]            one event with this content
    ["reasoning", "Hm"]          one event with reasoning_content
    ["event", {...}]             one event with this JSON
    ["finish", "stop"]           a finish reason        ["usage", {...}]    a usage chunk        ["done"]   [DONE]
    ["raw", "data: x\\n\\n"]       these characters in the body, as one piece
    ["bytes", "<base64>"]        these bytes in the body, as one piece
    ["endless", ": hm\\n\\n"]     these characters in the body again and again, as fast as they are read
    ["wait", 0.05]               seconds
    ["gate"]                     until a test releases it once
    ["headers", {...}]           send the response's head now, with these headers over the usual ones
    ["status", 503, {...}, "…"]  a whole response instead of a stream: status, headers, body
    ["socket", "<base64>"]       these bytes on the socket, as they are
    ["cut"]                      close without the end of the body     ["reset"]    TCP reset     ["hang"]    for ever

After the last step the body ends properly and the connection is closed.
"""

import json
from typing import Any

Step = list[Any]
Script = list[Step]

END: Script = [
    ["finish", "stop"],
    ["usage", {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}],
    ["done"],
]
CALLED: Script = [["finish", "tool_calls"], ["done"]]
FORBIDDEN = "FORBIDDEN"  # what the moderation behaviour "words" flags
SECRET = "AKIA" + "QE3A7VQ5LXN4TGWJ"  # looks like an access key to the pattern rules, and opens nothing


def say(text: str, *, piece: int = 3, wait: float = 0.0) -> Script:
    """`text` in pieces of `piece` characters with `wait` seconds between them, and a proper end."""
    pieces = [["text", text[i : i + piece]] for i in range(0, len(text), piece)]
    return [*_between(pieces, ["wait", wait] if wait else None), *END]


def call(index: int, arguments: str, name: str = "", id: str = "") -> Step:
    """A piece of a call of a tool, as chat completions send it."""
    about = {"id": id, "type": "function"} if id else {}
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    delta = {"tool_calls": [{"index": index, **about, "function": function}]}
    return ["event", {"choices": [{"index": 0, "delta": delta}]}]


def gated(*pieces: str) -> Script:
    """The first of `pieces` at once, each further one when released, and the end when released once more."""
    return [*_between([["text", p] for p in pieces], ["gate"]), ["gate"], *END]


def status(number: int, message: str = "", headers: dict[str, str] | None = None, **fields: Any) -> Script:
    """An error answer; `fields` go into its JSON beside the message."""
    body = json.dumps({"error": {"message": message or f"status {number}", **fields}})
    return [["status", number, {"Content-Type": "application/json", **(headers or {})}, body]]


def _between(steps: list[Step], step: Step | None) -> list[Step]:
    if step is None:
        return steps
    return [s for pair in ((one, step) for one in steps) for s in pair][:-1]


WORDS = " ".join(f"word{n}" for n in range(1, 301))

SCENARIOS: dict[str, list[Script]] = {
    "hello": [[["text", "Hello, "], ["text", "world."], *END]],
    "slow": [[*_between([["text", f"{w} "] for w in WORDS.split()], ["wait", 0.05]), *END]],
    "long": [say(WORDS * 10, piece=11)],
    "gated": [gated(*(f"piece {n} " for n in range(1, 21)))],
    "markdown": [
        say("# Title\n\nSome *text* and a list:\n\n- one\n- two\n\n```python\nprint(1)\n```\n", piece=5)
    ],
    "forbidden": [say(f"This answer says {FORBIDDEN} in the middle of it.")],
    "secret": [say(f"The key is {SECRET}, keep it.")],
    "empty": [END],
    "no-finish": [[["text", "Half an "], ["text", "answer"], ["done"]]],
    "length": [[["text", "Cut by the limit"], ["finish", "length"], ["done"]]],
    "blocked": [[["text", "Cut by the provider"], ["finish", "content_filter"], ["done"]]],
    "error-after": [
        [["text", "Hello"], ["event", {"error": {"message": "the engine stopped", "code": 500}}]]
    ],
    "hang": [[["hang"]]],
    "hang-after-headers": [[["headers", {}], ["hang"]]],
    "hang-after": [[["text", "Hello"], ["hang"]]],
    "reset": [[["reset"]]],
    "reset-after": [[["text", "Hello"], ["wait", 0.05], ["reset"]]],
    "cut": [[["text", "Hello"], ["cut"]]],
    "html": [[["status", 200, {"Content-Type": "text/html"}, "<title>Sign in</title>"]]],
    "redirect": [[["status", 302, {"Location": "/login"}, ""]]],
    "busy-once": [status(503, "loading model"), [["text", "Hello, "], ["text", "world."], *END]],
}


def scripts_for(scenario: str, messages: list[dict[str, str]]) -> list[Script] | None:
    """A ready-made scenario: one of SCENARIOS, `say:<text>`, `echo`, or `status-<code>`."""
    if scenario in SCENARIOS:
        return SCENARIOS[scenario]
    if scenario.startswith("say:"):
        return [say(scenario[4:])]
    if scenario == "echo":
        return [say("You said: " + (messages[-1]["content"] if messages else ""))]
    if scenario.startswith("status-"):
        return [status(int(scenario[7:]))]
    return None


def models(ids: list[Any] | None) -> Script:
    """The script that answers GET /models: the list (of names, or of objects with more), or 404 from a provider that has
    none.
    """
    if ids is None:
        return status(404, "no list of models here")
    body = json.dumps(
        {
            "object": "list",
            "data": [each if isinstance(each, dict) else {"id": each, "object": "model"} for each in ids],
        }
    )
    return [["status", 200, {"Content-Type": "application/json"}, body]]
