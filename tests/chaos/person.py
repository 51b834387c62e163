"""One turn as a person lives it: sent (again and again until it is taken), read in several tabs, perhaps stopped."""

from __future__ import annotations

import asyncio
import html
import random
import re
import time
import uuid
from dataclasses import dataclass, field

import httpx

from chat import markdown
from tests.chaos import plan
from tests.chaos.reader import Reader
from tests.chaos.stack import Stack

PATIENCE = 120.0  # seconds in which everything must end; that it is not stuck is looked at apart from this
_CSRF = "c" * 32
_CONTENT = re.compile(r'<div class="content[^>]*>(.*?)</div>\s*<div class="refusal', re.DOTALL)
_STATE = re.compile(r'data-state="(\w+)"')


@dataclass(eq=False)
class Person:
    """`parent` is the turn this one follows, `conversation` that one's, where it follows one."""

    stack: Stack
    case: plan.Case
    chance: random.Random
    client: httpx.AsyncClient
    parent: Person | None = None
    turn: str = ""
    conversation: str = ""
    accepted: float = 0.0
    posts: int = 0
    readers: list[Reader] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    stopped: float = 0.0
    final: str = ""  # the answer's HTML as a load shows it once the turn has ended
    ended: float = 0.0
    over: bool = False  # nobody looks at it any more
    progress: float = 0.0  # the stack's calm when anything last happened

    def __post_init__(self) -> None:
        self.turn = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        self.conversation = self.parent.conversation if self.parent else str(
            uuid.UUID(int=self.chance.getrandbits(128), version=4)
        )  # fmt: skip

    @property
    def number(self) -> int:
        return self.case.number

    @property
    def cookie(self) -> str:
        return f"sessionid={self.stack.sessions[self.case.person]}; csrftoken={_CSRF}"

    def moved(self) -> None:
        self.progress = self.stack.calm

    async def live(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._send()
                self.moved()
                async with asyncio.TaskGroup() as group:
                    for habit in self.case.habits:
                        group.create_task(self._reader(habit).read())
                    if self.case.stop_at:
                        group.create_task(self._stop())
                self.ended = time.monotonic()
                await self._load()
        except TimeoutError:
            waiting = sum(reader.end is None for reader in self.readers)
            self.problems.append(
                f"not over after {PATIENCE:.0f} s: {waiting} of {len(self.readers)} readers wait"
            )

    async def _send(self) -> None:
        lost = self.case.lost_posts
        while True:
            try:
                if lost:
                    lost -= 1
                    await self._lose_an_answer()
                    continue
                answer = await self._ask("POST", "/turns/", self._form(), {"HX-Request": "true"})
            except (httpx.HTTPError, OSError):
                await asyncio.sleep(0.2)
                continue
            if answer.status_code == 200:
                self.accepted = time.monotonic()
                if f'id="turn-{self.turn}"' not in answer.text:
                    self.problems.append("the POST was answered with another page")
                return
            if answer.status_code < 500:
                raise AssertionError(f"case {self.number}: {answer.status_code} {answer.text[:300]}")
            await asyncio.sleep(0.3)

    def _form(self) -> dict[str, str]:
        self.posts += 1
        return {
            "turn": self.turn, "conversation": self.conversation, "kind": "send",
            "parent": self.parent.turn if self.parent else "", "text": self.case.question,
        }  # fmt: skip

    async def _lose_an_answer(self) -> None:
        """The request goes out whole, and the browser goes away before it hears."""
        body = str(httpx.QueryParams(self._form())).encode()
        port = self.chance.choice(self.stack.fronts)
        head = [
            "POST /turns/ HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Cookie: {self.cookie}", f"X-CSRFToken: {_CSRF}",
            "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}", "HX-Request: true", "", "",
        ]  # fmt: skip
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write("\r\n".join(head).encode() + body)
        await writer.drain()
        await asyncio.sleep(self.chance.choice((0.0, 0.01, 0.1)))
        writer.transport.abort()

    def _reader(self, habit: str) -> Reader:
        chance = random.Random(self.chance.random())
        reader = Reader(self.turn, habit, self.cookie, self.stack.fronts, chance, self.moved)
        self.readers.append(reader)
        return reader

    async def _stop(self) -> None:
        reader = self.readers[0]
        while reader.end is None and len(reader.page.text) < self.case.stop_at:
            await asyncio.sleep(0.02)
        while reader.end is None:
            try:
                answer = await self._ask("POST", f"/turns/{self.turn}/stop/", {}, {"HX-Request": "true"})
                if answer.status_code == 204:
                    self.stopped = time.monotonic()
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.2)

    async def _load(self) -> None:
        """As the page does at the end of the events: fetch the answer, which must be in the state it was told."""
        self.final = await self.load(f"/turns/{self.turn}/answer/")
        told = {reader.end["state"] for reader in self.readers if reader.end}
        shown = self.state
        # A hold that could not be checked may have been checked since.
        if shown not in told and not (told == {"held"} and shown == "saved"):
            self.problems.append(f"readers were told {sorted(told)}, a load shows {shown!r}")

    async def load(self, path: str) -> str:
        while True:
            try:
                answer = await self._ask("GET", path, None, {})
                if answer.status_code == 200:
                    return answer.text
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.2)

    @property
    def state(self) -> str:
        found = _STATE.search(self.final)
        return found[1] if found else ""

    def shows(self, stored: str) -> bool:
        """Whether the load shows exactly this text."""
        content = _CONTENT.search(self.final)
        return bool(content) and content[1] == markdown.render(stored)  # type: ignore[index]

    def question_in(self, page: str) -> bool:
        return html.escape(self.case.question).replace("&#x27;", "&#39;") in html.unescape(page) or (
            self.case.question in html.unescape(page)
        )

    async def _ask(
        self, method: str, path: str, data: dict[str, str] | None, headers: dict[str, str]
    ) -> httpx.Response:
        url = f"http://127.0.0.1:{self.chance.choice(self.stack.fronts)}{path}"
        headers = {"Cookie": self.cookie, "X-CSRFToken": _CSRF, **headers}
        return await self.client.request(method, url, data=data, headers=headers)
