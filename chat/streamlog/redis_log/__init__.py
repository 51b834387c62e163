"""The stream log on Redis: one stream and one small hash per turn, read and written by any number of processes."""

from .log import RedisLog

__all__ = ["RedisLog"]
