"""Texts that reviewers suggest to a policy: a checker judged one wrongly, and should prove itself on it from now on."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Suggestions(models.QuerySet["Suggestion"]):
    def drop(self) -> int:
        """Those of them that wait are dismissed by nobody, and their texts are gone; how many it were."""
        waiting = self.filter(state=Suggestion.State.OPEN)
        return waiting.update(state=Suggestion.State.DISMISSED, settled_at=timezone.now(), text="")


class Suggestion(models.Model):
    """`text` is what the reviewer wrote for it, until it is accepted or dismissed; then "".

    `where` is rule (of the policy's own), pack or classifier, `name` which of them. `expected`: pass where it was found to
    be wrong, flag where it was missed. `made`: the draft that came of it.
    """

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DISMISSED = "dismissed"

    policy = models.ForeignKey("chat.Policy", models.PROTECT, related_name="suggestions")
    case = models.ForeignKey("chat.Case", models.PROTECT, related_name="suggestions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    where = models.CharField(max_length=10)
    name = models.CharField(max_length=80)
    expected = models.CharField(max_length=4)
    text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    made = models.ForeignKey("chat.PolicyVersion", models.PROTECT, null=True, blank=True, related_name="+")

    objects = Suggestions.as_manager()

    class Meta:
        indexes = [models.Index(fields=["policy", "state"], name="suggestion_policy")]
