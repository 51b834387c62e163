"""The starter pack and imported rules against real cases of other projects."""

import base64
import re

import pytest

from chat.moderation import BadRule, Rule, compile_rules, starter_pack
from chat.moderation.packs.build import PERSONAL, SECRET
from tests.material import load

STARTER = compile_rules(starter_pack())
# In the cases' words: what the pack does not claim. The one's cases are filler (AKCxxxxxxxxxx), which
# ordinary answers are full of; an address of a machine is no secret.
NOT_CLAIMED = {"artifactory", "ip_public"}


def hits(text, category):
    wanted = {rule.name for rule in STARTER.rules if rule.category == category}
    result = STARTER.scan({"text": text})
    assert result.outcome != "error", result.detail
    return [found for found in result.findings if found.rule in wanted]


def secrets():
    for file, kind in (("secrets_gitleaks", "rule"), ("secrets_detect_secrets", "detector")):
        for case in load(f"5-moderation/{file}.json")["cases"]:
            if case[kind] not in NOT_CLAIMED:
                yield case, base64.b64decode(case["text_b64"]).decode("utf-8", "replace")


def test_secrets_of_two_scanners_cases_are_found():
    found = [bool(hits(text, SECRET)) for case, text in secrets() if case["expect_secret"]]
    assert len(found) > 40
    assert sum(found) / len(found) >= 0.93


def test_what_two_scanners_call_ordinary_is_left_alone():
    # Of the false alarms three are keys of another kind of the same vendor, so secrets all the same.
    alarms = [text for case, text in secrets() if not case["expect_secret"] and hits(text, SECRET)]
    assert len(alarms) <= 4


def test_cards_account_numbers_and_social_security_numbers_are_found_and_no_other_number_is():
    claimed = {"credit_card": "payment-card", "iban": "iban", "us_ssn": "us-social-security"}
    right = wrong = missed = 0
    for case in load("5-moderation/pii_presidio.json")["cases"]:
        found = hits(case["text"], PERSONAL)
        if case["entity"] not in claimed:
            # Some texts of other kinds do hold a card number or the like; a handful, not a habit.
            wrong += bool(found)
        elif case["expect_count"]:
            right, missed = right + bool(found), missed + (not found)
        else:
            assert not found, case["text"]
    assert right / (right + missed) >= 0.8
    assert wrong <= 3


@pytest.mark.slow
def test_ordinary_answers_and_documents_are_left_alone():
    answers = load("3-markdown/open_llm_answers.jsonl")
    texts = [value for case in answers for value in case.values() if isinstance(value, str)]
    assert sum(map(len, texts)) > 10_000
    assert [found for text in texts for found in STARTER.scan({"text": text}).findings] == []


def test_a_zero_width_character_between_any_two_characters_hides_no_secret():
    for case, text in secrets():
        if case["expect_secret"] and hits(text, SECRET):
            for hidden in ("\u200b", "\u2060", "\u00ad"):
                assert hits(hidden.join(text), SECRET), case["id"]


@pytest.mark.slow
def test_the_pack_of_221_rules_compiles_and_each_rule_is_read():
    checker = compile_rules(imported())
    assert len(checker.rules) == len(load("5-moderation/open_gitleaks_regex_pack.json")["cases"]) == 221
    for case in load("5-moderation/secrets_gitleaks.json")["cases"]:
        text = base64.b64decode(case["text_b64"]).decode("utf-8", "replace")
        if case["expect_secret"]:
            assert checker.scan({"text": text}).outcome == "flag", case["id"]


def imported():
    for case in load("5-moderation/open_gitleaks_regex_pack.json")["cases"]:
        yield a_rule(case["id"], case["regex"])


def a_rule(name, pattern):
    return Rule(name=name, title=name, reason="-", pattern=pattern, positives=(), negatives=(), source="-")


# Runs in an instant on RE2, at any length; on Python's `re` most of these would not end.
@pytest.mark.parametrize("length", [28, 2_000, 20_000])
def test_patterns_that_stall_other_engines_are_refused_or_harmless(length):
    refused = ran = 0
    for case in load("5-moderation/redos_patterns.json")["cases"]:
        try:
            checker = compile_rules([a_rule(case["id"], case["pattern"])])
        except BadRule:
            refused += 1
            continue
        attack = "".join(
            piece * (length if repeated else 1)
            for piece, repeated in re.findall(r'"([^"]*)"(\*\{n\})?', case["attack"])
        )
        assert checker.scan({"text": attack}).outcome in ("pass", "flag")
        ran += 1
    assert ran > refused
