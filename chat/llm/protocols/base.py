"""What a protocol is: a wire format, as pure functions and a parser. Who speaks it, and where, is an Endpoint."""

import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..asked import Asked
from ..deltas import Delta
from ..endpoint import Endpoint

EVENT_STREAM = ("text/event-stream", "application/octet-stream", "")
"""DeepSeek and others label a stream as octets; some label it not at all."""


class Parser(typing.Protocol):
    """`feed()` what the decoder gives, get deltas; `finish()` at the end gives Usage and Finish, where they came.

    All raise ProviderError. `finished` says that a finish reason has come (all text with it; the usage may follow),
    `done` that the provider said nothing more will come.
    """

    done: bool

    @property
    def finished(self) -> bool: ...

    def feed(self, piece: Any, /) -> list[Delta]: ...

    def feed_whole(self, body: bytes) -> list[Delta]:
        """The deltas of an answer that came in one JSON document, from a server that does not stream."""

    def finish(self) -> list[Delta]: ...


class Decoder(typing.Protocol):
    """Bytes cut anywhere in, what a parser is fed out; `lenient` at the end gives what nothing ended, too."""

    def feed(self, data: bytes) -> list[Any]: ...

    def finish(self, *, lenient: bool = False) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class Model:
    """`window`: tokens it takes together with its answer, None where the provider does not say."""

    id: str
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Protocol:
    """`root` is the part of an address that a base may lack, or have in another way (`aliases`); `path` below it is what
    answers, `models_path` what lists the models, and `windows_path`, where it is not "", how much those take. `kinds` are the content types of a streamed answer. `continues` are the
    ways in which an answer can be gone on with (continuing.py). `headers` gives those that carry a key; without one it is
    called with "".
    """

    root: str
    aliases: tuple[str, ...]
    path: str
    models_path: str
    models_query: Mapping[str, str]
    windows_path: str
    accept: str
    kinds: tuple[str, ...]
    continues: tuple[str, ...]
    headers: Callable[[str], Mapping[str, str]]
    render_request: Callable[[Asked, Endpoint], dict[str, Any]]
    decoder: Callable[[], Decoder]
    parser: Callable[[], Parser]
    read_models: Callable[[Any], list[Model]]
    read_windows: Callable[[Any], dict[str, int]]

    @property
    def roots(self) -> tuple[str, ...]:
        return (self.root, *self.aliases)
