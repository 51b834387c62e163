"""A turn, its messages, and the candidate that is not a message yet (docs/architecture.md)."""

from django.db import models


class Status(models.TextChoices):
    ACCEPTED = "accepted"
    STREAMING = "streaming"
    MODERATING = "moderating"
    SAVED = "saved"
    STOPPED = "stopped"
    FAILED = "failed"
    HELD = "held"
    UPHELD = "upheld"
    WITHDRAWN = "withdrawn"


class Finish(models.TextChoices):
    COMPLETE = "complete"
    LENGTH = "length"
    STOPPED = "stopped"
    BROKEN = "broken"
    BLOCKED = "blocked"
    TOOL_CALLS = "tool_calls"


class Kind(models.TextChoices):
    SEND = "send"
    RETRY = "retry"
    CONTINUE = "continue"
    REPAIR = "repair"


class Role(models.TextChoices):
    USER = "user"
    ASSISTANT = "assistant"


class HoldKind(models.TextChoices):
    FLAGGED = "flagged"
    UNCHECKED = "unchecked"


class Turn(models.Model):
    """One user message and the answer to it. The id is made by the client, so a repeated POST is the same turn."""

    id = models.UUIDField(primary_key=True)
    conversation = models.ForeignKey("chat.Conversation", models.PROTECT, related_name="turns")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    kind = models.CharField(max_length=10, choices=Kind)
    payload = models.CharField(max_length=64)
    policy = models.ForeignKey("chat.PolicyVersion", models.PROTECT, related_name="+")
    # None: of the time before there were assistants.
    assistant_version = models.ForeignKey(
        "chat.AssistantVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The answer is a JSON document. Here, so that who follows the answer need not ask for its assistant.
    shaped = models.BooleanField(default=False, db_default=False)
    # How many of the oldest exchanges of its branch the model was not sent.
    left_out = models.PositiveIntegerField(default=0, db_default=0)
    # The endpoint that wrote it, where one did.
    endpoint = models.ForeignKey("chat.Endpoint", models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.ACCEPTED)
    finish = models.CharField(max_length=10, choices=Finish, blank=True)
    hold_kind = models.CharField(max_length=10, choices=HoldKind, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Times it was begun again after its process had died; a hand-over at shutdown does not count.
    recoveries = models.PositiveIntegerField(default=0)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    recheck_at = models.DateTimeField(null=True, blank=True)
    judged_rounds = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=500, blank=True)
    provider_text = models.CharField(max_length=200, blank=True)
    usage = models.JSONField(null=True, blank=True)
    # Milliseconds for which the model reasoned before it went on; None where it did not, or where nobody knows.
    thought = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "created_at"], name="turn_in_conversation"),
            models.Index(
                fields=["lease_until"],
                name="turn_running",
                condition=models.Q(status__in=["accepted", "streaming", "moderating"]),
            ),
            models.Index(
                fields=["recheck_at"], name="turn_recheck", condition=models.Q(recheck_at__isnull=False)
            ),
        ]


class Body(models.Model):
    """What a candidate and a message have in common: canonical JSON, and the salted digest of exactly that."""

    turn = models.ForeignKey(Turn, models.PROTECT, related_name="%(class)ss")
    role = models.CharField(max_length=10, choices=Role)
    body = models.TextField()
    salt = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    finish = models.CharField(max_length=10, choices=Finish, blank=True)

    class Meta:
        abstract = True


class Message(Body):
    """One stored utterance. The database refuses an assistant's without a pass or a release of its digest."""

    created_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["turn", "role"], name="one_message_per_turn_and_role")]


class Candidate(Body):
    """Frozen text that has not passed. Read by generation and reviews only."""

    attempt = models.PositiveIntegerField()
    frozen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["turn", "role"], name="one_candidate_per_turn_and_role")
        ]
