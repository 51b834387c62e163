"""A version tried on answers of the past: begun, taken a step further, and what it would turn round.

What has been done is in the database, so a page that is closed only pauses it; of two pages at the same step one counts.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from .. import audit, permissions
from ..endpoints import Refused
from ..models import (
    Candidate,
    Message,
    PolicyVersion,
    Replay,
    ReplayFlip,
    Role,
    Status,
    Turn,
    User,
    bodies,
)
from . import proving
from .activating import Unproven
from .applying import with_version
from .judging import PASS, Judged, judge, judge_question, looks_at_questions, prepare

MOST = 2000  # answers
BATCH = 8  # judged at once
SECONDS = 1.5  # of one step
BUSY = 60.0  # seconds after which a step that has not ended is taken for lost
REFUSED = "refused"  # what would become of an answer whose question would not have been taken
_PASSED = [Status.SAVED, Status.STOPPED, Status.FAILED]
_HELD = [Status.HELD, Status.UPHELD, Status.WITHDRAWN]


def begin(actor: Any, version: PolicyVersion, count: int) -> Replay:
    """Over the last `count` answers that the version's policy is for. Raises Unproven, Refused or PermissionDenied."""
    permissions.check_can_manage_policies(actor)
    if not 1 <= count <= MOST:
        raise Refused(f"Choose 1 to {MOST:,} answers.", "count")
    if sentences := proving.rule_problems(version.definition):
        raise Unproven(sentences)
    turns = [str(key) for key in _answers(version)[:count]]
    with transaction.atomic():
        row = Replay.objects.create(version=version, by=actor, turns=turns)
        if not turns:
            _finish(row.pk)
        audit.record(actor, "policy.replayed", version.policy_id, version=version.number, answers=len(turns))
    return Replay.objects.get(pk=row.pk)


def step(replay: Replay, seconds: float = SECONDS) -> Replay:
    """Go on for about so many seconds, at least one batch, unless another page is at it; as it then is."""
    now = timezone.now()
    until = now + timedelta(seconds=BUSY)
    open_one = Replay.objects.filter(pk=replay.pk, finished_at=None)
    if open_one.filter(Q(busy_until=None) | Q(busy_until__lt=now)).update(busy_until=until):
        deadline = time.monotonic() + seconds
        row = Replay.objects.select_related("version").get(pk=replay.pk)
        pairs: dict[tuple[int, int | None], PolicyVersion | None] = {}
        while row.position < len(row.turns):
            if not _store(row, _batch(row, pairs)) or time.monotonic() > deadline:
                break
        open_one.filter(busy_until=until).update(busy_until=None)
        if row.position >= len(row.turns):
            _finish(row.pk)
    return Replay.objects.select_related("version__policy", "by").get(pk=replay.pk)


def stop(actor: Any, replay: Replay) -> None:
    """It ends with what has been done. Raises PermissionDenied."""
    permissions.check_can_manage_policies(actor)
    _finish(replay.pk)


@dataclass(slots=True)
class _Batch:
    """What judging turns came to; `flips` are (turn, was, what the version says)."""

    size: int = 0
    flips: list[tuple[UUID, str, str, tuple[str, ...]]] = field(default_factory=list)
    same: int = 0
    altered: int = 0
    gone: int = 0
    requests: int = 0
    tokens: int = 0
    milliseconds: float = 0.0


def _answers(version: PolicyVersion) -> Any:
    """Ids of the answers whose text is there, newest first."""
    policy = version.policy
    assert policy is not None
    said = Message.objects.filter(turn=OuterRef("pk"), role=Role.ASSISTANT, erased_at=None)
    waiting = Candidate.objects.filter(turn=OuterRef("pk"), role=Role.ASSISTANT)
    rows = Turn.objects.filter(Exists(said) | Exists(waiting), status__in=[*_PASSED, *_HELD])
    rows = rows.filter(conversation__deleted_at=None)
    if not policy.everyone:
        assistants, groups = policy.assistants.values("pk"), policy.groups.values("pk")
        rows = rows.filter(
            Q(assistant_version__assistant__in=assistants) | Q(conversation__owner__in=_members(groups))
        )
    return rows.order_by("-created_at", "-pk").values_list("pk", flat=True)


def _members(groups: Any) -> Any:
    return User.groups.through.objects.filter(group__in=groups).values("user")


def _batch(replay: Replay, pairs: dict[tuple[int, int | None], PolicyVersion | None]) -> _Batch:
    """Judge the next turns; `pairs` keeps by person and assistant what would judge them."""
    keys = [UUID(key) for key in replay.turns[replay.position : replay.position + BATCH]]
    rows = Turn.objects.select_related("conversation", "assistant_version").in_bulk(keys)
    texts: dict[UUID, dict[str, str]] = {key: {} for key in keys}
    for candidate in Candidate.objects.filter(turn__in=keys, role=Role.ASSISTANT):
        texts[candidate.turn_id][Role.ASSISTANT] = candidate.body
    for message in Message.objects.filter(turn__in=keys, erased_at=None):
        texts[message.turn_id][message.role] = message.body
    found, asked = _Batch(size=len(keys)), []
    for key in keys:
        row = rows.get(key)
        there = row if row is not None and row.conversation.deleted_at is None else None
        version = _judge_of(replay.version, there, pairs) if there else None
        if row is None or version is None or Role.ASSISTANT not in texts[key]:
            found.gone += 1
        else:
            asked.append((row, version, texts[key]))
    began = time.perf_counter()
    for (row, _, _), judged in zip(asked, async_to_sync(_judge_all)(asked), strict=True):
        _count(found, row, judged)
    found.milliseconds = (time.perf_counter() - began) * 1000
    return found


def _judge_of(
    version: PolicyVersion, row: Turn, pairs: dict[tuple[int, int | None], PolicyVersion | None]
) -> PolicyVersion | None:
    assistant = row.assistant_version.assistant_id if row.assistant_version else None
    pair = row.conversation.owner_id, assistant
    if pair not in pairs:
        whole = with_version(version, *pair)
        pairs[pair] = None if whole is None else prepare(whole)
    return pairs[pair]


async def _judge_all(asked: list[tuple[Turn, PolicyVersion, dict[str, str]]]) -> list[Judged]:
    return await asyncio.gather(*(_judge(*each) for each in asked))


async def _judge(row: Turn, version: PolicyVersion, texts: dict[str, str]) -> Judged:
    question = bodies.channels(texts.get(Role.USER, ""))["text"]
    if question and looks_at_questions(version):
        judged = await judge_question(version, question)
        if judged.outcome != PASS:
            return Judged(REFUSED, findings=judged.findings, requests=judged.requests, tokens=judged.tokens)
    return await judge(version, bodies.channels(texts[Role.ASSISTANT]), question, shaped=row.shaped)


def _count(found: _Batch, row: Turn, judged: Judged) -> None:
    was = PASS if row.status in _PASSED else (row.hold_kind or "flagged")
    if (was == PASS) == (judged.outcome == PASS):
        found.same += 1
    else:
        found.flips.append((row.pk, was, judged.outcome, judged.findings))
    found.altered += judged.altered and judged.outcome == PASS
    found.requests += judged.requests
    found.tokens += judged.tokens


def _store(replay: Replay, batch: _Batch) -> bool:
    """Add what a batch came to; False where another page was faster, and then nothing is."""
    with transaction.atomic():
        rows = Replay.objects.filter(pk=replay.pk, position=replay.position, finished_at=None)
        if not rows.update(
            position=replay.position + batch.size, same=F("same") + batch.same, altered=F("altered") + batch.altered,
            gone=F("gone") + batch.gone, requests=F("requests") + batch.requests,
            tokens=F("tokens") + batch.tokens, milliseconds=F("milliseconds") + batch.milliseconds,
        ):  # fmt: skip
            return False
        ReplayFlip.objects.bulk_create(
            ReplayFlip(replay=replay, turn_id=turn, was=was, would=would, findings=list(findings))
            for turn, was, would, findings in batch.flips
        )
    replay.position += batch.size
    return True


def _finish(replay_id: int) -> None:
    Replay.objects.filter(pk=replay_id, finished_at=None).update(finished_at=timezone.now(), busy_until=None)
