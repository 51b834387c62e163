"""Versions in the shadow: they judge the same frozen bytes after an answer has been settled, and decide nothing."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F

from .. import conf, moderation
from ..models import AssistantVersion, Message, Policy, PolicyVersion, Role, ShadowResult, Turn, bodies
from . import storing
from .applying import applies_to, with_version
from .composing import name_of
from .judging import Known, judge, prepare

log = logging.getLogger("chat.policies")

MOST = 50  # answers that wait at once; a classifier that is slower than people ask judges not all of them
LOOK = 5.0  # seconds until it is asked again whether any version is in the shadow

_tasks: set[asyncio.Task[None]] = set()
# When it was asked whether there is any version in the shadow, and the answer.
_looked = (-LOOK, False)


def judge_later(turn: Turn, body: str, outcome: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Begin to judge a body that has been settled, with its policy and conversation loaded; returns at once, never fails.

    `outcome` is the verdict that counted, `rows` the results of its checkers as they are recorded: what is the same checker
    is not asked twice.
    """
    if len(_tasks) >= MOST or "bypass" in turn.policy.definition or (_fresh() and not _looked[1]):
        return
    task = asyncio.get_running_loop().create_task(
        _judge(turn, body, outcome, rows), name=f"shadow of turn {turn.pk}",
        context=contextvars.Context(),
    )  # fmt: skip
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def differences(version: PolicyVersion) -> tuple[int, int]:
    """How many answers it has judged, and how many of them otherwise."""
    rows = ShadowResult.objects.filter(version=version)
    return rows.count(), rows.exclude(enforced=F("outcome")).count()


def look_again() -> None:
    """Another version has just been put in the shadow, or taken out."""
    global _looked
    _looked = (-LOOK, False)


async def _judge(turn: Turn, body: str, outcome: str, rows: Sequence[Mapping[str, Any]]) -> None:
    try:
        for own, whole, question in await conf.in_database(_shadowing, turn):
            known = _known(turn.policy, rows)
            judged = await judge(whole, bodies.channels(body), question, known, shaped=turn.shaped)
            await conf.in_database(_store, turn, own, outcome, judged)
    except Exception:
        log.exception("turn %s: a version in the shadow could not judge it", turn.pk)


def _shadowing(turn: Turn) -> list[tuple[PolicyVersion, PolicyVersion, str]]:
    """The versions in the shadow for this turn, each with what would judge it if that were on, and the question."""
    global _looked
    if not _fresh():
        _looked = time.monotonic(), Policy.objects.filter(shadow__isnull=False, archived_at=None).exists()
    if not _looked[1]:
        return []
    person = turn.conversation.owner_id
    assistant = (
        AssistantVersion.objects.filter(pk=turn.assistant_version_id or -1)
        .values_list("assistant", flat=True)
        .first()
    )
    policies = Policy.objects.filter(applies_to(person, assistant or -1), shadow__isnull=False)
    asked = Message.objects.filter(turn=turn, role=Role.USER).values_list("body", flat=True).first()
    question = bodies.channels(asked or "")["text"]
    found = []
    for policy in policies.select_related("shadow"):
        assert policy.shadow is not None
        if whole := with_version(policy.shadow, person, assistant):
            found.append((policy.shadow, prepare(whole), question))
    return found


def _fresh() -> bool:
    return time.monotonic() - _looked[0] < LOOK


def _known(policy: PolicyVersion, rows: Sequence[Mapping[str, Any]]) -> Known:
    said = {row["checker"]: row for row in rows}
    found = {}
    for item in policy.definition["checkers"]:
        if row := said.get(name_of(item)):
            findings = (moderation.Finding(each["rule"], "", "text", 0, 0) for each in row["findings"])
            result = moderation.Result(name_of(item), row["outcome"], tuple(findings))
            found[storing.canonical(item)] = result
    return found


def _store(turn: Turn, version: PolicyVersion, enforced: str, judged: Any) -> None:
    row = ShadowResult(
        turn=turn, version=version, enforced=enforced, outcome=judged.outcome,
        findings=list(judged.findings), milliseconds=judged.milliseconds,
    )  # fmt: skip
    ShadowResult.objects.bulk_create([row], ignore_conflicts=True)
