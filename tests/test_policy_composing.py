"""Several policies at once come to the strictest of them all."""

from dataclasses import replace

import pytest

from chat import moderation, policies
from chat.policies import drafting

pytestmark = pytest.mark.slow

STARTER = {"mode": "post", "checkers": [{"kind": "rules", "pack": "starter"}]}
JUDGE = {"kind": "judge", "name": "tone", "endpoint": 1, "model": "m", "policy": "Be kind."}


def definition(mode: str = "post", *classifiers: dict, **rules: object) -> dict:
    item = {"kind": "rules", "packs": [], "off": [], "redact": [], "own": [], **rules}
    return {"mode": mode, "checkers": [item, *classifiers], "input": []}


def own(name: str = "lake", **fields: object) -> dict:
    return {
        "name": name, "title": "A lake", "reason": "No lakes.", "words": ["lake"], "action": "block",
        "directions": ["input", "output"], "positives": ["the lake"], "negatives": ["the sea"], **fields,
    }  # fmt: skip


def rules(found: dict) -> dict[str, str]:
    """What each rule that is on does, by its name."""
    return {rule.name: rule.action for rule in moderation.ruleset(found["checkers"][0])}


@pytest.mark.parametrize(
    ("modes", "strictest"),
    [(["post", "window"], "window"), (["full", "post"], "full"), (["window", "full", "post"], "full")],
)
def test_the_strictest_mode_wins(modes: list[str], strictest: str) -> None:
    assert policies.compose([definition(mode) for mode in modes])["mode"] == strictest


def test_a_rule_is_on_if_one_has_it_on() -> None:
    without = definition(packs=["starter"], off=["payment-card", "iban"])
    assert "payment-card" not in rules(policies.compose([without]))
    both = rules(policies.compose([without, definition(packs=["starter"], off=["iban"])]))
    assert "payment-card" in both
    assert "iban" not in both
    # One that does not hold the pack has no say.
    assert "iban" not in rules(policies.compose([without, definition()]))


def test_to_stop_an_answer_is_stricter_than_to_replace_a_part() -> None:
    replacing = definition(packs=["starter"], redact=["payment-card", "iban"])
    both = policies.compose([replacing, definition(packs=["starter"], redact=["iban"])])
    assert rules(both)["payment-card"] == "block"
    assert rules(both)["iban"] == "redact"
    assert (
        rules(policies.compose([replacing, definition(packs=["starter"], off=["payment-card"])]))[
            "payment-card"
        ]
        == "redact"
    ), "who has it off does not ask for more"


def test_a_rule_that_replaces_by_itself_can_be_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    soft = replace(moderation.starter_pack()[0], name="soft", action="redact")
    pack = moderation.Pack("soft", "Soft", "", made=lambda: (soft,))
    monkeypatch.setitem(moderation.PACKS, "soft", pack)
    assert rules(policies.compose([definition(packs=["soft"])])) == {"soft": "redact"}
    stopping = drafting.with_pack(definition(), "soft", True, {"soft": "block"})
    assert rules(stopping) == {"soft": "block"}
    assert rules(policies.compose([definition(packs=["soft"]), stopping])) == {"soft": "block"}
    assert "block" not in drafting.with_pack(stopping, "soft", True, {"soft": "redact"})["checkers"][0]


def test_own_rules_are_each_there_once_and_under_a_name_of_their_own() -> None:
    first, second = definition(own=[own()]), definition(own=[own(words=["pond"]), own("iban", words=["x"])])
    found = policies.compose([first | STARTER | {"checkers": first["checkers"]}, second, first, STARTER])
    names = [rule["name"] for rule in found["checkers"][0]["own"]]
    assert names == ["lake", "lake-2", "iban-2"]
    assert len(set(rules(found))) == len(moderation.ruleset(found["checkers"][0]))
    moderation.compile_rules(moderation.ruleset(found["checkers"][0]))


def test_of_two_rules_that_look_for_the_same_one_that_blocks_is_left() -> None:
    for order in ([0, 1], [1, 0]):
        two = [definition(own=[own(action="redact")]), definition(own=[own("water", action="block")])]
        found = policies.compose([two[place] for place in order])
        assert [rule["action"] for rule in found["checkers"][0]["own"]] == ["block"]
        assert two[0]["checkers"][0]["own"][0]["action"] == "redact", "what it was made from stays as it is"


def test_every_classifier_is_asked_and_the_same_one_once() -> None:
    other = JUDGE | {"policy": "Be brief."}
    endpoint = {"kind": "endpoint", "model": "a"}
    found = policies.compose(
        [
            definition("post", JUDGE, endpoint),
            definition("post", dict(JUDGE), other),
            definition("post", {"kind": "endpoint", "model": "b"}),
        ]
    )
    assert [item.get("name") for item in found["checkers"][1:]] == ["tone", None, "tone-2", "moderation-2"]
    assert found["checkers"][3]["policy"] == "Be brief."
    questions = definition() | {"input": [JUDGE]}
    assert policies.compose([questions, definition()])["input"] == [JUDGE]


def test_thinking_is_off_where_one_says_so() -> None:
    assert policies.compose([STARTER, STARTER | {"reasoning": False}])["reasoning"] is False
    assert "reasoning" not in policies.compose([STARTER, definition()])


def test_a_bypass_leaves_the_rules_and_says_which_it_is() -> None:
    found = policies.compose([definition("window", JUDGE, packs=["starter"]) | {"input": [JUDGE]}], bypass=7)
    assert [item["kind"] for item in found["checkers"]] == ["rules"]
    assert (found["input"], found["bypass"], found["mode"]) == ([], 7, "window")


def test_what_there_was_before_reads_as_it_is_written_today() -> None:
    normal = drafting.normal(STARTER)
    assert normal == drafting.normal(normal)
    assert rules(normal) == rules(STARTER) == {rule.name: "block" for rule in moderation.starter_pack()}


def test_a_part_of_a_draft_is_changed_and_the_rest_stays() -> None:
    first = drafting.with_mode(STARTER, "window", reasoning=False)
    second, _ = drafting.with_rule(first, "", {**own(), "title": "Ein Größenwahn!"} | {"name": "x"})
    assert first["checkers"][0]["own"] == []
    assert (second["mode"], second["reasoning"]) == ("window", False)
    third = drafting.with_pack(second, "starter", True, {"iban": "off", "payment-card": "redact"})
    assert drafting.with_pack(third, "starter", True, {"iban": "off", "payment-card": "redact"}) == third
    assert third["checkers"][0]["off"] == ["iban"]
    gone = drafting.with_pack(third, "starter", False, {"iban": "off", "payment-card": "redact"})
    assert (gone["checkers"][0]["packs"], gone["checkers"][0]["off"]) == ([], [])
    assert drafting.without_rule(third, third["checkers"][0]["own"][0]["name"])["checkers"][0]["own"] == []
    with_judge = drafting.with_classifier(third, drafting.QUESTIONS, "", JUDGE)
    assert drafting.classifier(with_judge, drafting.QUESTIONS, "tone") == JUDGE
    assert drafting.without_classifier(with_judge, drafting.QUESTIONS, "tone") == third


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("A project name", "a-project-name"),
        ("Ein Größenwahn!", "ein-groenwahn"),
        ("Имя", "rule"),
        ("IBAN", "iban-2"),
    ],
)
def test_a_name_for_the_record_is_made_from_a_title(title: str, name: str) -> None:
    assert drafting.slug(title, drafting.rule_names(STARTER)) == name
