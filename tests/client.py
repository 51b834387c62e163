"""A person at a test server, without a browser: pages, turns and event streams."""

import json
import uuid
from typing import Any

import httpx

from . import sockets
from .prepared import PASSWORD
from .sse import Stream

# The cookie and the header of one value are what Django compares; it need not have made it.
_CSRF = "c" * 32


class Client(httpx.Client):
    """An httpx client with a session, or as nobody with ""; redirects are not followed. Closing it ends its streams."""

    def __init__(self, address: tuple[str, int], session: str = "") -> None:
        self.address = address
        self._streams: list[Stream | sockets.Socket] = []
        super().__init__(
            base_url=f"http://{address[0]}:{address[1]}",
            trust_env=False,
            timeout=30,
            event_hooks={"request": [self._prove_origin]},
        )
        # With the domain, so that one the server sets takes its place instead of standing beside it.
        self.cookies.set("csrftoken", _CSRF, domain=address[0])
        if session:
            self.cookies.set("sessionid", session, domain=address[0])

    def _prove_origin(self, request: httpx.Request) -> None:
        request.headers["X-CSRFToken"] = self.cookies["csrftoken"]

    def close(self) -> None:
        for stream in self._streams:
            stream.cut()
        super().close()

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """By the form, as a browser does; what `server.client(name)` gives is signed in already."""
        return self.post("/login/", data={"username": name, "password": password})

    def ask(self, text: str, **fields: Any) -> uuid.UUID:
        """Post a turn and return its id; fails unless it was taken. `fields` as `post_turn`."""
        turn = fields.setdefault("turn", uuid.uuid4())
        response = self.post_turn(text, **fields)
        assert response.status_code < 400, f"{response.status_code}: {response.text[:500]}"
        return turn

    def post_turn(self, text: str, **fields: Any) -> httpx.Response:
        """The bare POST, as htmx sends it. Fields: turn, conversation, parent, kind; a new conversation by default."""
        fields = {
            "turn": uuid.uuid4(), "conversation": uuid.uuid4(), "parent": "", "kind": "send", "text": text, **fields
        }  # fmt: skip
        return self.post(
            "/turns/", data={k: str(v) for k, v in fields.items()}, headers={"HX-Request": "true"}
        )

    def events(self, turn: uuid.UUID, after: str = "", **headers: str) -> Stream:
        """The turn's stream, opened; `after` becomes Last-Event-ID."""
        if after:
            headers["Last-Event-ID"] = after
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        stream = Stream(self.address, f"/turns/{turn}/events", headers)
        self._streams.append(stream)
        return stream

    def socket(self, turn: uuid.UUID, after: str = "", **headers: str) -> sockets.Socket:
        """The same by WebSocket, from a page of the server's unless an Origin is given ("": none)."""
        headers = {"Origin": f"http://{self.address[0]}:{self.address[1]}", **headers}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {name: value for name, value in headers.items() if value}
        opened = sockets.Socket(self.address, sockets.path(turn, after), given)
        self._streams.append(opened)
        return opened

    def finished(self, turn: uuid.UUID) -> dict[str, Any]:
        """Wait for the turn's end; the data of its `done` event."""
        with self.events(turn) as stream:
            last = stream.until("done", "gone", "signed-out", "interrupted")[-1]
        assert last.name == "done", last
        return json.loads(last.data)

    def answer(self, turn: uuid.UUID) -> str:
        """The HTML of the turn's answer as a reload shows it."""
        return self.get(f"/turns/{turn}/answer/").raise_for_status().text

    def stop(self, turn: uuid.UUID) -> httpx.Response:
        return self.post(f"/turns/{turn}/stop/", headers={"HX-Request": "true"})
