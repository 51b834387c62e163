"""What was judged, and what people decided. Rows refer to digests and hold no text."""

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
        indexes = [
            # For the numbers: how often each checker gave no verdict.
            models.Index(fields=["created_at", "checker", "outcome"], name="result_numbers"),
            # Few have a detail, and only for a time.
            models.Index(fields=["created_at"], name="check_detail", condition=~models.Q(detail="")),
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


class Decision(models.Model):
    """What a reviewer decided over one digest, with the reason in words; on record for good, but for the reason, which
    is erased with the conversation.

    An undo is a decision too: `undoes` names the one that it takes back, which was the last. `category` is what the
    person is told of an uphold.
    """

    class Action(models.TextChoices):
        RELEASE = "release"
        UPHOLD = "uphold"
        UNDO = "undo"

    case = models.ForeignKey("chat.Case", models.PROTECT, related_name="decisions")
    turn = models.ForeignKey("chat.Turn", models.PROTECT, related_name="decisions")
    digest = models.CharField(max_length=64)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=10, choices=Action)
    reason = models.TextField()
    category = models.CharField(max_length=10, blank=True, default="", db_default="")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
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
