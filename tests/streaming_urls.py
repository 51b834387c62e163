"""A page that queries once and then streams without end, for tests.test_asgi."""

import asyncio
from collections.abc import AsyncIterator

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import include, path

from chat.models import User


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    people = await User.objects.acount()

    async def body() -> AsyncIterator[str]:
        yield f"data: {people}\n\n"
        await asyncio.Event().wait()

    return StreamingHttpResponse(body(), content_type="text/event-stream")


urlpatterns = [path("endless/", stream), path("", include("chat.urls"))]
as_django_does_it = get_asgi_application()
