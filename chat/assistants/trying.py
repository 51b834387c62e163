"""Endpoints that are down are tried again, by one process at a time, with a question that costs nothing: their list of
models.
"""

import asyncio
import contextvars
import logging

from .. import conf, endpoints, llm
from ..endpoints import health
from ..llm import errors
from ..models import Endpoint

log = logging.getLogger("chat.assistants")

LIMIT = 20.0  # seconds a try may take
# An answer that lists no models is one all the same: not every server has a list.
_ANSWERS = (errors.RequestRefused, errors.AddressNotFound, errors.Unreadable)

_trying: set[asyncio.Task[None]] = set()


async def try_due() -> None:
    """Begin to try those whose time has come; returns at once."""
    for row in await conf.in_database(_taken):
        task = asyncio.get_running_loop().create_task(
            _try(row), name=f"endpoint {row.pk}", context=contextvars.Context()
        )
        _trying.add(task)
        task.add_done_callback(_trying.discard)


def _taken() -> list[Endpoint]:
    return [row for row in health.due() if health.take(row)]


async def _try(row: Endpoint) -> None:
    if failure := await problem(row):
        await conf.in_database(health.failed, row.pk, failure)
        log.info("endpoint %s is still down: %s", row.name, failure)
    else:
        await conf.in_database(health.works, row.pk)
        log.info("endpoint %s answers again", row.name)


async def problem(row: Endpoint) -> str:
    """What keeps a failing endpoint from being taken for one that works again, in a sentence; "" where nothing does."""
    try:
        endpoint = endpoints.resolve(row)
        async with asyncio.timeout(LIMIT):
            models = await conf.client(endpoint).models()
    except endpoints.keys.Unusable as error:
        return str(error)
    except TimeoutError:
        return f"It did not list its models within {LIMIT:.0f} s."
    except llm.ProviderError as error:
        if isinstance(error, _ANSWERS) and not health.is_of(row.failure, error):
            return ""
        return health.words(error) or row.failure
    unknown = health.is_of(row.failure, errors.ModelNotFound())
    if unknown and models and endpoint.model and endpoint.model not in {model.id for model in models}:
        return row.failure
    return ""
