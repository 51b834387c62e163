"""Assistants: whom a person may chat with, what each turn asks of which provider, and how they are set up."""

from ..endpoints import Refused
from .archiving import archive_assistant, archive_endpoint, unarchive_assistant, unarchive_endpoint
from .choosing import available_to, trouble, version_for
from .editing import mark_of, restore_version, save_assistant, save_endpoint
from .environment import default, follow
from .planning import Plan, plan_of
from .trying import try_due
from .windows import window_of

__all__ = [
    "Plan", "Refused", "archive_assistant", "archive_endpoint", "available_to", "default", "follow", "mark_of", "plan_of",
    "restore_version", "save_assistant", "save_endpoint", "trouble", "try_due", "unarchive_assistant",
    "unarchive_endpoint", "version_for", "window_of",
]  # fmt: skip
