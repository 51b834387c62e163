"""Proofs on record: who is proved when, by whom, and what a policy's classifiers are made of."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import TestCase, override_settings
from django.utils import timezone

from chat import conf, policies, proofs, proving
from chat.conf.classifying import found, proven, reach
from chat.endpoints import keys
from chat.models import CheckerState, Endpoint
from chat.moderation import Classifier, Closed, Proof, Subject, prove_classifier
from tests.provider import Provider
from tests.provider_judging import KNOWN_BAD

ITEM: dict[str, Any] = {"kind": "llama-guard-3", "name": "guard", "model": "guard:8b"}
GOOD, BAD, SILENT = (
    Proof(),
    Proof(("It passes the built-in bad text 1.",)),
    Proof(("No answer.",), answered=False),
)


def endpoint(name: str = "Guards", url: str = "http://h/v1", **fields: Any) -> Endpoint:
    return Endpoint.objects.create(name=name, protocol="openai", url=url, **fields)


def item(row: Endpoint | None = None, **fields: Any) -> dict[str, Any]:
    return {**ITEM, "endpoint": row.pk if row else 0, **fields}


def known(row: Endpoint | None = None, **fields: Any) -> CheckerState:
    """The record of a classifier, made by its first use."""
    (each,) = found([(item(row or endpoint(), **fields), "output")])
    return CheckerState.objects.get(pk=each.reached.key)


class Records(TestCase):
    def test_a_classifier_is_known_from_its_first_use_on_and_has_proved_nothing(self) -> None:
        row = known()
        assert not proofs.stands(row)
        assert (row.item["kind"], row.direction, row.failing_since) == ("llama-guard-3", "output", None)
        assert proofs.due() == [row]

    def test_looking_costs_two_statements_and_changes_nothing(self) -> None:
        row = known(one := endpoint())
        with self.assertNumQueries(2):
            found([(item(one), "output")])
        assert CheckerState.objects.get() == row

    def test_another_address_model_policy_or_direction_is_another_classifier_and_another_key_is_not(
        self,
    ) -> None:
        row = endpoint()

        def key(direction: str = "output", **fields: Any) -> str:
            return reach([(item(row, **fields), direction)])[0].key

        first = key()
        assert len({first, key(model="x"), key(direction="input"), key(bad=["x"]), key(timeout=5)}) == 5
        row.key_sealed = keys.seal("sk-another", row.url)
        row.save()
        assert key() == first
        row.url, row.key_sealed = "http://elsewhere/v1", ""
        row.save()
        assert key() != first

    def test_a_proof_is_good_for_hours_and_looked_at_again_after_half_an_hour(self) -> None:
        row = known()
        proofs.record(row.key, "guard", GOOD)
        row.refresh_from_db()
        now = timezone.now()
        assert proofs.stands(row)
        assert not proofs.due(now + timedelta(minutes=29))
        assert proofs.due(now + timedelta(minutes=31))
        assert not proofs.stands(row, now + timedelta(hours=7))

    def test_one_that_fails_is_closed_until_it_passes_and_tried_again_after_ever_longer(self) -> None:
        row = known()
        with self.assertLogs("chat.moderation", logging.WARNING) as logged:
            for _ in range(3):
                proofs.record(row.key, "guard", BAD)
            row.refresh_from_db()
            assert not proofs.stands(row)
            assert row.failure == BAD.complaints[0]
            (each,) = found([(row.item, "output")])
            assert each.failing == row.failure
            proofs.record(row.key, "guard", GOOD)
        assert len(logged.output) == 2
        row.refresh_from_db()
        assert proofs.stands(row)
        assert row.failure == ""
        now = timezone.now()
        row.failing_since = now
        for tried, wait in ((0, 10), (20, 20), (600, 600), (9_000, 1_800)):
            row.tried_at = now + timedelta(seconds=tried)
            assert proofs.next_try(row) == row.tried_at + timedelta(seconds=wait)

    def test_a_server_that_does_not_answer_leaves_it_as_it_stood(self) -> None:
        row = known()
        proofs.record(row.key, "guard", GOOD)
        proofs.record(row.key, "guard", SILENT)
        row.refresh_from_db()
        assert proofs.stands(row)
        proofs.record(row.key, "guard", BAD)
        proofs.record(row.key, "guard", SILENT)
        row.refresh_from_db()
        assert row.failing_since
        assert row.failure == BAD.complaints[0]

    def test_while_it_does_not_answer_it_is_tried_at_most_every_five_minutes(self) -> None:
        row = known()
        for tried, wait in ((1, 10), (60, 60), (5_000, 300)):
            row.tried_at = row.created_at + timedelta(seconds=tried)
            assert proofs.next_try(row) == row.tried_at + timedelta(seconds=wait)

    def test_one_process_takes_it(self) -> None:
        row = known()
        assert proofs.take(row)
        assert not proofs.take(row)
        row.refresh_from_db()
        assert proofs.take(row, timezone.now() + timedelta(seconds=1))

    def test_one_that_judges_nothing_any_more_is_not_proved_and_at_last_forgotten(self) -> None:
        row = known()
        now = timezone.now()
        assert proofs.due(now)
        CheckerState.objects.update(used_at=now - timedelta(days=2), failing_since=now)
        assert not proofs.due(now)
        assert proofs.failing(now) == 0
        proofs.forget(now)
        assert CheckerState.objects.filter(pk=row.pk).exists()
        proofs.forget(now + timedelta(days=30))
        assert not CheckerState.objects.exists()

    def test_that_it_is_used_is_noted_once_an_hour(self) -> None:
        row = known(one := endpoint())
        before = timezone.now() - timedelta(hours=2)
        CheckerState.objects.update(used_at=before)
        found([(item(one), "output")])
        row.refresh_from_db()
        assert row.used_at > before
        with self.assertNumQueries(2):
            found([(item(one), "output")])


def checker(of: dict[str, Any]) -> Any:
    return proven(found([(of, "output")])[0])


def judged(of: dict[str, Any]) -> Any:
    return asyncio.run(checker(of).check(Subject({"text": "Hello"})))


class WhatCannotBeAsked(TestCase):
    """It is a checker that errs, never one that is left out."""

    def test_an_endpoint_that_is_gone(self) -> None:
        for gone in (4711, None, "1", True):
            result = judged({**ITEM, "endpoint": gone})
            assert result.outcome == "error"
            assert (
                result.detail
                == "The endpoint of the classifier guard is gone. Choose another one in its policy."
            )

    def test_a_key_that_cannot_be_read(self) -> None:
        row = endpoint(key_variable="NOBODY_HAS_SET_THIS_API_KEY")
        result = judged(item(row))
        assert result.outcome == "error"
        assert "NOBODY_HAS_SET_THIS_API_KEY, which is empty or not set" in result.detail

    def test_an_address_that_is_none(self) -> None:
        assert judged(item(endpoint(url="nowhere"), kind="moderations")).outcome == "error"

    def test_moderations_at_an_endpoint_that_does_not_speak_openais_format(self) -> None:
        row = endpoint()
        Endpoint.objects.update(protocol="anthropic")
        assert "speaks OpenAI's format" in judged(item(row, kind="moderations")).detail

    def test_a_kind_of_another_version(self) -> None:
        assert "no classifier of the kind 'telepathy'" in judged(item(endpoint(), kind="telepathy")).detail

    def test_a_judge_without_a_policy(self) -> None:
        assert "needs a policy" in judged(item(endpoint(), kind="judge")).detail

    def test_the_environments_endpoint_where_it_names_none(self) -> None:
        result = judged({"kind": "endpoint", "model": ""})
        assert (result.checker, result.outcome) == ("moderation", "error")
        assert "CHAT_MODERATION_URL is empty" in result.detail

    def test_nothing_of_it_is_on_record(self) -> None:
        judged({**ITEM, "endpoint": 4711})
        assert not CheckerState.objects.exists()


class WhatIsAsked(TestCase):
    @override_settings(
        CHAT_MODERATION_URL="http://m/v1", CHAT_MODERATION_KEY="sk-m", CHAT_MODERATION_TIMEOUT=3
    )
    def test_the_environments_endpoint_goes_the_same_way(self) -> None:
        (each,) = reach([({"kind": "endpoint", "model": "omni"}, "output")])
        assert each.endpoint is not None
        assert (each.endpoint.url, each.endpoint.key, each.name) == ("http://m/v1", "sk-m", "moderation")
        (row,) = [row for row in proving._taken() if row.item["kind"] == "endpoint"]
        assert "sk-m" not in repr([row.item, row.key])

    def test_the_same_classifier_is_the_same_object_and_so_remembers_what_failed(self) -> None:
        row = endpoint()
        first, again = (checker(item(row))._classifier for _ in range(2))
        assert first is again
        assert checker(item(row, model="other"))._classifier is not first


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider.running() as running:
        yield running


@pytest.fixture
def policy(transactional_db: None, provider: Provider) -> Callable[..., Any]:
    """A policy of the rules and of classifiers that ask the fake provider."""

    def make(*classifiers: dict[str, Any], **more: Any) -> Any:
        checkers = [{"kind": "rules", "pack": "starter"}, *classifiers]
        return policies.current({"mode": "post", "checkers": checkers, **more})

    return make


def outcomes(policy: Any, direction: str = "output") -> list[tuple[str, str]]:
    async def run() -> list[tuple[str, str]]:
        made = await conf.checkers(policy, direction)
        results = [await each.check(Subject({"text": "Hello"})) for each in made]
        return [(result.checker, result.outcome) for result in results]

    return asyncio.run(run())


@pytest.mark.slow
def test_a_policys_checkers_are_all_there_in_order_and_under_names_of_their_own(
    policy: Callable[..., Any], provider: Provider
) -> None:
    row = endpoint(url=provider.judge("guard", "llama-guard-3", "pass"))
    made = policy(item(row), item(row, model="b"), item(None), item(row, name="rules"))
    assert outcomes(made) == [
        ("rules", "pass"), ("guard", "pass"), ("guard-2", "pass"), ("guard-3", "error"), ("rules-2", "pass")
    ]  # fmt: skip
    assert CheckerState.objects.exclude(proven_at=None).count() == 3


@pytest.mark.slow
def test_what_people_write_has_its_own_list(policy: Callable[..., Any], provider: Provider) -> None:
    row = endpoint(url=provider.judge("guard", "llama-guard-3", "flag"))
    made = policy(input=[item(row)])
    assert outcomes(made) == [("rules", "pass")]
    assert outcomes(made, "input") == [("guard", "flag")]
    assert outcomes(policy(), "input") == []
    assert CheckerState.objects.get().direction == "input"


@pytest.mark.slow
def test_an_administrator_learns_why_one_cannot_be_switched_on(
    policy: Callable[..., Any], provider: Provider
) -> None:
    row = endpoint(url=provider.judge("guard", "judge", "pass"))
    judge = item(row, kind="judge", policy="No taxes.", bad=[f"{KNOWN_BAD} taxes"])

    async def complaints(of: dict[str, Any]) -> list[str]:
        built = await conf.classifier(of)
        assert isinstance(built, Classifier | Closed)
        return await prove_classifier(built)

    assert asyncio.run(complaints(judge)) == []
    assert asyncio.run(complaints(judge | {"bad": ["Nobody knows this text."]})) == [
        "It passes the bad text 1."
    ]
    assert asyncio.run(complaints(item(None)))[0].endswith("Choose another one in its policy.")


@pytest.mark.slow
def test_the_sweep_proves_what_is_in_use_and_closes_and_opens_it(
    policy: Callable[..., Any], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "LOOK", 0.0)
    row = endpoint(url=provider.judge("guard", "llama-guard-3", "pass"))
    made = policy(item(row))

    async def swept() -> None:
        await conf.in_database(lambda: CheckerState.objects.update(tried_at=None))
        await proving.try_due()
        await asyncio.gather(*proving._proving)

    def sweep() -> None:
        asyncio.run(swept())

    assert outcomes(made) == [("rules", "pass"), ("guard", "pass")]
    provider.judge("guard", "llama-guard-3", "pass", proofs="wrong")
    assert outcomes(made)[1] == ("guard", "pass")
    sweep()
    asked = len(provider.requests("guard"))
    assert outcomes(made)[1] == ("guard", "error")
    assert len(provider.requests("guard")) == asked
    provider.judge("guard", "llama-guard-3", "pass")
    sweep()
    assert outcomes(made)[1] == ("guard", "pass")
