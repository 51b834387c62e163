"""The checker that asks an OpenAI-compatible `/v1/moderations` endpoint."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

from .channels import channel_text
from .reply import Judgement, NotAVerdict, parse
from .verdict import Finding, Outcome, Result, Subject

# Code points in one request, and how many of them the next one repeats, so that nothing is cut in two.
PART = 8_000
OVERLAP = 500
AT_ONCE = 4
# Bytes. A verdict is about 2 kB.
REPLY = 1 << 20
REASON = "The moderation service flagged this text"

Post = Callable[..., Awaitable[tuple[int, bytes]]]


class EndpointChecker:
    """Has every channel of a body judged, in parts where it is long; the worst part decides.

    `post` is `async (url, json, *, key, timeout) -> (status, body)`. `url` is the whole
    address, or the server's up to `/v1` as for chats.
    `timeout` is in seconds, for one part. A part that errs, is late or is answered with anything that
    is not a verdict makes the outcome `error`, unless another was flagged.
    """

    def __init__(
        self, name: str, post: Post, url: str, key: str | None, model: str, timeout: float = 10
    ) -> None:
        self.name = name
        self._url = url.rstrip("/") + "/moderations" if url.rstrip("/").endswith("/v1") else url
        self._post, self._key, self._model, self._timeout = post, key, model, timeout

    async def check(self, subject: Subject) -> Result:
        """Judge a body. A body without a visible character has nothing to judge and passes."""
        began = time.perf_counter()
        findings: list[Finding] = []
        details: list[str] = []
        try:
            texts = ((channel, channel_text(value)) for channel, value in subject.channels.items())
            parts = [(channel, start, part) for channel, text in texts for start, part in split(text)]
            places = asyncio.Semaphore(AT_ONCE)
            judged = await asyncio.gather(*(self._judge(part, places) for _, _, part in parts))
            for (channel, start, part), judgement in zip(parts, judged, strict=True):
                if isinstance(judgement, str):
                    details.append(judgement)
                elif judgement.flagged:
                    findings += _findings(channel, start, start + len(part), judgement)
        except Exception as error:  # Whatever it is, the text has not been judged and must not pass.
            details.append(f"The text could not be sent to the moderation endpoint ({type(error).__name__}).")
        outcome: Outcome = "flag" if findings else "error" if details else "pass"
        detail = " ".join(dict.fromkeys(details))
        return Result(
            self.name, outcome, tuple(findings), detail, round((time.perf_counter() - began) * 1000)
        )

    async def _judge(self, part: str, places: asyncio.Semaphore) -> Judgement | str:
        """The judgement of a part, or a sentence that says why there is none."""
        # Strings of an answer have no lone surrogates; one that had would fail inside the client.
        body = {"input": part, "model": self._model} if self._model else {"input": part}
        async with places:
            try:
                async with asyncio.timeout(self._timeout):
                    status, reply = await self._post(self._url, body, key=self._key, timeout=self._timeout)
                if len(reply) > REPLY:
                    return "The moderation endpoint's reply is too long."
                return parse(status, reply, part)
            except NotAVerdict as error:
                return str(error)
            except TimeoutError:
                return f"The moderation endpoint did not answer within {self._timeout:g} s."
            except Exception as error:
                return f"The moderation endpoint could not be asked ({self._why(error)})."

    def _why(self, error: Exception) -> str:
        """What the client says for the operator in `detail`, else the error's kind.

        Never its own words: they may hold the address with its key, or the text.
        """
        said = getattr(error, "detail", None)
        words = said if isinstance(said, str) and said else type(error).__name__
        if self._key:
            words = words.replace(self._key, "…")
        return "".join(char for char in words if char.isprintable())[:200]


def split(text: str) -> Iterator[tuple[int, str]]:
    """Parts of at most PART code points with where each begins; none for a text without a visible character."""
    if not text.strip():
        return
    for start in range(0, max(len(text) - OVERLAP, 1), PART - OVERLAP):
        yield start, text[start : start + PART]


def _findings(channel: str, start: int, end: int, judgement: Judgement) -> Iterator[Finding]:
    for category, score in judgement.categories or (("unspecified", None),):
        # A server's words: what is not printable goes, and no more stays than a name needs.
        name = "".join(char for char in category if char.isprintable())[:64] or "unspecified"
        yield Finding(name, f"{REASON}: {name}.", channel, start, end, score)
