"""Append-only records of running turns: one writer each, any number of readers, from any place in it."""

from .base import Batch, Fenced, Reader, StreamLog
from .memory import MemoryLog

__all__ = ["Batch", "Fenced", "MemoryLog", "Reader", "StreamLog"]
