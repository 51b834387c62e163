"""A person at a test server, without a browser: pages, turns and event streams."""

import json
import uuid
from typing import Any

import httpx

from .prepared import PASSWORD
from .sse import Stream

# Two cookies of one value are what Django compares; it need not have made it.
_CSRF = "c" * 32


class Client(httpx.Client):
    """An httpx client signed in as `person` (one of tests.prepared.PEOPLE, or nobody with ""); redirects are not followed."""

    def __init__(self, address: tuple[str, int], session: str = "") -> None:
        self.address = address
        base = f"http://{address[0]}:{address[1]}"
        super().__init__(base_url=base, trust_env=False, timeout=30, headers={"X-CSRFToken": _CSRF})
        self.cookies.set("csrftoken", _CSRF)
        if session:
            self.cookies.set("sessionid", session)

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """By the form, as a browser does; what `server.client(name)` gives is signed in already."""
        response = self.post("/login/", data={"username": name, "password": password})
        if token := response.cookies.get("csrftoken"):  # signing in makes a new one
            self.cookies.delete("csrftoken", domain="")
            self.headers["X-CSRFToken"] = token
        return response

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
        return self.post("/turns/", data={k: str(v) for k, v in fields.items()}, headers={"HX-Request": "true"})

    def events(self, turn: uuid.UUID, after: str = "", **headers: str) -> Stream:
        """The turn's stream, opened; `after` becomes Last-Event-ID."""
        if after:
            headers["Last-Event-ID"] = after
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return Stream(self.address, f"/turns/{turn}/events", headers)

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
