"""Policies: what is checked in answers and in what people write, for whom, since when, and how it is changed."""

from ..endpoints import Refused
from .activating import Unproven, activate, archive, shadow, stop_shadow, switch_off, unarchive
from .applying import for_turn, mode_of, with_version
from .composing import MODES, compose, names
from .editing import latest_version, save_policy, save_version
from .environment import follow
from .judging import Judged
from .proving import in_use
from .shadows import judge_later as judge_in_shadow
from .storing import current, version
from .suggesting import accept, dismiss, forget, suggest, suggestions, versions_in

__all__ = [
    "MODES", "Judged", "Refused", "Unproven", "accept", "activate", "archive", "compose", "current", "dismiss", "follow",
    "for_turn", "forget", "in_use", "judge_in_shadow", "latest_version", "mode_of", "names", "save_policy", "save_version", "shadow", "stop_shadow",
    "suggest", "suggestions", "switch_off", "unarchive", "version", "versions_in", "with_version",
]  # fmt: skip
