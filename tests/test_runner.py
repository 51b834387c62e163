"""The local runner: it stops what is here, and has others told of what is not."""

import asyncio
from uuid import UUID, uuid4

from chat.runner import LocalRunner


def test_a_stop_reaches_the_task_here_and_is_passed_on_for_any_other_turn() -> None:
    async def scenario() -> None:
        elsewhere: list[UUID] = []
        stopped: list[UUID] = []
        begun = asyncio.Event()

        async def run(turn: UUID, stop: asyncio.Event) -> None:
            begun.set()
            await stop.wait()
            stopped.append(turn)

        runner = LocalRunner(elsewhere=elsewhere.append)
        runner.register(run)
        runner.bind(asyncio.get_running_loop())
        here, there = uuid4(), uuid4()
        runner.start(here)
        await begun.wait()
        for turn in (here, there):
            await asyncio.to_thread(runner.stop, turn)
        async with asyncio.timeout(10):
            while runner.running or not elsewhere:
                await asyncio.sleep(0)
        assert stopped == [here]
        assert elsewhere == [there]
        runner.stop_here(there)  # told by another process, which does not know either: it ends there
        await asyncio.sleep(0)
        assert elsewhere == [there]

    asyncio.run(scenario())
