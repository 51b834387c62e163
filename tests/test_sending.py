"""What a person writes is looked at by the rules in the POST: nothing is stored of what they find, and it is offered without."""

import logging
import re
import uuid
from collections.abc import Callable
from html import unescape

import pytest
from django.db import connection
from django.test import Client

from chat import conf, policies
from chat.conf import checking
from chat.models import Candidate, Conversation, Message, Policy, PolicyVersion, Turn, User, bodies

KEY = "AKIA" + "QE3A7VQ5LXN4TGWJ"
CARD = "4111 1111 1111 1111"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(client: Client, person: Callable[..., User]) -> Client:
    client.force_login(person("ann"))
    return client


def fields(text: str, **more: str) -> dict[str, str]:
    return {
        "turn": str(uuid.uuid4()), "conversation": str(uuid.uuid4()), "parent": "", "kind": "send", "text": text, **more
    }  # fmt: skip


def post(client: Client, given: dict[str, str], scripted: bool = True):
    return client.post("/turns/", given, headers={"HX-Request": "true"} if scripted else {})


def nothing_is_stored() -> bool:
    return not any(kind.objects.exists() for kind in (Turn, Conversation, Message, Candidate))


@pytest.mark.slow
def test_what_a_rule_finds_is_not_taken_and_is_offered_without_it(
    ann: Client, caplog: pytest.LogCaptureFixture
) -> None:
    given = fields(f"My key is {KEY}, and my card {CARD}. Why is it refused?")
    with caplog.at_level(logging.INFO):
        answer = post(ann, given)
    assert answer.status_code == 422
    page = unescape(answer.content.decode())
    assert "a rule of this chat found an AWS access key ID and a payment card number in it" in page
    assert KEY not in page
    assert "My key is [AWS access key ID removed], and my card [payment card number removed]. Why" in page
    assert nothing_is_stored()
    (line,) = [record.getMessage() for record in caplog.records if given["turn"] in record.getMessage()]
    assert "aws-access-key, payment-card" in line
    assert KEY not in caplog.text


def test_it_is_sent_without_it_where_the_person_says_so(ann: Client) -> None:
    given = fields(f"My key is {KEY}.")
    assert post(ann, given).status_code == 422
    assert post(ann, {**given, "redact": "1"}).status_code == 200
    (message,) = Message.objects.all()
    assert bodies.channels(message.body)["text"] == "My key is [AWS access key ID removed]."


def test_without_a_script_the_page_comes_back_with_the_text_and_the_offer(ann: Client) -> None:
    given = fields(f"Is {KEY} <b>mine</b>?")
    answer = post(ann, given, scripted=False)
    assert answer.status_code == 422
    page = answer.content.decode()
    draft = re.search(r"<textarea id=\"message\"[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert draft is not None
    assert unescape(draft[1]) == given["text"]
    assert "Is [AWS access key ID removed] &lt;b&gt;mine&lt;/b&gt;?" in page
    assert 'form="composer" name="redact" value="1"' in page
    assert nothing_is_stored()


@pytest.mark.parametrize(
    "text", [f"AKIA\u200b{KEY[4:]}", f"AKIA**{KEY[4:]}**", f"&#65;KIA{KEY[4:]}", f"ＡＫＩＡ{KEY[4:]}"]
)
def test_disguises_do_not_help(ann: Client, text: str) -> None:
    assert post(ann, fields(f"Take {text} please")).status_code == 422
    assert nothing_is_stored()


def test_what_no_rule_finds_is_sent_as_it_is(ann: Client) -> None:
    assert post(ann, fields("What does AKIA stand for?")).status_code == 200
    (message,) = Message.objects.all()
    assert bodies.channels(message.body)["text"] == "What does AKIA stand for?"


def test_a_policy_of_a_newer_version_of_the_program_lets_nothing_through_and_says_why(
    ann: Client, caplog: pytest.LogCaptureFixture
) -> None:
    newer = policies.current(
        {"mode": "post", "checkers": [{"kind": "rules", "packs": ["starter", "of-2027"]}]}
    )
    Policy.objects.create(name="House", everyone=True, active=newer)
    answer = post(ann, fields("Hello"))
    assert answer.status_code == 503
    assert "does not have (rule pack of-2027)" in unescape(answer.content.decode())
    assert "rule pack of-2027" in caplog.text
    assert nothing_is_stored()


def test_rules_that_this_process_does_not_know_yet_are_made_before_the_database_is_locked(
    ann: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = []

    def warm(policy: PolicyVersion) -> None:
        locked.append(connection.in_atomic_block and len(connection.savepoint_ids) > before)
        original(policy)

    before, original = len(connection.savepoint_ids), conf.warm
    monkeypatch.setattr(conf, "warm", warm)
    monkeypatch.setattr(checking, "_compiled", {})
    monkeypatch.setattr(checking, "_rules", checking._rules.__wrapped__)
    assert post(ann, fields("Hello")).status_code == 200
    assert post(ann, fields("Hello again")).status_code == 200
    assert set(locked) == {False}
