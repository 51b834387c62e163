"""A process that is to end does so, whatever its threads wait for."""

import subprocess
import sys

import pytest

STUCK = """
import threading
from chat.management import exiting
exiting.within(0.2)
threading.Thread(target=threading.Event().wait).start()
"""


@pytest.mark.slow
def test_a_thread_that_waits_for_ever_does_not_keep_a_process() -> None:
    ended = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert "to end and still waits after 0.2 s" in ended.stderr
    assert "threading.py" in ended.stderr  # what it waited for


def test_a_process_that_ends_in_time_ends_as_it_would() -> None:
    code = "from chat.management import exiting; exiting.within(30)"
    assert subprocess.run([sys.executable, "-c", code], timeout=20).returncode == 0
