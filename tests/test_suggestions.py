"""“The checker was wrong”: a text goes from a case to a policy's draft, by way of somebody who sets policies up."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from chat import policies, reviews, turns
from chat.models import AuditEntry, CaseEntry, Endpoint, Suggestion, User
from chat.policies import drafting, suggesting
from tests import held

pytestmark = pytest.mark.slow

JUDGE = {
    "kind": "judge", "name": "tone", "model": "m", "policy": "Be kind.", "good": ["Thank you."], "bad": ["Go away."],
}  # fmt: skip
WORDS = {
    "title": "A pond", "reason": "Ponds are secret.", "words": ["pond"], "action": "block",
    "directions": ["output"], "positives": ["the pond"], "negatives": ["the sea"],
}  # fmt: skip


@pytest.fixture
def version(admin: User):
    """Version 2 of the policy for everybody: a rule of its own, a pack and a judge."""
    endpoint = Endpoint.objects.create(name="House", protocol="openai", url="http://127.0.0.1:9/v1")
    basic = policies.follow()
    definition, _ = drafting.with_rule(basic.active.definition, "", WORDS)
    definition = drafting.with_classifier(
        definition, drafting.ANSWERS, "", {**JUDGE, "endpoint": endpoint.pk}
    )
    return policies.save_version(admin, policies.latest_version(basic), definition)


@pytest.fixture
def case(person: Callable[..., User], version):
    """Held by the rule, the judge and a rule of a pack, under a version that is made of that one."""
    made = held.held(
        held.conversation(person("ann")), "The pond is kindly 4111 1111 1111 1111", (4, 8, "a-pond")
    )
    whole = policies.current({**version.definition, "of": [version.pk], "mode": "full"})
    made.turn.policy = whole
    made.turn.save(update_fields=["policy"])
    results = [
        {"checker": "tone", "outcome": "flag", "findings": [{"rule": "unkind", "reason": "", "channel": "text"}]},
        {"checker": "rules", "outcome": "flag", "findings": [{"rule": "payment-card", "reason": "", "channel": "text"}]},
    ]  # fmt: skip
    turns.describing.write_reasons(made, results)
    return made


def test_what_may_have_been_wrong_is_found_in_the_policies_own_versions(case, version) -> None:
    reasons = case.reasons.values("checker", "rule")
    found = {target.where: target for target in suggesting.targets(case.turn.policy, reasons)}
    assert {where: target.name for where, target in found.items()} == {
        "rule": "a-pond", "classifier": "tone", "pack": "payment-card"
    }  # fmt: skip
    assert {target.policy for target in found.values()} == {version.policy_id}
    every = suggesting.targets(case.turn.policy, [])
    assert {(target.where, target.name) for target in every} == {("rule", "a-pond"), ("classifier", "tone")}
    assert [row.pk for row in suggesting.versions_in(case.turn.policy)] == [version.pk]
    assert suggesting.targets(policies.current(held.DEFINITION), []) == []


def test_it_is_suggested_on_the_case_and_waits_at_the_policy(
    case, version, reviewer: User, admin: User
) -> None:
    desk, root = Client(), Client()
    desk.force_login(reviewer)
    root.force_login(admin)
    reviews.reveal(reviewer, case.pk, "decide")
    page = desk.get(f"/review/{case.pk}/")
    assert page.context["found"].excerpt.startswith("The pond is kindly")
    key = f"{version.policy_id}:classifier:tone"
    form = {"target": key, "expected": "pass", "text": "The pond is kindly."}
    assert desk.post(f"/review/{case.pk}/wrong/", {**form, "target": "9:rule:x"}).status_code == 422
    assert desk.post(f"/review/{case.pk}/wrong/", {**form, "text": ""}).status_code == 422
    assert desk.post(f"/review/{case.pk}/wrong/", form).status_code == 302
    assert CaseEntry.objects.get(kind="wrong").detail == "tone"
    assert "kindly" not in str(list(AuditEntry.objects.values()))
    place = reverse("policy", args=[version.policy_id])
    assert "The pond is kindly." in root.get(place).content.decode()
    (row,) = policies.suggestions(admin, version.policy)
    done = root.post(reverse("suggestion-accept", args=[version.policy_id, row.pk]))
    assert done.status_code == 302
    latest = policies.latest_version(version.policy)
    assert latest.number == version.number + 1
    assert drafting.classifier(latest.definition, drafting.ANSWERS, "tone")["good"] == [
        "Thank you.",
        "The pond is kindly.",
    ]
    assert latest.note == f"A text for tone, suggested in case {case.reference}", (
        "no name, which goes with its account"
    )
    row.refresh_from_db()
    assert (row.state, row.text, row.settled_by, row.made) == ("accepted", "", admin, latest)
    root.post(reverse("suggestion-dismiss", args=[version.policy_id, row.pk]))
    row.refresh_from_db()
    assert row.state == "accepted"


def test_a_rule_that_still_finds_the_text_says_so_in_the_draft(
    case, version, reviewer: User, admin: User
) -> None:
    key = f"{version.policy_id}:rule:a-pond"
    row = policies.suggest(reviewer, case.pk, key, "pass", "the pond lily")
    made, problems = policies.accept(admin, row)
    assert drafting.own_rule(made.definition, "a-pond")["negatives"] == ["the sea", "the pond lily"]
    assert "a-pond" in problems[0]


def test_what_was_missed_is_to_be_found(case, version, reviewer: User, admin: User) -> None:
    key = f"{version.policy_id}:classifier:tone"
    made, _ = policies.accept(admin, policies.suggest(reviewer, case.pk, key, "flag", "You fool."))
    assert drafting.classifier(made.definition, drafting.ANSWERS, "tone")["bad"] == ["Go away.", "You fool."]


def test_a_rule_of_a_pack_has_no_texts_and_is_dismissed(case, version, reviewer: User, admin: User) -> None:
    row = policies.suggest(
        reviewer, case.pk, f"{version.policy_id}:pack:payment-card", "pass", "4111 is a year"
    )
    with pytest.raises(policies.Refused, match="pack"):
        policies.accept(admin, row)
    row.refresh_from_db()
    assert row.state == "open"
    policies.dismiss(admin, row)
    row.refresh_from_db()
    assert (row.state, row.text) == ("dismissed", "")
    with pytest.raises(policies.Refused, match="settled"):
        policies.dismiss(admin, row)
    assert policies.suggestions(admin, version.policy) == []


def test_a_rule_that_is_gone_meanwhile_is_not_brought_back(
    case, version, reviewer: User, admin: User
) -> None:
    row = policies.suggest(reviewer, case.pk, f"{version.policy_id}:rule:a-pond", "pass", "a pond lily")
    latest = policies.latest_version(version.policy)
    policies.save_version(admin, latest, drafting.without_rule(latest.definition, "a-pond"))
    with pytest.raises(policies.Refused, match="no such rule"):
        policies.accept(admin, row)
    assert Suggestion.objects.get().state == "open"
