"""The record of what people with rights did: written here, chained, checked and read. Holds no conversation text."""

from . import keys
from .appending import adopt, begin, claim, record
from .checking import VERIFIED, Check, check_file, keep_result, last, last_result
from .heads import Head
from .lines import Unreadable
from .report import Finding, Report
from .watching import watch

__all__ = [
    "VERIFIED", "Check", "Finding", "Head", "Report", "Unreadable", "adopt", "begin", "check_file", "claim", "keep_result", "keys", "last", "last_result", "record",
    "watch",
]  # fmt: skip
