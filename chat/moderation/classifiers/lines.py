"""What a dialect asks through. Both are given from outside: this package reaches no network."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class Completion(NamedTuple):
    """What a chat model said, and how it ended; only `complete` is a whole reply."""

    text: str
    finish: str


class Post(Protocol):
    """Status, whole body, and the seconds that a Retry-After asks for. Raises an error of the kind that `Complete` does."""

    def __call__(
        self, url: str, json: dict[str, Any], *, key: str | None, timeout: float
    ) -> Awaitable[tuple[int, bytes, float | None]]: ...


class Complete(Protocol):
    """A chat model's reply, without a try of its own at asking twice. Raises an error with `detail` for the operator,
    which holds no text of anybody's, `retryable`, and `wait`, seconds or None.
    """

    def __call__(
        self, messages: Sequence[Mapping[str, str]], *, model: str, max_tokens: int, timeout: float,
        schema: Mapping[str, Any] | None = None,
    ) -> Awaitable[Completion]: ...  # fmt: skip


@dataclass(frozen=True, slots=True)
class Address:
    """Where a `Posted` dialect is asked."""

    post: Post
    url: str
    key: str | None = None

    def __repr__(self) -> str:
        return f"Address({self.url!r})"


class Unanswered(Exception):
    """A server answered, but not the question. `detail` is for the operator; `status` is HTTP's."""

    def __init__(self, status: int, *, retryable: bool, wait: float | None = None) -> None:
        self.detail = f"status {status}"
        super().__init__(self.detail)
        self.status, self.retryable, self.wait = status, retryable, wait
