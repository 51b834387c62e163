"""Database work of the event loop, beside the views that wait for it."""

import asyncio

import pytest

from chat import conf


# Its thread may have a connection from a test before it.
@pytest.mark.django_db(transaction=True)
def test_a_view_may_wait_for_what_the_event_loop_asks_of_the_database() -> None:
    async def request() -> str:
        loop = asyncio.get_running_loop()

        async def asked() -> str:
            return await conf.in_database(lambda: "answered")

        def view() -> str:
            return asyncio.run_coroutine_threadsafe(asked(), loop).result(20)

        return await conf.request_threads().run(view)

    assert asyncio.run(request()) == "answered"
