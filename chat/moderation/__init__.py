"""Judging an answer: pattern rules, a moderation endpoint, their verdict, and the gates that show text."""

from .channels import Kind
from .endpoint import EndpointChecker
from .gate import MODES, Action, Block, Check, Done, Gate, Release
from .packs import starter_pack
from .patterns import PatternChecker
from .proof import prove
from .rules import BadRule, Rule
from .ruleset import ruleset
from .verdict import Checker, Finding, Outcome, Result, Severity, Subject, Verdict, aggregate, worst

__all__ = [
    "MODES",
    "Action",
    "BadRule",
    "Block",
    "Check",
    "Checker",
    "Done",
    "EndpointChecker",
    "Finding",
    "Gate",
    "Kind",
    "Outcome",
    "PatternChecker",
    "Release",
    "Result",
    "Rule",
    "Severity",
    "Subject",
    "Verdict",
    "aggregate",
    "compile_rules",
    "prove",
    "ruleset",
    "starter_pack",
    "worst",
]

compile_rules = PatternChecker
