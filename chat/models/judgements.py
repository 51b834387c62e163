"""What was judged, and what people decided. Rows refer to digests and hold no text."""

import uuid

from django.conf import settings
from django.db import models


class Outcome(models.TextChoices):
    PASS = "pass"  # noqa: S105
    FLAG = "flag"
    ERROR = "error"


class CheckResult(models.Model):
    """One checker's judgement in one round. `findings`: rule, reason, channel, start, end in code points."""

    turn = models.ForeignKey("chat.Turn", models.PROTECT, related_name="check_results")
    digest = models.CharField(max_length=64)
    round = models.PositiveIntegerField()
    checker = models.CharField(max_length=64)
    outcome = models.CharField(max_length=10, choices=Outcome)
    findings = models.JSONField(default=list)
    detail = models.CharField(max_length=500, blank=True)
    milliseconds = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["turn", "digest", "round", "checker"], name="one_result_per_checker_and_round"
            )
        ]


class Verdict(models.Model):
    """The aggregate of one round: `pass` only if all `required` checkers passed (the database counts them)."""

    class Outcome(models.TextChoices):
        PASS = "pass"  # noqa: S105
        FLAGGED = "flagged"
        UNCHECKED = "unchecked"

    turn = models.ForeignKey("chat.Turn", models.PROTECT, related_name="verdicts")
    digest = models.CharField(max_length=64)
    round = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    required = models.PositiveIntegerField()
    policy = models.ForeignKey("chat.PolicyVersion", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["turn", "digest", "round"], name="one_verdict_per_round")
        ]


class Case(models.Model):
    """A turn that was held, for a reviewer: its answer, or (`about`) the question, which no model has seen then. A turn has
    one case; where its answer is held after its question was, that is opened again. `version` counts what happened to
    it: an action on an older one is stale.
    """

    class About(models.TextChoices):
        ANSWER = "answer"
        QUESTION = "question"

    class State(models.TextChoices):
        OPEN = "open"
        PASSED = "passed"
        RELEASED = "released"
        UPHELD = "upheld"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    turn = models.OneToOneField("chat.Turn", models.PROTECT, related_name="case")
    reference = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=10)
    about = models.CharField(
        max_length=10, choices=About, default=About.ANSWER, db_default=About.ANSWER.value
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "-opened_at"], name="case_queue")]


class Decision(models.Model):
    """What a reviewer decided over one digest, with the reason in words; on record for good."""

    class Action(models.TextChoices):
        RELEASE = "release"
        UPHOLD = "uphold"

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    turn = models.ForeignKey("chat.Turn", models.PROTECT, related_name="decisions")
    digest = models.CharField(max_length=64)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=10, choices=Action)
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)


class Exposure(models.Model):
    """How much of a held answer had been sent to whom; `characters` None means all that was released, unknown to whom.

    `characters` are of the text and a refusal, `beside` those of reasoning and tool calls.
    """

    turn = models.ForeignKey("chat.Turn", models.PROTECT, related_name="exposures")
    # Under its first name in the database: a process of the version before writes these rows too, in the transaction
    # that holds an answer, and without its column none of its answers could be held until it is replaced.
    epoch = models.PositiveIntegerField(db_column="attempt")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    route = models.CharField(max_length=20)
    characters = models.PositiveIntegerField(null=True, blank=True)
    beside = models.PositiveIntegerField(default=0, db_default=0)
    at = models.DateTimeField()
