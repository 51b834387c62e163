"""Runs functions at the same moment, each on a database connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def together(*functions: Callable[[], Any]) -> list[Any]:
    """What each returned or raised, in order; one that hangs has ended in a TimeoutError. They begin when all threads stand at
    the line.
    """
    line = threading.Barrier(len(functions))
    results: list[Any] = [TimeoutError("It never ended.")] * len(functions)

    def run(number: int, function: Callable[[], Any]) -> None:
        try:
            line.wait(timeout=30)
            results[number] = function()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    # One that hangs keeps neither the test nor the process.
    threads = [threading.Thread(target=run, args=item, daemon=True) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return list(results)
