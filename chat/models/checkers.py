"""How it stands with each classifier's proof on known texts."""

from django.db import models


class CheckerState(models.Model):
    """One classifier as it is set, and as its endpoint is reached; `key` is the hash of both. Holds no key of a provider's.

    `item` is the classifier in a policy's definition, `direction` what it judges. `proven_at`: it judged every known text
    rightly. `failing_since`: it judged one wrongly, `failure` says which, and until it has proved itself again nothing that
    it says passes a text. `used_at` moves at most once an hour.
    """

    class Direction(models.TextChoices):
        OUTPUT = "output", "Answers"
        INPUT = "input", "What people write"

    key = models.CharField(max_length=64, primary_key=True)
    item = models.JSONField()
    direction = models.CharField(max_length=6, choices=Direction)
    proven_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=500, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
