"""Judging an answer: pattern rules, classifiers, their verdict, and the gates that show text."""

from .channels import Kind
from .classifiers import DIALECTS, BadClassifier, Classifier, Closed, Proof, prove_classifier
from .gate import MODES, Action, Block, Check, Done, Gate, Release
from .packs import PACKS, starter_pack
from .packs.pack import Pack
from .patterns import PatternChecker
from .proof import prove
from .rules import BadRule, Rule
from .ruleset import UnknownPack, own, pack_names, ruleset
from .scanning import Found
from .verdict import Checker, Finding, Outcome, Result, Role, Severity, Subject, Verdict, aggregate, worst

__all__ = [
    "DIALECTS",
    "MODES",
    "PACKS",
    "Action",
    "BadClassifier",
    "BadRule",
    "Block",
    "Check",
    "Checker",
    "Classifier",
    "Closed",
    "Done",
    "Finding",
    "Found",
    "Gate",
    "Kind",
    "Outcome",
    "Pack",
    "PatternChecker",
    "Proof",
    "Release",
    "Result",
    "Role",
    "Rule",
    "Severity",
    "Subject",
    "UnknownPack",
    "Verdict",
    "aggregate",
    "compile_rules",
    "own",
    "pack_names",
    "prove",
    "prove_classifier",
    "ruleset",
    "starter_pack",
    "worst",
]

compile_rules = PatternChecker
