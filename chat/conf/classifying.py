"""From a classifier in a policy's definition to what asks its server."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from .. import endpoints, llm, moderation, proofs
from ..llm import post
from ..models import Endpoint
from ..moderation import classifiers
from .clients import completer, poster
from .database import in_database

Pair = tuple[Mapping[str, Any], str]  # an item of a definition, and its direction: output or input
_WRITER: Mapping[str, moderation.Role] = {"output": "assistant", "input": "user"}  # who wrote what is judged


async def classifier(
    item: Mapping[str, Any], direction: str = "output"
) -> moderation.Classifier | moderation.Closed:
    """One classifier as a policy's definition has it, whether it has proved itself or not: for a proof
    (`moderation.prove_classifier`), or for a try.
    """
    return built((await in_database(reach, [(item, direction)]))[0])


@dataclass(frozen=True, slots=True)
class Reached:
    """A classifier of a definition, and how it is reached; else `problem` says why it is not."""

    item: Mapping[str, Any]
    direction: str
    endpoint: llm.Endpoint | None
    problem: str = ""

    @property
    def name(self) -> str:
        return _name(self.item)

    @property
    def key(self) -> str:
        assert self.endpoint is not None
        return proofs.key(self.item, self.direction, self.endpoint)


@dataclass(frozen=True, slots=True)
class Found:
    reached: Reached
    proven: bool = False
    failing: str = ""


def found(pairs: Sequence[Pair]) -> list[Found]:
    """Those classifiers, and how it stands with their proofs."""
    reached = reach(pairs)
    states = proofs.states(
        proofs.Wanted(each.key, each.item, each.direction) for each in reached if each.endpoint
    )
    return [
        Found(each, proofs.stands(row), row.failure if row.failing_since else "")
        if each.endpoint and (row := states[each.key])
        else Found(each)
        for each in reached
    ]


def reach(pairs: Sequence[Pair]) -> list[Reached]:
    rows = Endpoint.objects.in_bulk([item["endpoint"] for item, _ in pairs if _is_key(item.get("endpoint"))])
    made = []
    for item, direction in pairs:
        endpoint, problem = None, ""
        try:
            endpoint = _endpoint(item, rows)
        except (endpoints.keys.Unusable, _Gone) as error:
            problem = str(error)
        made.append(Reached(item, direction, endpoint, problem))
    return made


class _Gone(Exception):
    """There is nothing to ask; the message is a sentence for an administrator."""


def _is_key(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _endpoint(item: Mapping[str, Any], rows: Mapping[int, Endpoint]) -> llm.Endpoint:
    if item["kind"] == "endpoint":
        if not settings.CHAT_MODERATION_URL:
            raise _Gone(
                "The policy asks for the moderation endpoint of the environment, and CHAT_MODERATION_URL is empty."
            )
        return llm.Endpoint(
            "openai", settings.CHAT_MODERATION_URL, settings.CHAT_MODERATION_KEY, str(item.get("model") or "")
        )
    row = rows.get(item["endpoint"]) if _is_key(item.get("endpoint")) else None
    if row is None:
        raise _Gone(
            f"The endpoint of the classifier {_name(item)} is gone. Choose another one in its policy."
        )
    return endpoints.resolve(row)


def _name(item: Mapping[str, Any]) -> str:
    # The name of before there were others.
    return "moderation" if item["kind"] == "endpoint" else str(item.get("name") or item["kind"])[:60]


def proven(found: Found) -> moderation.Checker:
    made = built(found.reached)
    if isinstance(made, moderation.Closed):
        return made
    key, name = found.reached.key, found.reached.name

    async def record(proof: moderation.Proof) -> None:
        await in_database(proofs.record, key, name, proof)

    return classifiers.Proven(made, record, proven=found.proven, failing=found.failing)


def built(reached: Reached) -> moderation.Classifier | moderation.Closed:
    if reached.endpoint is None:
        return moderation.Closed(reached.name, reached.problem)
    try:
        return _kept(json.dumps(reached.item, sort_keys=True), reached.direction, reached.endpoint)
    except (moderation.BadClassifier, llm.ProviderError) as error:
        return moderation.Closed(reached.name, str(error))


# One for each, for the life of the process: it remembers whether its server answers.
@functools.lru_cache(maxsize=256)
def _kept(words: str, direction: str, endpoint: llm.Endpoint) -> moderation.Classifier:
    """Raises BadClassifier and Misconfigured."""
    item = json.loads(words)
    timeout = settings.CHAT_MODERATION_TIMEOUT if item["kind"] == "endpoint" else None
    dialect = classifiers.dialect_of(item)
    line: Any
    if not isinstance(dialect, classifiers.Posted):
        line = completer(endpoint)
    elif endpoint.protocol == "openai":
        url = (
            _given(endpoint.url, dialect.path)
            if item["kind"] == "endpoint"
            else post.address(endpoint.url, dialect.path)
        )
        line = classifiers.Address(poster().post, url, endpoint.key)
    else:
        raise moderation.BadClassifier(
            f"The classifier {_name(item)} is asked through an endpoint that speaks OpenAI's format, which this one does not."
        )
    return classifiers.build(
        item, line, name=_name(item), timeout=timeout, role=_WRITER[direction], key=endpoint.key
    )


def _given(url: str, path: str) -> str:
    """The environment names the whole address, or the server's up to `/v1` as for chats."""
    return url.rstrip("/") + path if url.rstrip("/").endswith("/v1") else url
