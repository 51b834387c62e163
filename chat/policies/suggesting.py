"""Texts that reviewers suggest: a checker was wrong about one, and is to prove itself on it in the next version.

Versions never change, so a suggestion waits at its policy until somebody who sets policies up accepts it, which makes a
draft, or dismisses it. Then its text goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from .. import audit, live, permissions
from ..endpoints import Refused
from ..models import Case, CaseEntry, CaseReason, Policy, PolicyVersion, Suggestion, User
from . import drafting, proving
from .composing import RULES, name_of
from .editing import latest_version, record_draft, store_draft

RULE, PACK, CLASSIFIER = "rule", "pack", "classifier"
_TEXTS = {
    (RULE, "pass"): "negatives",
    (RULE, "flag"): "positives",
    (CLASSIFIER, "pass"): "good",
    (CLASSIFIER, "flag"): "bad",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What was wrong, in the policy that has it: `key` names it in a form."""

    key: str
    policy: int
    where: str
    name: str
    title: str


def versions_in(version: PolicyVersion) -> list[PolicyVersion]:
    """The policies' own versions that this one comes to, with their policies; [] for one of nobody's."""
    ids = version.definition.get("of") or [version.pk]
    rows = PolicyVersion.objects.filter(pk__in=ids).exclude(policy=None).select_related("policy")
    return list(rows.order_by("policy_id"))


def targets(version: PolicyVersion, reasons: Iterable[Mapping[str, Any]]) -> list[Target]:
    """What of a turn's policies may have been wrong: what objected (`rule` and `checker` of each reason), or where nothing
    did, everything that could have.
    """
    said = [(str(row["checker"]), str(row["rule"])) for row in reasons]
    found: dict[str, Target] = {}
    for row in versions_in(version):
        for target in _parts(row):
            if not said or any(_is(target, *each) for each in said):
                found.setdefault(target.key, target)
    return [target for target in found.values() if said or target.where != PACK]


def suggest(actor: User, case_id: UUID, key: str, expected: str, text: str) -> Suggestion:
    """Raises Refused where the case has no such target or was erased, PermissionDenied, and Case.DoesNotExist."""
    permissions.check_can_review(actor)
    case = Case.objects.select_related("turn__policy", "turn__conversation").get(pk=case_id)
    permissions.check_can_see_case(actor, case)
    if case.turn.conversation.erased_at:
        raise Refused("The conversation has been erased, and no text of it is kept.")
    reasons = CaseReason.objects.filter(case=case).values("checker", "rule")
    target = next((each for each in targets(case.turn.policy, reasons) if each.key == key), None)
    if target is None:
        raise Refused("Choose what was wrong.")
    with transaction.atomic():
        made = Suggestion.objects.create(
            policy_id=target.policy, case=case, by=actor, where=target.where, name=target.name, expected=expected,
            text=text,
        )  # fmt: skip
        CaseEntry.objects.create(case=case, by=actor, kind=CaseEntry.Kind.WRONG, detail=target.name)
        live.tell_desk(case.pk)
        audit.record(
            actor, "case.wrong", case.pk, reference=case.reference, policy=target.policy, name=target.name
        )
    return made


def suggestions(viewer: User, policy: Policy) -> list[Suggestion]:
    """Those that wait, the oldest first; and where there are any, the look on record, since a case's text is in them.

    Raises PermissionDenied.
    """
    permissions.check_can_manage_policies(viewer)
    rows = policy.suggestions.filter(state=Suggestion.State.OPEN).select_related("by", "case")
    found = list(rows.order_by("pk")[:50])
    if found:
        cases = sorted({row.case.reference for row in found})
        audit.record(viewer, "suggestion.view", policy.pk, name=policy.name, cases=cases)
    return found


def accept(actor: User, suggestion: Suggestion) -> tuple[PolicyVersion, list[str]]:
    """A draft in which what was wrong has to judge the text as expected; and why it does not yet, in sentences.

    Raises Refused where the policy does not have it any more, or PermissionDenied.
    """
    permissions.check_can_manage_policies(actor)
    with transaction.atomic():
        rows = Suggestion.objects.select_for_update(of=("self",), no_key=True).select_related(
            "policy", "case"
        )
        row = rows.get(pk=suggestion.pk)
        base = latest_version(row.policy)
        definition = _with_text(row, base.definition)
        # By the case, not by who suggested it: a version is kept for good, and a name goes with its account.
        note = f"A text for {row.name}, suggested in case {row.case.reference}"
        made = store_draft(actor, base, definition, note)
        _settle(row, actor, Suggestion.State.ACCEPTED, made)
        if made.pk != base.pk:
            record_draft(actor, made)
        _record(actor, row, Suggestion.State.ACCEPTED)
    return made, proving.rule_problems(definition)


def dismiss(actor: User, suggestion: Suggestion) -> None:
    """Raises Refused where somebody was faster, or PermissionDenied."""
    permissions.check_can_manage_policies(actor)
    with transaction.atomic():
        row = Suggestion.objects.select_for_update(no_key=True).get(pk=suggestion.pk)
        _settle(row, actor, Suggestion.State.DISMISSED)
        _record(actor, row, Suggestion.State.DISMISSED)


def forget(conversation_id: UUID, turn_ids: list[UUID]) -> None:
    """In the transaction that erases the conversation: what was suggested of its turns waits no longer."""
    Suggestion.objects.filter(case__turn__in=turn_ids).drop()


def _settle(row: Suggestion, actor: User, state: Suggestion.State, made: PolicyVersion | None = None) -> None:
    rows = Suggestion.objects.filter(pk=row.pk, state=Suggestion.State.OPEN)
    if not rows.update(state=state, settled_by=actor, settled_at=timezone.now(), text="", made=made):
        raise Refused("Somebody has settled this suggestion meanwhile.")


def _record(actor: User, row: Suggestion, state: Suggestion.State) -> None:
    audit.record(actor, f"suggestion.{state}", row.pk, policy=row.policy_id, name=row.name)


def _with_text(row: Suggestion, definition: Mapping[str, Any]) -> dict[str, Any]:
    key = _TEXTS.get((row.where, row.expected))
    if key is None:
        raise Refused(
            "A rule of a pack has no texts of your own. Set what it does in its pack, then dismiss the suggestion."
        )
    if row.where == RULE:
        rule = drafting.own_rule(definition, row.name)
        if rule is None:
            raise Refused("The policy's latest version has no such rule any more.")
        return drafting.with_rule(definition, row.name, _added(rule, key, row.text))[0]
    for where in (drafting.ANSWERS, drafting.QUESTIONS):
        item = drafting.classifier(definition, where, row.name)
        if item is not None:
            return drafting.with_classifier(definition, where, row.name, _added(item, key, row.text))
    raise Refused("The policy's latest version has no such classifier any more.")


def _added(item: Mapping[str, Any], key: str, text: str) -> dict[str, Any]:
    return {**item, key: list(dict.fromkeys([*item.get(key, ()), text]))}


def _parts(version: PolicyVersion) -> list[Target]:
    normal, policy = drafting.normal(version.definition), version.policy
    assert policy is not None
    found = []

    def add(where: str, name: str, title: str) -> None:
        found.append(
            Target(f"{policy.pk}:{where}:{name}", policy.pk, where, name, f"{title} ({policy.name})")
        )

    own = {rule["name"]: rule["title"] for rule in drafting.rules_item(normal)["own"]}
    for rule in drafting.ruleset(normal):
        add(RULE if rule.name in own else PACK, rule.name, own.get(rule.name, rule.title))
    for where in (drafting.ANSWERS, drafting.QUESTIONS):
        for item in normal[where]:
            # The environment's endpoint has no texts of its own.
            if item["kind"] not in {RULES, proving.ENDPOINT_KIND}:
                add(CLASSIFIER, name_of(item), f"Classifier {name_of(item)}")
    return found


def _is(target: Target, checker: str, rule: str) -> bool:
    """Whether it is what objected; where several policies came together, one may have been given a number."""
    said = rule if checker == RULES else checker
    if (target.where == CLASSIFIER) != (checker != RULES):
        return False
    return said == target.name or (
        said.rpartition("-")[0] == target.name and said.rpartition("-")[2].isdecimal()
    )
