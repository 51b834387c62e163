"""A socket to the first of a host's addresses that answers, whichever family it is of."""

import asyncio
import socket

import httpx

from .metadata import is_metadata

STAGGER = 0.25  # seconds one address is given before the next is tried beside it (RFC 8305)


async def dial(host: str, port: int) -> socket.socket:
    """A connected, non-blocking socket. Raises httpx.ConnectError. What is not chosen is closed, also when cancelled."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(str(error)) from error
    attempts: list[asyncio.Task[socket.socket]] = []
    errors: list[str] = []
    # Whatever name it goes by: who enters an address chooses what its name leads to, and may change that later.
    found = [each for each in found if not is_metadata(str(each[4][0]))]
    if not found:
        raise httpx.ConnectError("the name leads to no address that is ever connected to")
    waiting = _alternating(found)
    if len(waiting) == 1:  # no race to run
        try:
            return await _connected(*waiting[0])
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
    try:
        while waiting or attempts:
            if waiting:
                attempts.append(loop.create_task(_connected(*waiting.pop(0))))
            done, _ = await asyncio.wait(
                attempts, timeout=STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for attempt in done:
                attempts.remove(attempt)
                if (failure := attempt.exception()) is None:
                    return attempt.result()
                errors.append(str(failure))
    finally:
        for attempt in attempts:
            attempt.add_done_callback(_close)
            attempt.cancel()
    raise httpx.ConnectError("; ".join(dict.fromkeys(errors)) or "the name has no address")


def _alternating(found: list[tuple]) -> list[tuple[int, tuple]]:
    """Family and address, the families taking turns in the order the resolver prefers."""
    first = [(family, address) for family, _, _, _, address in found if family == found[0][0]]
    other = [(family, address) for family, _, _, _, address in found if family != found[0][0]]
    mixed = [each for pair in zip(first, other, strict=False) for each in pair]
    return mixed + first[len(other) :] + other[len(first) :]


async def _connected(family: int, address: tuple) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made


def _close(attempt: asyncio.Task[socket.socket]) -> None:
    if not attempt.cancelled() and not attempt.exception():
        attempt.result().close()
