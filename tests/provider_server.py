"""The fake provider's server: plays scripts on real sockets and remembers how each connection ended."""

import asyncio
import base64
import contextlib
import json
import socket
import struct
import time
from collections import Counter, defaultdict
from http.client import responses
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests import provider_continuing as continuing
from tests.provider_dialects import Chat, spoken_at
from tests.provider_judging import guard, in_effect, known, moderation
from tests.provider_played import gateway, recording
from tests.provider_scripts import Script, Step, models, scripts_for, status


class Server:
    def __init__(self) -> None:
        self.port = 0
        self._clear()

    async def serve(self, port: int, ready: asyncio.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", port, limit=1 << 24)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await stop.wait()

    def _clear(self) -> None:
        self._scripts: dict[str, list[Script]] = {}
        self._moderation: dict[str, str] = {}
        self._proofs: dict[str, str] = {}
        self._guards: dict[str, str] = {}
        self._models: dict[str, list[Any]] = {}
        self._keys: dict[str, str] = {}
        self._gates: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(0))
        self._counts: Counter[str] = Counter()
        self._records: list[dict[str, Any]] = []
        self._ended: list[asyncio.Event] = []

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ", 2)
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            asked = json.loads(body) if body else {}
            if target.startswith("/control/"):
                answer = json.dumps(await self._control(method, target, asked)).encode()
                await _Player(writer, None, Chat()).play([["status", 200, {}, answer.decode()]])
            else:
                await self._answer(target, headers, asked, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(
        self,
        target: str,
        headers: dict[str, str],
        asked: Any,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        scenario, script = self._choose(urlsplit(target).path, asked, headers)
        record = {
            "n": len(self._records),
            "scenario": scenario,
            "path": target,
            "headers": headers,
            "body": asked,
            "began": time.monotonic(),
            "ended": None,
            "ended_by": None,
            "proof": known(asked) is not None,
        }
        ended = asyncio.Event()
        self._records.append(record)
        self._ended.append(ended)
        spoken = spoken_at(urlsplit(target).path)
        playing = asyncio.create_task(_Player(writer, self._gates[scenario], spoken).play(script))
        watching = asyncio.create_task(_until_closed(reader))
        try:
            await asyncio.wait({playing, watching}, return_when=asyncio.FIRST_COMPLETED)
            record["ended_by"] = "server" if playing.done() and not playing.exception() else "client"
        finally:
            record["ended"] = time.monotonic()
            ended.set()
            playing.cancel()
            watching.cancel()
            await asyncio.gather(playing, watching, return_exceptions=True)

    def _choose(self, path: str, asked: Any, headers: dict[str, str]) -> tuple[str, Script]:
        first, _, rest = path.lstrip("/").partition("/")
        if first == "rec":
            size, _, rest = rest.partition("/")
            return f"rec/{rest}", recording(int(size), unquote(rest))
        scenario = unquote(rest.partition("/")[0]) if first in ("s", "case") else str(asked.get("model"))
        if scenario == "asked":
            return self._choose(f"/{continuing.question(asked)}/v1/chat/completions", asked, headers)
        if first == "case":
            return f"case/{scenario}", gateway(scenario)
        if headers.get("authorization") != f"Bearer {self._keys.get(scenario)}" and scenario in self._keys:
            return scenario, status(401, "Incorrect API key provided")
        if path.endswith("/models"):
            return f"models/{scenario}", models(self._models.get(scenario))
        behaviour = in_effect(
            self._moderation.get(scenario, scenario), self._proofs.get(scenario, "right"), asked
        )
        if path.endswith("/moderations"):
            return scenario, moderation(behaviour, asked)
        if scenario in self._guards:
            return scenario, guard(self._guards[scenario], behaviour, asked)
        scripts = self._scripts.get(scenario) or scripts_for(scenario, asked.get("messages", []))
        if scripts is None:
            return scenario, [
                ["status", 404, {}, json.dumps({"error": {"message": f"no scenario {scenario!r}"}})]
            ]
        turn = self._counts[scenario]
        self._counts[scenario] += 1
        return scenario, continuing.rest(scripts[min(turn, len(scripts) - 1)], asked)

    async def _control(self, method: str, target: str, asked: Any) -> Any:
        url = urlsplit(target)
        parts = [unquote(p) for p in url.path.split("/")[2:]]
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        if parts == ["clear"]:
            self._clear()
        elif parts[0] == "s" and parts[-1] == "release":
            for _ in range(asked["times"]):
                self._gates[parts[1]].release()
        elif parts[0] == "s":
            if "scripts" in asked:
                self._scripts[parts[1]] = asked["scripts"]
                self._counts[parts[1]] = 0
            self._models |= {parts[1]: asked["models"]} if "models" in asked else {}
            self._keys |= {parts[1]: asked["key"]} if "key" in asked else {}
            self._moderation |= {parts[1]: asked["moderation"]} if "moderation" in asked else {}
            self._proofs |= {parts[1]: asked["proofs"]} if "proofs" in asked else {}
            self._guards |= {parts[1]: asked["guard"]} if "guard" in asked else {}
        elif parts == ["requests"]:
            wanted = query.get("scenario")
            proofs = query.get("proofs", "no")
            found = [r for r in self._records if proofs == "all" or r["proof"] == (proofs == "only")]
            return [r for r in found if wanted in (None, r["scenario"])]
        elif parts[0] == "requests":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended[int(parts[1])].wait(), float(query.get("within", 5)))
            return self._records[int(parts[1])]
        return {}


class _Player:
    """Writes one script to one connection."""

    def __init__(self, writer: asyncio.StreamWriter, gate: asyncio.Semaphore | None, spoken: Chat) -> None:
        self._writer = writer
        self._gate = gate
        self._spoken = spoken
        self._begun = False

    async def play(self, script: Script) -> None:
        for step in script:
            if not await self._step(step):
                return
        if self._begun:
            await self._send(b"0\r\n\r\n")

    async def _step(self, step: Step) -> bool:
        kind, *values = step
        if kind == "wait":
            await asyncio.sleep(values[0])
        elif kind == "gate" and self._gate:
            await self._gate.acquire()
        elif kind == "hang":
            await asyncio.Event().wait()
        elif kind == "reset":
            linger = struct.pack("ii", 1, 0)  # closing with this sends RST instead of FIN
            self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._writer.transport.abort()
            return False
        elif kind == "cut":
            return False
        elif kind == "status":
            await self._whole(*values)
            return False
        elif kind == "socket":
            await self._send(base64.b64decode(values[0]))
        elif kind == "headers":
            await self._begin(values[0])
        elif kind == "endless":
            piece = values[0].encode() * (1 + 4000 // len(values[0]))
            while True:
                await self._piece(piece)
        else:
            await self._piece(self._spoken.body(kind, values))
        return True

    async def _whole(self, status: int, headers: dict[str, str], body: str) -> None:
        data = body.encode()
        await self._head(status, {"Content-Length": str(len(data)), **headers})
        await self._send(data)

    async def _begin(self, headers: dict[str, str]) -> None:
        self._begun = True
        await self._head(200, {"Content-Type": self._spoken.kind, "Transfer-Encoding": "chunked", **headers})

    async def _piece(self, data: bytes) -> None:
        if not data:
            return  # an empty piece would be the end of the body
        if not self._begun:
            await self._begin({})
        await self._send(b"%x\r\n%b\r\n" % (len(data), data))

    async def _head(self, status: int, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {responses.get(status, '')}", "Connection: close"]
        await self._send("\r\n".join([*lines, *(f"{k}: {v}" for k, v in headers.items()), "", ""]).encode())

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


async def _until_closed(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(1024):
            pass
