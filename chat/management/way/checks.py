"""The checks, in the order in which one fault explains the next."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ... import trial
from . import websocket
from .advice import advice
from .reach import BROKEN, Answer, Site, Unreachable, ask

LATE = 0.5  # seconds later than the others that a piece may come; buffers are seconds, networks are not
RESUME = "3.141"  # a cursor no answer has
BROWSER = "gzip, deflate, br, zstd"


@dataclass
class Finding:
    """One line: whether it is well, what was looked at, what was found, and what to change. None: only worth knowing."""

    well: bool | None
    name: str
    found: str
    change: list[str] = field(default_factory=list)


def check(url: str, token: str, silence: float) -> Iterator[Finding]:
    """Each as soon as it is known. Raises Unreachable where there is nothing to measure."""
    site = Site.at(url)
    with closing(ask(site, token, encodings=BROWSER, resume=RESUME)) as answer:
        _must_be_ours(answer, site)
        between = (
            f"{answer.header('Server')} {answer.header('Via')} {answer.header('CF-Ray') and 'cloudflare'}"
        )
        name = answer.header("Server") or answer.header("Via")
        yield Finding(True, "reached", f"in {_ms(answer.took)}" + (f", through {name}" if name else ""))
        if site.secure:
            yield _http2(site)
        yield _headers(answer, between)
        compressed = answer.header("Content-Encoding").lower() not in {"", "identity"}
        yield _compression(answer, between)
        seen, pieces = ({}, []) if compressed else _read(answer)
    if compressed:
        # What is inside is seen when it is asked for as no browser does.
        with closing(ask(site, token, resume=RESUME)) as answer:
            seen, pieces = _read(answer)
    yield _as_it_comes(pieces, between)
    if seen:
        yield from _arrived(seen, site, between)
    yield _silence(site, token, silence, between)
    yield _websocket(site, token, between)


def _must_be_ours(answer: Answer, site: Site) -> None:
    """Raises Unreachable for any other answer than the trial's, saying what it probably is."""
    status, kind = answer.status, answer.header("Content-Type").partition(";")[0]
    if status == 200 and (kind == "text/event-stream" or answer.header("X-Frame-Options") == "DENY"):
        return
    text = answer.text()
    if trial.UNKNOWN in text:
        raise Unreachable(
            f"{trial.UNKNOWN} Run this with the SECRET_KEY of {site.name} (or its DATA_DIR), and see that both clocks "
            "are right."
        )
    if 300 <= status < 400:
        target = urlsplit(answer.header("Location"))
        where = f"{target.scheme}://{target.netloc}" if target.netloc else target.path
        raise Unreachable(
            f"{site.origin} sends readers on to {where}; name that address if it is the site's. If it is a sign-in in "
            "front of Sluice, let this machine or /turns/, /ws/ and /streaming-check/ pass it."
        )
    raise Unreachable(
        _SENTENCES.get(status, _OTHER).format(site=site.name, status=status, kind=kind or "nothing")
    )


_DOWN = "The proxy at {site} answers with a page of its own ({status}): it does not reach Sluice; is that running, and on its port?"
_SENTENCES = {
    200: "Something at {site} answers with a page of its own ({kind}), which is not Sluice; is this its address?",
    400: "{site} refuses the request (400); does ALLOWED_HOSTS name it?",
    401: "Something in front of {site} wants a sign-in of its own (401); let /turns/, /ws/ and /streaming-check/ pass it.",
    403: "Something in front of {site} refuses (403): a firewall, or a check for browsers; let this machine pass it.",
    404: "There is no trial at {site} (404): it is no Sluice, an older one, or the header X-Streaming-Check is dropped on the way.",
    502: _DOWN, 503: _DOWN, 504: _DOWN,
}  # fmt: skip
_OTHER = "{site} answers {status} and {kind} where Sluice would begin a stream."


def _http2(site: Site) -> Finding:
    with closing(site.connect(10, ["h2", "http/1.1"])) as connection:
        chosen = connection.selected_alpn_protocol()  # type: ignore[attr-defined]
    if chosen == "h2":
        return Finding(True, "HTTP/2", "offered")
    few = (
        "not offered: a browser then has six connections for all its tabs, and each running answer holds one"
    )
    return Finding(None, "HTTP/2", few)


def _headers(answer: Answer, between: str) -> Finding:
    kind, cache = answer.header("Content-Type"), answer.header("Cache-Control")
    wrong = []
    if kind.partition(";")[0].strip() != "text/event-stream":
        wrong.append(f"Content-Type has become {kind!r}")
    if "no-store" not in cache:
        wrong.append(f"Cache-Control has become {cache!r}")
    if answer.header("Content-Length"):
        wrong.append("Content-Length was added, so the whole was gathered first")
    if wrong:
        return Finding(False, "headers", "; ".join(wrong), advice("headers", between))
    return Finding(True, "headers", "come as they were sent")


def _compression(answer: Answer, between: str) -> Finding:
    encoding = answer.header("Content-Encoding")
    if encoding.lower() in {"", "identity"}:
        return Finding(True, "compression", "none")
    what = f"the stream is compressed ({encoding}), and a browser shows nothing until much of it has come"
    return Finding(False, "compression", what, advice("compressed", between))


Pieces = list[tuple[float, float]]  # when it was sent, on the server's clock, and when it came, on ours


def _read(answer: Answer) -> tuple[dict[str, Any], Pieces]:
    """What the server saw, and the pieces, as far as they came."""
    seen: dict[str, Any] = {}
    pieces: Pieces = []
    try:
        for came, name, data in answer.events():
            if name == "seen":
                seen = data
                pieces.append((0.0, came))
            elif name == "beat":
                pieces.append((data["at"], came))
    except BROKEN:
        pass
    return seen, pieces


def _late(pieces: Pieces) -> float:
    """Seconds by which the latest piece came later than the quickest, measured from when each was sent."""
    ways = [came - sent for sent, came in pieces]
    return max(ways) - min(ways)


def _as_it_comes(pieces: Pieces, between: str) -> Finding:
    name = "as it comes"
    if len(pieces) <= trial.BEATS:
        what = f"the stream broke off after {len(pieces)} of {trial.BEATS + 1} pieces"
        return Finding(False, name, what, advice("buffered", between))
    late = _late(pieces)
    if late > LATE:
        what = f"pieces sent {_ms(trial.APART)} apart came up to {late:.1f} s late: something on the way gathers them"
        return Finding(False, name, what, advice("buffered", between))
    return Finding(True, name, f"pieces sent {_ms(trial.APART)} apart came at most {_ms(late)} late")


def _arrived(seen: dict[str, Any], site: Site, between: str) -> Iterator[Finding]:
    if seen["last_event_id"] == RESUME:
        yield Finding(True, "resume", "Last-Event-ID reaches the server")
    else:
        what = f"Last-Event-ID reaches the server as {seen['last_event_id']!r}, so an answer that was cut begins again"
        yield Finding(False, "resume", what, advice("last-event-id", between))
    if seen["http"] == "1.0":
        yield Finding(False, "HTTP version", "the server is asked in HTTP/1.0", advice("http10", between))
    else:
        yield Finding(True, "HTTP version", f"{seen['http']} up to the server")
    if seen["host"] == site.name:
        yield Finding(True, "host", "as the browser names it")
    else:
        what = (
            f"the server is asked for {seen['host']!r}, so it takes posts from {site.origin} for a stranger's"
        )
        yield Finding(False, "host", what, advice("host", between))
    if seen["secure"] == site.secure:
        yield Finding(
            True,
            "forwarded",
            f"the server sees you at {seen['address']}, over {site.origin.partition(':')[0]}",
        )
    else:
        what = "the server does not know of the TLS, or does not believe it: cookies are not kept to it"
        yield Finding(False, "forwarded", what, advice("scheme", between))


def _silence(site: Site, token: str, silence: float, between: str) -> Finding:
    last = 0.0
    try:
        with closing(ask(site, token, silence=silence)) as answer:
            for came, name, _ in answer.events():
                last = came
                if name == "end":
                    return Finding(True, "silence", f"{silence:g} s of it pass")
                if name == "interrupted":
                    return Finding(None, "silence", "not measured: the process that was asked is ending")
    except (*BROKEN, Unreachable):
        pass
    what = (
        f"a stream that says nothing is cut after {time.monotonic() - last:.0f} s"
        if last
        else "a stream that says nothing is cut"
    )
    return Finding(False, "silence", what, advice("silence", between))


def _websocket(site: Site, token: str, between: str) -> Finding:
    name = "WebSocket"
    pieces: Pieces = []
    began = time.monotonic()
    try:
        for came, event, data in websocket.frames(site, token):
            pieces += [(0.0, came)] if event == "seen" else [(data["at"], came)] if event == "beat" else []
    except websocket.Refused as refused:
        if refused.status == 403 and str(refused):
            return Finding(False, name, str(refused))
        return Finding(False, name, f"is not opened: {refused.status}", advice("websocket", between))
    except (*BROKEN, Unreachable):
        pass
    if len(pieces) <= trial.BEATS:
        return Finding(False, name, "is cut" if pieces else "is not opened", advice("websocket", between))
    if (late := _late(pieces)) > LATE:
        return Finding(
            False, name, f"what it carries comes up to {late:.1f} s late", advice("buffered", between)
        )
    return Finding(True, name, f"opened in {_ms(pieces[0][1] - began)}, pieces at most {_ms(late)} late")


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
