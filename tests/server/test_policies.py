"""What an administrator has set up is what a server judges by, from the next turn on, and what it does beside that."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.provider import Provider, say
from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.once]

HERON = "A heron stands in the shallow water."
SEED = """
from chat import policies
from chat.models import Policy, User
from chat.policies import bypassing, drafting
alma = User.objects.get(username="alma")
def heron(row, **fields):
    rule = {"title": "A bird", "reason": "Herons are nesting.", "words": ["heron"], "action": "block",
            "directions": ["output"], "positives": ["a heron"], "negatives": ["the sea"], **fields}
    definition, _ = drafting.with_rule(policies.latest_version(row).definition, "", rule)
    return policies.save_version(alma, policies.latest_version(row), definition)
row = policies.save_policy(alma, None, {"name": "Birds", "everyone": True})
"""


@pytest.fixture
def server(serve: Callable[..., Server]) -> Iterator[Server]:
    with Provider.running() as provider:
        provider.script("answer", say(HERON))
        provider.moderate("check", "pass")
        yield serve(
            CHAT_PROVIDER_PROTOCOL="openai", CHAT_PROVIDER_URL=provider.url("answer"), CHAT_MODEL="fake",
            CHAT_MODERATION_URL=provider.url("check"),
        )  # fmt: skip


def shell(server: Server, script: str) -> None:
    server.manage("shell", "-v0", "-c", SEED + script)


def rows(server: Server, sql: str, within: float = 20) -> list[tuple[Any, ...]]:
    """What this finds, once it finds something."""
    deadline = time.monotonic() + within
    while not (found := server.rows(sql)):
        assert time.monotonic() < deadline, f"nothing in {within:g} s: {sql}"
        time.sleep(0.02)
    return found


def test_a_turn_is_judged_by_all_policies_that_apply_and_names_what_they_come_to(server: Server) -> None:
    ann = server.client("ann")
    before = ann.ask("And now?")
    assert ann.finished(before)["state"] == "saved"
    shell(server, "policies.activate(alma, heron(row), 'Herons are nesting.', None)")
    after = ann.ask("And now?")
    assert ann.finished(after)["state"] == "held"
    found = server.rows("SELECT checker FROM chat_checkresult WHERE outcome = 'flag'")
    assert found == [("rules",)]
    composed = server.rows(
        "SELECT p.policy_id, p.number FROM chat_turn t JOIN chat_policyversion p ON p.id = t.policy_id "
        "ORDER BY t.created_at"
    )
    assert composed[0][1] == 1
    assert composed[1] == (None, None)


def test_a_rule_that_replaces_does_so_before_anybody_is_shown_it(server: Server) -> None:
    shell(server, "policies.activate(alma, heron(row, action='redact'), 'x', None)")
    ann = server.client("ann")
    turn = ann.ask("And now?")
    with ann.events(turn) as stream:
        seen = "".join(event.data for event in stream.until("done"))
    assert "heron" not in seen
    assert server.message(turn) == "A [bird removed] stands in the shallow water."


def test_a_version_in_the_shadow_judges_after_an_answer_has_been_settled(server: Server) -> None:
    shell(server, "policies.shadow(alma, heron(row))")
    ann = server.client("ann")
    assert ann.finished(ann.ask("And now?"))["state"] == "saved"
    found = rows(server, "SELECT enforced, outcome FROM chat_shadowresult")
    assert found == [("pass", "flagged")]


def test_under_a_bypass_rules_alone_judge_and_after_it_all_of_it_again(server: Server) -> None:
    shell(server, "policies.activate(alma, heron(row), 'x', None)\nbypassing.begin(alma, 'Down.', 15)")
    ann = server.client("ann")
    assert ann.finished(ann.ask("And now?"))["state"] == "held", "pattern rules stay"
    assert server.rows("SELECT DISTINCT checker FROM chat_checkresult") == [("rules",)]
    server.manage("shell", "-v0", "-c", (
        "from chat.models import Bypass, User\nfrom chat.policies import bypassing\n"
        "bypassing.end(User.objects.get(username='alma'), Bypass.objects.get())"
    ))  # fmt: skip
    assert ann.finished(ann.ask("And now?"))["state"] == "held"
    checkers = {checker for (checker,) in server.rows("SELECT DISTINCT checker FROM chat_checkresult")}
    assert checkers == {"rules", "moderation"}
