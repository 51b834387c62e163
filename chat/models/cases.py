"""Cases: what waits for a reviewer, why, who has it, and what was done with it beside decisions."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class Category(models.TextChoices):
    """Why something is kept back, as far as its person is told."""

    SECRETS = "secrets", "Secrets and keys"
    PERSONAL = "personal", "Personal data"
    VIOLENCE = "violence", "Violence"
    HATE = "hate", "Hate or harassment"
    SEXUAL = "sexual", "Sexual content"
    SELF_HARM = "self-harm", "Self-harm"
    CRIME = "crime", "Illegal or dangerous acts"
    COARSE = "coarse", "Coarse language"
    HIDDEN = "hidden", "Hidden text"
    WRONG = "wrong", "Wrong or misleading"
    OTHER = "other", "Against this team’s rules"


class Case(models.Model):
    """Something for a reviewer: an answer that was held or that its person reported, or (`about`) a question that was held,
    which no model has seen then. A turn has one case; where its answer is held after its question was, that is opened again.

    `version` counts what changes the case; an action on an older one is stale. What the queue needs of other tables stands
    here too, so that it asks for one; whoever changes something it hangs on calls `turns.move_case`. `lane` and `place` are the queue's order: the smallest
    place of a lane comes first. `shown` of `length` characters had been sent to `readers` people; UNKNOWN: nobody knows how
    many, up to all that was released.
    `owner` None: written by a process of the version before, and not filled in yet.
    """

    UNKNOWN = 2_147_483_647

    class About(models.TextChoices):
        ANSWER = "answer"
        QUESTION = "question"

    class Kind(models.TextChoices):
        FLAGGED = "flagged"
        UNCHECKED = "unchecked"
        REPORTED = "reported"

    class State(models.TextChoices):
        OPEN = "open"
        PASSED = "passed"
        RELEASED = "released"
        UPHELD = "upheld"

    # What no reviewer's decision has closed.
    UNDECIDED = frozenset({State.OPEN, State.PASSED})

    class Lane(models.TextChoices):
        WAITING = "waiting"
        ESCALATED = "escalated"
        UNCHECKED = "unchecked"
        CLOSED = "closed"

    class Severity(models.IntegerChoices):
        NONE = 0
        HOLD = 1
        BLOCK = 2

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    turn = models.OneToOneField("chat.Turn", models.PROTECT, related_name="case")
    reference = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    about = models.CharField(
        max_length=10, choices=About, default=About.ANSWER, db_default=About.ANSWER.value
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="cases"
    )
    assistant = models.ForeignKey("chat.Assistant", models.PROTECT, null=True, blank=True, related_name="+")
    severity = models.PositiveSmallIntegerField(choices=Severity, default=0, db_default=0)
    category = models.CharField(max_length=10, choices=Category, blank=True, default="", db_default="")
    length = models.PositiveIntegerField(default=0, db_default=0)
    shown = models.PositiveIntegerField(default=0, db_default=0)
    readers = models.PositiveIntegerField(default=0, db_default=0)
    lane = models.CharField(max_length=10, choices=Lane, default=Lane.WAITING, db_default="waiting")
    place = models.BigIntegerField(default=0, db_default=0)
    # Seconds from its opening to the decision that stands.
    waited = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["lane", "place", "id"], name="case_lane"),
            models.Index(fields=["lane", "opened_at", "id"], name="case_lane_age"),
            models.Index(fields=["lane", "-shown", "opened_at", "id"], name="case_lane_shown"),
            models.Index(fields=["lane", "assistant", "place", "id"], name="case_lane_assistant"),
            models.Index(fields=["owner", "lane", "place", "id"], name="case_lane_owner"),
            models.Index(fields=["owner", "-opened_at"], name="case_of_owner"),
            models.Index(fields=["opened_at"], name="case_opened"),
        ]


class CaseReason(models.Model):
    """One rule or category of one checker that objected; once per case. `lane` and `place` are the case's."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="reasons")
    checker = models.CharField(max_length=64)
    rule = models.CharField(max_length=80)
    reason = models.CharField(max_length=300, blank=True)
    severity = models.PositiveSmallIntegerField(default=0)
    lane = models.CharField(max_length=10)
    place = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "checker", "rule"], name="one_reason_per_rule")
        ]
        indexes = [
            models.Index(fields=["rule", "lane", "place"], name="reason_rule"),
            models.Index(fields=["checker", "lane", "place"], name="reason_checker"),
        ]


class CaseEntry(models.Model):
    """What was done with a case beside deciding, on record for good. `words` are whose who did it, and are erased with the
    conversation; `detail` is a slug such as the reason of a reveal.
    """

    class Kind(models.TextChoices):
        NOTE = "note"
        REVEAL = "reveal"
        ESCALATE = "escalate"
        TAKE_OVER = "take_over"
        REPORT = "report"
        WRONG = "wrong"

    class Why(models.TextChoices):
        """The `detail` of a reveal; "" where its `words` say why."""

        DECIDE = "decide", "To decide this case"
        COMPARE = "compare", "To compare it with another case"
        ASKED = "asked", "The person asked about it"
        QUALITY = "quality", "To check how we decide"

    case = models.ForeignKey(Case, models.PROTECT, related_name="entries")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    detail = models.CharField(max_length=80, blank=True)
    words = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    @property
    def why(self) -> str:
        """Why a text was revealed, in words; "" where only `words` say so, and of what is no reveal."""
        return dict(self.Why.choices).get(self.detail, "") if self.kind == self.Kind.REVEAL else ""
