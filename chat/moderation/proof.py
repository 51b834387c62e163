"""Rules prove themselves on their own examples, before they judge anybody's text."""

from .patterns import PatternChecker
from .rules import Rule


def prove(checker: PatternChecker) -> list[str]:
    """A sentence for each example that its rule gets wrong, and for each rule without examples; [] is good."""
    complaints = []
    for rule in checker.rules:
        if not rule.positives or not rule.negatives:
            complaints.append(f"Rule “{rule.name}” needs at least one text it finds and one it leaves alone.")
        for number, text in enumerate(rule.positives, 1):
            if not _finds(checker, rule, text):
                complaints.append(f"Rule “{rule.name}” does not find its positive example {number}.")
        for number, text in enumerate(rule.negatives, 1):
            if _finds(checker, rule, text):
                complaints.append(f"Rule “{rule.name}” finds its negative example {number}.")
    return complaints


def _finds(checker: PatternChecker, rule: Rule, text: str) -> bool:
    role = "assistant" if "output" in rule.directions else "user"
    return any(finding.rule == rule.name for finding in checker.scan({"text": text}, role).findings)
