"""The pages about policies: who may open them, what a form says, what becomes of what was typed."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat import assistants, policies
from chat.models import Assistant, Bypass, Endpoint, Policy, PolicyVersion, Replay, User
from chat.policies import bypassing, drafting
from tests.factories import answered, begun, held
from tests.policy_making import draft, policy, strict, switch_on, with_rule

pytestmark = pytest.mark.slow

RULE = {
    "title": "A lake", "words": "lake\nbig lake\n\nlake\n", "pattern": "", "action": "block",
    "directions": ["output", "input"], "positives": "the lake", "negatives": "the sea", "reason": "", "note": "",
}  # fmt: skip
POND = {"title": "A pond", "words": ["pond"], "positives": ["the pond"], "negatives": ["the sea"]}


@pytest.fixture
def root(admin: User) -> Client:
    policies.follow()
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def house(db: None) -> Endpoint:
    return Endpoint.objects.create(name="House", protocol="openai", url="http://127.0.0.1:9/v1")


def place(name: str, row: Policy, *rest: object) -> str:
    return reverse(name, args=[row.pk, *rest])


def latest(row: Policy) -> PolicyVersion:
    return policies.latest_version(row)


def own(row: Policy) -> list[dict]:
    return drafting.rules_item(drafting.normal(latest(row).definition))["own"]


def test_every_page_opens_for_who_sets_policies_up_and_for_nobody_else(
    root: Client, person: Callable[..., User]
) -> None:
    row = strict(rule=POND)
    answered(text="The pond.")
    replay = root.post(place("policy-replay-new", row, 2), {"count": "50"}).headers["Location"]
    item = {
        "kind": "judge",
        "name": "tone",
        "endpoint": 1,
        "model": "m",
        "policy": "Be kind.",
        "good": [],
        "bad": ["x"],
    }
    draft(row, drafting.with_classifier(latest(row).definition, drafting.ANSWERS, "", item))
    places = [
        reverse("policies"), reverse("policy-new"), place("policy", row), place("policy-mode", row), replay, place("policy-packs", row),
        place("policy-pack", row, "starter"), place("policy-rule-new", row), place("policy-rule", row, "a-pond"),
        place("policy-classifier-new", row, "answers"), place("policy-classifier-new", row, "questions") + "?kind=judge",
        place("policy-classifier", row, "answers", "tone"), place("policy-version", row, 1),
        place("policy-version", row, 2), place("policy-try", row, 2),
    ]  # fmt: skip
    ann, mia = Client(), Client()
    ann.force_login(person("ann"))
    manager = person("may")
    manager.user_permissions.add(Permission.objects.get(codename="manage_policies"))
    mia.force_login(manager)
    for each in places:
        assert root.get(each).status_code == mia.get(each).status_code == 200, each
        refused = ann.get(each)
        assert refused.status_code == 403
        assert "Only administrators set up policies" in refused.content.decode()
        assert Client().get(each).status_code == 302
    assert reverse("policies") in mia.get("/").content.decode()
    assert reverse("policies") not in ann.get("/").content.decode()


def test_a_policy_is_made_filled_switched_on_and_rolled_back(root: Client, admin: User) -> None:
    made = root.post(reverse("policy-new"), {"name": "Office", "description": "For us", "whom": "everyone"})
    row = Policy.objects.get(name="Office")
    assert made.headers["Location"] == place("policy", row)
    assert root.post(place("policy-rule-new", row), RULE).status_code == 302
    assert own(row)[0] == {
        "name": "a-lake", "title": "A lake", "words": ["lake", "big lake"], "action": "block",
        "directions": ["input", "output"], "positives": ["the lake"], "negatives": ["the sea"],
        "reason": "A lake was found.",
    }  # fmt: skip
    assert (latest(row).number, latest(row).note, latest(row).author) == (2, "Rule “A lake” added", admin)
    page = root.get(place("policy-version", row, 2)).content.decode()
    assert "What it would add" in page
    assert "1 rule of your own finds all the texts it must find" in page
    without = root.post(place("policy-activate", row, 2), {"reason": " ", "seen": ""})
    assert without.status_code == 422
    assert "Write the reason" in without.content.decode()
    root.post(place("policy-activate", row, 2), {"reason": "Lakes are secret.", "seen": ""})
    assert Policy.objects.get(pk=row.pk).active == latest(row)
    page = root.get(place("policy", row)).content.decode()
    assert "Version 2 is on" in page
    assert "Lakes are secret." in page
    root.post(place("policy-mode", row), {"mode": "full", "reasoning": "on"})
    page = root.get(place("policy", row)).content.decode()
    assert "Version 3 is a draft" in page
    assert "when all of it is checked" in page
    root.post(place("policy-activate", row, 3), {"reason": "More.", "seen": latest(row).pk - 1})
    back = root.post(
        place("policy-activate", row, 2), {"reason": "Too slow.", "seen": latest(row).pk}, follow=True
    )
    assert "Version 2 is on" in back.content.decode()
    assert "Rolled back to" in back.content.decode()


def test_whom_it_is_for_counts_at_once(root: Client, admin: User) -> None:
    group, house = Group.objects.create(name="Office"), assistants.follow()
    row = strict("Office rules")
    fields = {
        "name": "Office rules",
        "description": "",
        "whom": "some",
        "groups": [group.pk],
        "assistants": [house.pk],
    }
    assert root.post(place("policy", row), fields).status_code == 302
    row.refresh_from_db()
    assert (row.everyone, list(row.groups.all()), list(row.assistants.all())) == (False, [group], [house])
    assert "for Sluice, Office" in root.get(place("policy", row)).content.decode()
    nobody = root.post(place("policy", row), fields | {"groups": [], "assistants": []})
    assert nobody.status_code == 422
    assert "Choose at least one assistant or group" in nobody.content.decode()
    root.post(place("policy", row), fields | {"whom": "everyone"})
    row.refresh_from_db()
    assert (row.everyone, row.groups.count()) == (True, 0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "Say in a few words what it finds."),
        ({"words": ""}, "Write the words that it finds"),
        ({"pattern": "lake"}, "Write words or a pattern, not both."),
        ({"words": "", "pattern": "(lake"}, "The pattern cannot be used: missing )"),
        ({"words": "", "pattern": "(?=lake)"}, "RE2 has no look-ahead"),
        ({"words": "", "pattern": "(lake)?"}, "The pattern matches the empty text"),
        ({"words": "x" * 101}, "has 101 characters; 100 are allowed"),
        (
            {"words": "\n".join(f"w{n}" for n in range(20_001))},
            "These are 20,001 entries; 20,000 are allowed.",
        ),
        ({"positives": "the sea"}, "The rule does not find text 1 of these."),
        ({"negatives": "the lake"}, "The rule finds text 1 of these."),
        ({"negatives": ""}, "Write at least one text that it must leave alone."),
        ({"directions": []}, "Choose at least one of them."),
        ({"action": "redact"}, "“[lake removed]” stands in place of what is found, and is found itself."),
    ],
)
def test_a_rule_that_cannot_be_is_not_saved_and_nothing_is_lost(
    root: Client, wrong: dict[str, object], sentence: str
) -> None:
    row = policy()
    answer = root.post(place("policy-rule-new", row), RULE | {"note": "An hour of work"} | wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page.replace("&#x27;", "'")
    assert "An hour of work" in page
    assert latest(row).number == 1


def test_a_long_list_of_words_is_pasted_changed_and_shown_in_the_difference(root: Client) -> None:
    row = policy()
    many = "\n".join(f"codeword{n}" for n in range(3000))
    fields = RULE | {"words": many, "positives": "the codeword7!"}
    assert root.post(place("policy-rule-new", row), fields).status_code == 302
    switch_on(latest(row))
    root.post(place("policy-rule", row, "a-lake"), fields | {"words": many + "\nnewword"})
    page = root.get(place("policy", row)).content.decode()
    assert "3,000 words" in page
    assert "3,001 words" in page
    assert "“newword”" in page
    root.post(place("policy-rule", row, "a-lake"), {"remove": "1"})
    assert own(row) == []
    assert latest(row).note == "Rule “A lake” removed"


def test_packs_are_chosen_at_once_and_what_was_said_of_a_packs_rules_goes_with_it(root: Client) -> None:
    row = Policy.objects.get(from_environment=True)
    page = root.get(place("policy-packs", row)).content.decode()
    assert "Secrets and account numbers" in page
    assert "Coarse words" in page
    chosen = place("policy-packs", row)
    root.post(chosen, {"packs": ["contact", "national-de", "starter"]})
    assert drafting.rules_item(latest(row).definition)["packs"] == ["starter", "contact", "national-de"]
    draft(row, drafting.with_pack(latest(row).definition, "starter", True, {"iban": "off"}))
    hub = root.get(place("policy", row)).content.decode()
    assert "National numbers: Germany" in hub
    assert "4 rules on, 4 of them replace" in hub
    root.post(chosen, {"packs": ["contact"]})
    item = drafting.rules_item(latest(row).definition)
    assert (item["packs"], item["off"]) == (["contact"], [])
    assert root.post(chosen, {"packs": ["nothing"]}).status_code == 422


def test_single_rules_of_a_pack_are_off_or_replace(root: Client) -> None:
    row = Policy.objects.get(from_environment=True)
    page = root.get(place("policy-pack", row, "starter"))
    fields = {each.html_name: each.value() for each in page.context["form"] if each.value() is not None}
    fields |= {"on": "on", "rule-payment-card": "redact", "rule-iban": "off"}
    assert root.post(place("policy-pack", row, "starter"), fields).status_code == 302
    rules = drafting.rules_item(latest(row).definition)
    assert (rules["packs"], rules["off"], rules["redact"]) == (["starter"], ["iban"], ["payment-card"])
    page = root.get(place("policy", row)).content.decode()
    assert "39 rules on, 1 of them replaces, 1 off" in page
    again = root.post(place("policy-pack", row, "starter"), fields, follow=True)
    assert "Nothing is different" in again.content.decode()
    assert root.get(place("policy-pack", row, "nothing")).status_code == 404


def test_who_comes_second_is_told_and_keeps_what_was_typed(root: Client) -> None:
    row = policy()
    base = latest(row)
    with_rule(row)
    late = root.post(place("policy-rule-new", row), RULE | {"title": "A sea", "base": base.pk})
    assert late.status_code == 422
    assert "Meanwhile version 2 was saved by mia" in late.content.decode()
    assert "A sea" in late.content.decode()
    late = root.post(place("policy-mode", row), {"mode": "full", "base": base.pk})
    assert late.status_code == 422


def test_what_speaks_against_a_version_is_said_and_it_stays_off(root: Client) -> None:
    row = policy()
    bad = with_rule(row, positives=["the sea"])
    for name in ("policy-activate", "policy-shadow", "policy-replay-new"):
        fields = {"reason": "x", "seen": "", "count": "50"}
        refused = root.post(place(name, row, bad.number), fields)
        assert refused.status_code == 422
        assert "does not find its positive example 1" in refused.content.decode()
    assert Policy.objects.get(pk=row.pk).active is None
    assert not Replay.objects.exists()


def test_how_often_a_new_rule_would_have_been_found_is_shown_before_it_goes_live(root: Client) -> None:
    answered(text="The pond.")
    row = policy()
    page = root.get(place("policy-version", row, with_rule(row, **POND).number)).content.decode()
    assert "would have been found in 1 of the last 2 messages (1 answer, 0 of what people wrote)" in page


def test_the_last_policy_for_everybody_is_not_taken_away(root: Client) -> None:
    row = Policy.objects.get(from_environment=True)
    for name, fields in (("policy-archive", {}), ("policy-off", {"reason": "x"})):
        page = root.post(place(name, row), fields, follow=True).content.decode()
        assert "nothing would be checked" in page
    group = Group.objects.create(name="Office")
    fields = {"name": "Basic", "description": "", "whom": "some", "groups": [group.pk]}
    assert "nothing would be checked" in root.post(place("policy", row), fields).content.decode()
    row.refresh_from_db()
    assert row.active
    assert row.everyone


def test_a_policy_is_switched_off_archived_and_brought_back(root: Client) -> None:
    row = strict()
    assert root.post(place("policy-off", row), {"reason": ""}).status_code == 422
    off = root.post(place("policy-off", row), {"reason": "Not needed."}, follow=True).content.decode()
    assert "Strict is off from the next message on." in off
    assert "Not needed." in off
    away = root.post(place("policy-archive", row), follow=True).content.decode()
    assert "It waits under “Archived” below" in away
    assert "archived" in root.get(place("policy", row)).content.decode()
    back = root.post(place("policy-restore", row), follow=True).content.decode()
    assert "is back, and off" in back


def test_a_classifier_is_added_changed_and_removed(root: Client, house: Endpoint) -> None:
    row = policy()
    kinds = root.get(place("policy-classifier-new", row, "answers")).content.decode()
    for title in ("Moderation service", "Llama Guard 3", "Qwen3Guard", "Judge"):
        assert title in kinds
    fields = {
        "name": "Our tone", "endpoint": house.pk, "model": "small", "policy": "Be kind.\r\nBe brief.", "good": "Hello.",
        "bad": "You fool.\nGo away.", "timeout": "5", "note": "",
    }  # fmt: skip
    new = place("policy-classifier-new", row, "answers")
    assert root.post(f"{new}?kind=judge", fields).status_code == 302
    item = {
        "kind": "judge", "name": "our-tone", "endpoint": house.pk, "model": "small", "policy": "Be kind.\nBe brief.",
        "timeout": 5.0, "good": ["Hello."], "bad": ["You fool.", "Go away."],
    }  # fmt: skip
    assert latest(row).definition["checkers"][1:] == [item]
    page = root.get(place("policy-classifier", row, "answers", "our-tone")).content.decode()
    assert "Go away." in page
    root.post(place("policy-classifier", row, "answers", "our-tone"), fields | {"timeout": "8"})
    assert latest(row).definition["checkers"][1]["timeout"] == 8
    scores = place("policy-classifier-new", row, "questions") + "?kind=moderations"
    made = {
        "name": "scores",
        "endpoint": house.pk,
        "model": "",
        "thresholds": "violence 0.4\nself-harm: 0,2",
        "good": "",
        "bad": "",
        "timeout": "10",
    }
    root.post(scores, made)
    assert latest(row).definition["input"][0]["thresholds"] == {"violence": 0.4, "self-harm": 0.2}
    same = root.post(scores, made)
    assert "Another classifier of this policy has this name" in same.content.decode()
    root.post(place("policy-classifier", row, "answers", "our-tone"), {"remove": "1"})
    assert len(latest(row).definition["checkers"]) == 1
    assert root.get(place("policy-classifier", row, "answers", "our-tone")).status_code == 404
    assert root.get(place("policy-classifier-new", row, "nowhere")).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"endpoint": ""}, "Choose where it is asked."),
        ({"policy": ""}, "Write what it should not let through."),
        ({"bad": ""}, "Write at least one text that its policy does not let through."),
        ({"timeout": "0"}, "greater than or equal to 0.1"),
        ({"name": ""}, "Give it a name."),
    ],
)
def test_a_classifier_that_cannot_be_is_not_saved(
    root: Client, house: Endpoint, wrong: dict[str, str], sentence: str
) -> None:
    row = policy()
    fields = {"name": "tone", "endpoint": house.pk, "policy": "Be kind.", "bad": "You fool.", "timeout": "5"}
    answer = root.post(place("policy-classifier-new", row, "answers") + "?kind=judge", fields | wrong)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert latest(row).number == 1


@pytest.mark.parametrize("line", ["violence", "violence 2", "0.4", "violence x"])
def test_a_threshold_is_a_category_and_a_score(root: Client, house: Endpoint, line: str) -> None:
    row = policy()
    fields = {"name": "s", "endpoint": house.pk, "thresholds": line, "timeout": "5"}
    answer = root.post(place("policy-classifier-new", row, "answers") + "?kind=moderations", fields)
    assert "is not a category and a number from 0 to 1" in answer.content.decode()


def test_who_sets_up_policies_may_ask_an_endpoint_for_its_models(
    house: Endpoint, person: Callable[..., User]
) -> None:
    client, manager = Client(), person("may")
    manager.user_permissions.add(Permission.objects.get(codename="manage_policies"))
    client.force_login(manager)
    question = client.get(f"/endpoints/models/?for=model&endpoint={house.pk}")
    assert "cannot be listed; type the name of one" in question.content.decode()
    assert client.get(reverse("assistants")).status_code == 403


def test_the_environments_endpoint_is_offered_where_it_is_set(root: Client, settings: object) -> None:
    settings.CHAT_MODERATION_URL = "http://127.0.0.1:9/v1"  # type: ignore[attr-defined]
    row = policy()
    new = place("policy-classifier-new", row, "answers")
    assert "CHAT_MODERATION_URL" in root.get(new).content.decode()
    root.post(new, {"endpoint": "1"})
    assert latest(row).definition["checkers"][1:] == [{"kind": "endpoint", "model": ""}]
    assert "CHAT_MODERATION_URL" not in root.get(new).content.decode()
    assert (
        "CHAT_MODERATION_…"
        in root.get(place("policy-classifier", row, "answers", "moderation")).content.decode()
    )
    root.post(place("policy-classifier", row, "answers", "moderation"), {"remove": "1"})
    assert len(latest(row).definition["checkers"]) == 1


def test_a_text_is_tried_and_kept_nowhere(root: Client) -> None:
    row = strict()
    trial = place("policy-try", row, 2)
    page = root.post(
        trial, {"kind": "answer", "text": "It is by the lake.", "question": "Where?"}
    ).content.decode()
    assert "It would be held for a reviewer." in page
    assert "(found: a-lake)" in page
    assert "What came" in page
    assert "It would be saved." in root.post(trial, {"kind": "answer", "text": "The sea."}).content.decode()
    page = root.post(trial, {"kind": "question", "text": "Is the lake deep?"}).content.decode()
    assert "It would not be sent." in page
    assert (
        "It would be sent to the model."
        in root.post(trial, {"kind": "question", "text": "Hm?"}).content.decode()
    )
    empty = root.post(trial, {"kind": "answer", "text": ""})
    assert empty.status_code == 422
    assert "Paste or write a text." in empty.content.decode()
    hostile = root.post(trial, {"kind": "answer", "text": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in hostile


def test_a_replay_is_followed_and_links_to_the_case(root: Client, reviewer: User) -> None:
    answered(text="The pond.")
    strict()
    was_held = held(text="The lake.")
    row = Policy.objects.get(name="Strict")
    version = draft(row, drafting.without_rule(latest(row).definition, "a-lake"))
    version = with_rule(row, **POND)
    there = root.post(place("policy-replay-new", row, version.number), {"count": "200"}).headers["Location"]
    replay = Replay.objects.get()
    assert "0 of 2 answers judged" in root.get(there).content.decode()
    assert "delay:50ms" in root.get(there).content.decode()
    Replay.objects.update(busy_until=replay.created_at)
    assert "delay:2s" in root.get(there).content.decode(), "while another page is at it, this one waits"
    step = reverse("policy-replay-step", args=[replay.pk])
    part = root.post(step, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "2 answers judged." in part
    assert "2 decisions would be turned round." in part
    assert reverse("case", args=[was_held.case.pk]) in part
    assert "a-pond" in part
    assert "The pond." not in part
    assert root.post(step).headers["Location"] == there, "a plain form gets the page again"
    assert "2 answers judged." in root.get(there).content.decode()
    assert "Replays" in root.get(place("policy", row)).content.decode()


def test_a_replay_may_be_stopped(root: Client) -> None:
    answered()
    row = policy()
    root.post(place("policy-replay-new", row, with_rule(row).number), {"count": "50"})
    replay = Replay.objects.get()
    root.post(reverse("policy-replay-stop", args=[replay.pk]))
    replay.refresh_from_db()
    assert replay.finished_at
    assert root.post(place("policy-replay-new", row, 1), {"count": "7"}).status_code == 422
    assert root.get(reverse("policy-replay", args=[99])).status_code == 404


def test_a_shadow_is_put_in_and_taken_out(root: Client) -> None:
    row = strict()
    version = with_rule(row, **POND)
    page = root.post(place("policy-shadow", row, version.number), follow=True).content.decode()
    assert "In the shadow: version 3" in page
    assert "shadow 3: 0 of 0 differ" in root.get(reverse("policies")).content.decode()
    assert (
        "judges already"
        in root.post(place("policy-shadow", row, version.number), follow=True).content.decode()
    )
    page = root.post(place("policy-shadow-stop", row), follow=True).content.decode()
    assert "In the shadow" not in page
    assert (
        "No version of this policy"
        in root.post(place("policy-shadow-stop", row), follow=True).content.decode()
    )


def test_a_bypass_begins_shows_its_banner_to_everybody_and_ends(
    root: Client, admin: User, person: Callable[..., User]
) -> None:
    ann = Client()
    ann.force_login(person("ann"))
    assert root.post(reverse("bypass-begin"), {"reason": "", "minutes": "30"}).status_code == 422
    assert root.post(reverse("bypass-begin"), {"reason": "x", "minutes": "7"}).status_code == 422
    page = root.post(reverse("bypass-begin"), {"reason": "The classifier <b>", "minutes": "30"}, follow=True)
    assert "answers are checked by rules alone" in page.content.decode()
    for each in ("/", reverse("account"), reverse("rules")):
        banner = ann.get(each).content.decode()
        assert "answers are checked by rules alone: The classifier &lt;b&gt;" in banner
    assert "by rules alone" not in Client().get(reverse("login")).content.decode()
    bypass = Bypass.objects.get()
    assert ann.post(reverse("bypass-end", args=[bypass.pk])).status_code == 403
    over = root.post(reverse("bypass-end", args=[bypass.pk]), follow=True).content.decode()
    assert "ended by alma" in over
    assert "by rules alone" not in ann.get("/").content.decode()
    assert (
        "It was over already."
        in root.post(reverse("bypass-end", args=[bypass.pk]), follow=True).content.decode()
    )
    assert root.post(reverse("bypass-end", args=[99])).status_code == 404


def test_a_second_bypass_is_refused_beside_the_first(root: Client, admin: User) -> None:
    bypassing.begin(admin, "Down.", 15)
    refused = root.post(reverse("bypass-begin"), {"reason": "x", "minutes": "30"})
    assert refused.status_code == 422
    assert Bypass.objects.count() == 1


def test_a_person_reads_which_rules_apply_to_them(root: Client, person: Callable[..., User]) -> None:
    client, ann = Client(), person("ann")
    client.force_login(ann)
    page = client.get(reverse("rules")).content.decode()
    assert "In every chat" in page
    assert "A payment card number" in page
    assert "Each answer is checked before it is kept." in page
    group = Group.objects.create(name="Office")
    strict(
        everyone=False,
        groups=[group],
        mode="window",
        rule={"action": "redact", "words": ["secretword"], "positives": ["secretword"]},
    )
    assert "A lake" not in client.get(reverse("rules")).content.decode()
    ann.groups.add(group)
    page = client.get(reverse("rules")).content.decode()
    assert "A lake" in page
    assert "is replaced" in page
    assert "shown piece by piece after they have been checked" in page
    assert "secretword" not in page, "what it looks for is the team's own matter"
    assert Client().get(reverse("rules")).status_code == 302


def test_two_assistants_with_other_rules_are_told_apart(
    root: Client, person: Callable[..., User], house: Endpoint
) -> None:
    first = assistants.follow()
    fields = {"name": "Letters", "endpoint": house, "model": "small"}
    letters = assistants.save_assistant(User.objects.get(username="alma"), None, fields).assistant
    strict(everyone=False, assistants=[letters], mode="full")
    client = Client()
    client.force_login(person("ann"))
    page = client.get(reverse("rules")).content.decode()
    assert f"In chats with {first.name}" in page
    assert "In chats with Letters" in page
    assert "once they have been checked as a whole" in page


def test_the_chat_says_why_text_waits(root: Client, person: Callable[..., User], house: Endpoint) -> None:
    assistants.follow()
    fields = {"name": "Letters", "endpoint": house, "model": "small"}
    letters = assistants.save_assistant(User.objects.get(username="alma"), None, fields).assistant
    strict(everyone=False, assistants=[letters], mode="full")
    client = Client()
    client.force_login(person("ann"))
    assert "Each answer is checked before it is kept." in client.get("/").content.decode()
    picked = client.get(f"/?assistant={letters.pk}", headers={"HX-Request": "true"}).content.decode()
    assert 'hx-target="#release-mode"' in picked
    assert "Answers here are shown once they have been checked as a whole." in picked
    assert "checked as a whole" in client.get(f"/?assistant={letters.pk}").content.decode()


def test_an_answer_that_is_being_written_says_why_its_text_waits(
    root: Client, person: Callable[..., User]
) -> None:
    ann, client = person("ann"), Client()
    client.force_login(ann)
    for mode, said in (
        ("post", "Thinking…"),
        ("window", "Each piece appears once"),
        ("full", "once all of it has been"),
    ):
        version = policies.current({"mode": mode, "checkers": [{"kind": "rules", "packs": ["starter"]}]})
        turn = begun(ann, policy=version)
        part = client.get(reverse("turn-answer", args=[turn.pk])).content.decode()
        assert said in part
        assert ("data-waits=" in part) is (mode != "post")


@pytest.mark.parametrize("word", ["x", "-1", "9" * 5000, "٣", "0"])
def test_what_is_no_id_is_no_fault(root: Client, word: str) -> None:
    row = policy()
    assert root.post(place("policy-mode", row), {"mode": "full", "base": word}).status_code in {302, 422}
    assert (
        root.post(
            place("policy-classifier-new", row, "answers") + "?kind=judge",
            {"endpoint": word, "list": "model"},
        ).status_code
        == 200
    )
    assert root.post(place("policy-activate", row, 1), {"reason": "x", "seen": word}).status_code in {
        302,
        422,
    }


def test_a_form_older_than_the_last_change_takes_nothing_back(root: Client, admin: User) -> None:
    legal = Group.objects.create(name="Legal")
    row = policy(everyone=False, groups=[legal])
    fields = {"name": row.name, "description": "", "whom": "some", "groups": [legal.pk]}
    older = root.get(place("policy", row)).context["form"].initial["seen"]
    policies.save_policy(admin, row, {"everyone": True, "groups": []})
    reply = root.post(place("policy", row), fields | {"description": "For contracts", "seen": older})
    assert "Meanwhile somebody else has changed this policy." in reply.content.decode()
    row.refresh_from_db()
    assert (row.everyone, row.description) == (True, "")


def test_an_archived_assistant_that_a_policy_is_for_stays_in_it(root: Client, admin: User) -> None:
    kept, gone, other = (Assistant.objects.create(name=name) for name in ("Kept", "Gone", "Other"))
    row = policy(everyone=False, assistants=[kept, gone])
    for each in (gone, other):
        Assistant.objects.filter(pk=each.pk).update(archived_at=timezone.now())
    page = root.get(place("policy", row)).content.decode()
    assert "Gone" in page
    assert "Other" not in page
    fields = {"name": row.name, "description": "Strict", "whom": "some", "assistants": [kept.pk, gone.pk]}
    assert root.post(place("policy", row), fields).status_code == 302
    assert set(row.assistants.all()) == {kept, gone}
