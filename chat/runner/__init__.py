"""Where turns are answered: in this process (`local`), or in worker processes that share a queue (`queue`).

`feed` connects such a worker with the queue; it is imported only there.
"""

from .base import Runner
from .local import LocalRunner
from .queue import QueueRunner

__all__ = ["LocalRunner", "QueueRunner", "Runner"]
