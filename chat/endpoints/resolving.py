"""From an endpoint's row to what a client is made from."""

from django.conf import settings

from ..llm import Endpoint
from ..models import Endpoint as Row
from . import keys

# The demo answers within the process, but by the same requests as the rest.
_DEMO = {"url": "http://demo.invalid/v1", "continues": "assistant"}


def resolve(row: Row) -> Endpoint:
    """How this endpoint is reached. Raises keys.Unusable with a sentence for an administrator."""
    if row.from_environment:
        return environment()
    return Endpoint(
        protocol=row.protocol,
        key=None if row.protocol == Row.Protocol.DEMO else keys.unseal(row),
        model=row.model,
        connect_timeout=row.connect_timeout,
        first_byte_timeout=row.first_byte_timeout,
        idle_timeout=row.idle_timeout,
        total_timeout=row.total_timeout,
        **(_DEMO if row.protocol == Row.Protocol.DEMO else {"url": row.url, "continues": row.continues}),
    )


def environment() -> Endpoint:
    """The endpoint that CHAT_PROVIDER_… name now."""
    demo = settings.CHAT_PROVIDER_PROTOCOL == "demo"
    return Endpoint(
        protocol=settings.CHAT_PROVIDER_PROTOCOL,
        key=settings.CHAT_PROVIDER_KEY,
        model=settings.CHAT_MODEL,
        connect_timeout=settings.CHAT_CONNECT_TIMEOUT,
        first_byte_timeout=settings.CHAT_FIRST_BYTE_TIMEOUT,
        idle_timeout=settings.CHAT_IDLE_TIMEOUT,
        total_timeout=settings.CHAT_TOTAL_TIMEOUT,
        **(
            _DEMO
            if demo
            else {"url": settings.CHAT_PROVIDER_URL, "continues": settings.CHAT_PROVIDER_CONTINUES}
        ),
    )
