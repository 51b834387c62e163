"""The key of an endpoint is nowhere, whatever the provider does with it: pages, streams, log, database, files."""

import base64
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from tests.client import Client
from tests.provider import END, Provider
from tests.provider_scripts import Script, status
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow]

KEY = "Team7recognisable0987654321key"
MASKED = f"{KEY[:5]}****{KEY[-5:]}"
DOTTED = f"{KEY[:5]}...{KEY[-5:]}"

PARROTS: dict[str, Script] = {
    "json": status(401, f"Incorrect API key provided: {KEY}."),
    "words": status(400, f"what is {KEY} supposed to be, or {KEY.upper()}?"),
    "masked": status(401, f"{MASKED} and {DOTTED} are no good"),
    "cut": status(400, f"you sent {KEY[:20]}"),
    "codes": status(403, "no", code=KEY, type=KEY, param=KEY),
    "page": [["status", 502, {"Content-Type": "text/html"}, f"<title>no {KEY}</title>{KEY}"]],
    "page instead": [["status", 200, {"Content-Type": "text/html"}, f"<title>no {KEY}</title>{KEY}"]],
    "text": [["status", 500, {"Content-Type": "text/plain"}, f"{KEY}\n{KEY}"]],
    "headers": [["status", 401, {"X-Key": KEY, "WWW-Authenticate": f'Bearer realm="{KEY}"'}, ""]],
    "redirect": [["status", 302, {"Location": f"https://example.org/login?key={KEY}"}, KEY]],
    "kind": [["status", 200, {"Content-Type": f"text/{KEY}"}, ""]],
    "coding": [["status", 200, {"Content-Type": "text/event-stream", "Content-Encoding": KEY}, "x"]],
    "length": [["socket", base64.b64encode(f"HTTP/1.1 200 OK\r\nContent-Length: {KEY}\r\n\r\n".encode()).decode()]],
    "no http": [["socket", base64.b64encode(f"{KEY} {KEY}\r\n\r\n".encode()).decode()], ["cut"]],
    "inside": [["text", "Hello"], ["event", {"error": {"message": f"{KEY} is over", "code": KEY}}]],
    "event": [["text", "Hello"], ["raw", f"event: error\ndata: {KEY}\n\n"]],
    "broken event": [["text", "Hello"], ["raw", f"data: {{{KEY}\n\n"]],
    "name": [["raw", f"event: {KEY}\nid: {KEY}\ndata: 7\n\n"]],
    "finish": [["text", "Hello"], ["finish", KEY], ["done"]],
    "usage": [["text", "Hello"], ["usage", {"total_tokens": 1, "tier": KEY, KEY: "x"}], *END],
}  # fmt: skip


def test_a_key_that_the_provider_repeats_is_nowhere(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_PROVIDER_KEY=KEY)
    client = server.client()
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda name: _repeated(client, provider, name), PARROTS))
    asked = [request for name in PARROTS for request in provider.requests(name)]
    assert {request["headers"]["authorization"] for request in asked} == {f"Bearer {KEY}"}
    pages = [client.get(f"/c/{conversation}/").text for conversation, _ in seen]
    admin = server.client("alma")
    pages += [admin.get(path).text for path in ("/people/", "/admin/", "/metrics")]
    searched = {"streams": "".join(stream for _, stream in seen), "pages": "".join(pages), "log": server.log}
    searched |= dict(_stored(server))
    _is_nowhere(searched)


def test_a_key_that_was_entered_in_a_page_is_in_no_page_and_not_readable_in_the_database(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    admin, ann = server.client("alma"), server.client()
    provider.script("parrot", *(PARROTS[name] for name in ("words", "masked", "finish", "usage")))
    provider.lists("parrot", "small")
    limits = dict.fromkeys(("connect_timeout", "first_byte_timeout", "idle_timeout", "total_timeout"), "20")
    entered = {"name": "Parrot", "url": provider.url("parrot"), "key": KEY, "continues": "none", **limits}
    place = admin.post("/endpoints/new/?kind=compatible", data=entered).headers["Location"]
    made = admin.post(
        "/assistants/new/",
        data={
            "name": "Bird",
            "endpoint": place.strip("/").rpartition("/")[2],
            "model": "small",
            "reasoning": "on",
        },
    )
    assert made.status_code == 302, made.text
    bird = made.headers["Location"].strip("/").rpartition("/")[2]
    pages = [
        admin.post(f"{place}test/", data={"model": "small"}, headers={"HX-Request": "true"}).text,
        admin.post(f"{place}test/", data={"model": "small"}).text,
    ]
    assert all("What the server said" in page for page in pages), pages
    turns = [ann.ask("Who am I?", assistant=bird) for _ in range(2)]
    assert [ann.finished(turn)["state"] for turn in turns] == ["failed", "saved"]
    asked = [request for request in provider.requests("parrot") if request["body"]]
    assert {request["headers"]["authorization"] for request in asked} == {f"Bearer {KEY}"}
    assert len(asked) == 4
    pages += [ann.answer(turn) for turn in turns]
    pages += [
        admin.get(path).text
        for path in (place, "/assistants/", f"{place}models/", f"/assistants/{bird}/", "/admin/")
    ]
    pages.append(
        admin.get(f"/endpoints/models/?for=model&endpoint={place.strip('/').rpartition('/')[2]}").text
    )
    assert "small" in pages[-1]
    _is_nowhere({"pages": "".join(pages), "log": server.log, **dict(_stored(server))})


def _is_nowhere(searched: dict[str, str]) -> None:
    assert {"chat_turn", "chat_message"} <= set(searched)
    for place, text in searched.items():
        for part in (KEY, KEY.upper(), KEY[:10], KEY[-10:], MASKED, DOTTED, KEY[:5] + "*", "*" + KEY[-5:]):
            assert part not in text, (place, part, text[max(0, text.find(part) - 200) :][:400])


def _repeated(client: Client, provider: Provider, name: str) -> tuple[UUID, str]:
    """The conversation, and all that its reader was sent."""
    conversation = uuid4()
    provider.script(name, PARROTS[name])
    turn = client.ask(f"s/{name}", conversation=conversation)
    with client.events(turn) as stream:
        events = stream.until("done")
    return conversation, "".join(f"{event.name} {event.data}" for event in events) + client.answer(turn)


def _stored(server: Server) -> Iterator[tuple[str, str]]:
    """All that the database holds, by table, and all files of the data folder."""
    names = (
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        if server.database
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    for (table,) in server.rows(names):
        yield table, repr(server.rows(f'SELECT * FROM "{table}"'))
    for path in server.folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("latin-1")
