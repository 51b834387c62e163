"""Judging an answer: pattern rules, a moderation endpoint, their verdict, and the gates that show text."""

from .endpoint import EndpointChecker
from .gate import Action, Block, Check, Done, Gate, PostGate, Release
from .packs import starter_pack
from .patterns import PatternChecker
from .proof import prove
from .rules import BadRule, Rule
from .verdict import Checker, Finding, Outcome, Result, Severity, Subject, Verdict, aggregate

__all__ = [
    "Action",
    "BadRule",
    "Block",
    "Check",
    "Checker",
    "Done",
    "EndpointChecker",
    "Finding",
    "Gate",
    "Outcome",
    "PatternChecker",
    "PostGate",
    "Release",
    "Result",
    "Rule",
    "Severity",
    "Subject",
    "Verdict",
    "aggregate",
    "compile_rules",
    "prove",
    "starter_pack",
]

compile_rules = PatternChecker
