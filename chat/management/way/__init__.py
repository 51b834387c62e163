"""Measures the way between here and a site: what `manage.py check_streaming` does."""

from .checks import Finding, check
from .reach import Unreachable

__all__ = ["Finding", "Unreachable", "check"]
