"""Append-only records of running turns: one writer each, any number of readers, from any place in it."""

from .base import Batch, Fenced, Gone, LogError, Reader, StreamLog, Unreachable
from .memory import MemoryLog

__all__ = ["Batch", "Fenced", "Gone", "LogError", "MemoryLog", "Reader", "StreamLog", "Unreachable"]
