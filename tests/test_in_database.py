"""Database work of the event loop, beside the views that wait for it."""

import asyncio

from chat import conf


def test_a_view_may_wait_for_what_the_event_loop_asks_of_the_database() -> None:
    async def request() -> str:
        loop = asyncio.get_running_loop()

        async def asked() -> str:
            return await conf.in_database(lambda: "answered")

        def view() -> str:
            return asyncio.run_coroutine_threadsafe(asked(), loop).result(20)

        return await conf.request_threads().run(view)

    assert asyncio.run(request()) == "answered"
