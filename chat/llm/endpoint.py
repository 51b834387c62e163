"""A configured provider: which wire format, where, with which key and model."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`url` is the API's base, such as `http://127.0.0.1:8080/v1`. Timeouts are in seconds.

    `continues` names how the provider goes on with a given beginning of an answer (continuing.py), or is `none`.
    `first_byte_timeout` runs until the first byte of the answer's body, `idle_timeout` between two reads,
    `total_timeout` over everything, retries and pauses of the reader included. The key is never in `repr()`.
    """

    protocol: str
    url: str
    key: str | None = field(repr=False)
    model: str
    continues: str = "none"
    connect_timeout: float = 10
    first_byte_timeout: float = 60
    idle_timeout: float = 60
    total_timeout: float = 600
