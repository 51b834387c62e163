"""Recorded answers and broken gateways of the shared cases, as scripts for the fake provider."""

import base64

from tests.material import folder, load
from tests.provider_scripts import Script


def recording(size: int, rest: str) -> Script:
    """The recording whose id `rest` begins with, in pieces of `size` bytes (0: whole)."""
    found = next(c for c in load("1-streams/cases.jsonl") if rest.startswith(c["id"] + "/"))
    body = ((folder() or "") / "1-streams" / found["file"]).read_bytes()  # type: ignore[operator]
    size = size or len(body)
    pieces = (body[i : i + size] for i in range(0, len(body), size))
    kind = "application/x-ndjson" if found["dialect"] == "ollama" else "text/event-stream"
    return [["headers", {"Content-Type": kind}], *(["bytes", base64.b64encode(p).decode()] for p in pieces)]


def gateway(name: str) -> Script:
    """A broken gateway of `6-http`."""
    case = next(c for c in load("6-http/gateway_failures.json")["cases"] if c["id"] == name)
    script: Script = []
    for kind, *values in case["steps"]:
        if kind == "send":
            script.append(["socket", values[0]])
        elif kind == "sleep":
            script.append(["wait", values[0]])
        else:
            script.extend([["socket", values[0]], ["wait", values[2]]] * values[1])
    end: dict[str, Script] = {"rst": [["wait", 0.05], ["reset"]], "hang": [["hang"]], "close": []}
    return script + end[case["end"]]
