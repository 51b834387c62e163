"""Judging an answer: pattern rules, a moderation endpoint, their verdict, and the gates that show text."""

from chat.moderation.endpoint import EndpointChecker
from chat.moderation.gate import Action, Block, Check, Done, Gate, PostGate, Release
from chat.moderation.packs import starter_pack
from chat.moderation.patterns import PatternChecker
from chat.moderation.proof import prove
from chat.moderation.rules import BadRule, Rule
from chat.moderation.verdict import Checker, Finding, Outcome, Result, Verdict, aggregate

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
    "Verdict",
    "aggregate",
    "compile_rules",
    "prove",
    "starter_pack",
]

compile_rules = PatternChecker
