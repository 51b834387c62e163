"""Which checks judge what, for whom, since when and on whose word. What each version says never changes."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class Policy(models.Model):
    """A named set of checks. It applies to everybody (`everyone`), and to turns with one of `assistants` or of a person in
    one of `groups`. `active` judges; `shadow` judges beside it and decides nothing. None of both: it is off.
    """

    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=200, blank=True)
    everyone = models.BooleanField(default=False)
    assistants = models.ManyToManyField("chat.Assistant", blank=True, related_name="policies")
    groups = models.ManyToManyField(Group, blank=True, related_name="policies")
    from_environment = models.BooleanField(default=False)
    active = models.ForeignKey("chat.PolicyVersion", models.PROTECT, null=True, blank=True, related_name="+")
    shadow = models.ForeignKey("chat.PolicyVersion", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["from_environment"],
                condition=models.Q(from_environment=True),
                name="one_policy_from_environment",
            )
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """An immutable set of checks; its form is in docs/policies.md. Either version `number` of a policy or, with none, what
    several versions that apply at once come to (a composite), found again by its hash.

    `definition_hash`: the SHA-256 of the definition as canonical JSON, for a policy's version with the policy and the number
    before it, since two of them may say the same. `author` None: the server's environment.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, null=True, blank=True, related_name="versions")
    number = models.PositiveIntegerField(null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="policy_versions"
    )
    note = models.CharField(max_length=300, blank=True, default="", db_default="")
    definition = models.JSONField()
    definition_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="one_policy_version_per_number")
        ]


class PolicyChange(models.Model):
    """One act on what a policy does, on record for good. `by` None: the server's environment. `version` is the one that it
    is about: that was switched on, put in the shadow or taken from it, or off.
    """

    class Action(models.TextChoices):
        ACTIVATE = "activate", "switched on"
        ROLL_BACK = "roll_back", "rolled back to"
        SWITCH_OFF = "switch_off", "switched off"
        SHADOW = "shadow", "put in the shadow"
        STOP_SHADOW = "stop_shadow", "taken out of the shadow"

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="changes")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="changes")
    action = models.CharField(max_length=12, choices=Action)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField()


class Bypass(models.Model):
    """A time in which turns that begin are judged by pattern rules alone. It is over at `until` or, by hand, `ended_at`."""

    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name_plural = "bypasses"


class ShadowResult(models.Model):
    """What a version in the shadow would have decided about one answer, beside what was. Holds no text.

    `enforced` and `outcome` are verdicts (pass, flagged, unchecked); `findings` the names of rules and categories.
    """

    turn = models.ForeignKey("chat.Turn", models.PROTECT, related_name="+")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="shadow_results")
    enforced = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10)
    findings = models.JSONField(default=list)
    milliseconds = models.FloatField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["turn", "version"], name="one_shadow_result_per_version")
        ]


class Replay(models.Model):
    """A version tried on answers of the past, in steps. `turns` are their ids, newest first; those before `position` are
    done. `busy_until`: a page is at a step. Counts are sums over what is done: `gone` had no text any more.
    """

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="replays")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    turns = models.JSONField(default=list)
    position = models.PositiveIntegerField(default=0)
    busy_until = models.DateTimeField(null=True, blank=True)
    same = models.PositiveIntegerField(default=0)
    altered = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    tokens = models.PositiveIntegerField(default=0)
    milliseconds = models.FloatField(default=0)


class ReplayFlip(models.Model):
    """A decision of the past that the version would turn round: `was` and `would` are verdicts. Holds no text."""

    replay = models.ForeignKey(Replay, models.PROTECT, related_name="flips")
    turn = models.ForeignKey("chat.Turn", models.PROTECT, related_name="+")
    was = models.CharField(max_length=10)
    would = models.CharField(max_length=10)
    findings = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["replay", "turn"], name="one_flip_per_turn")]
