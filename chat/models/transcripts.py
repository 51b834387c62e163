"""Reading a conversation that nothing was held of: for a reason, for a while, and on record."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Transcript(models.Model):
    """The right of one person to read one conversation of another's until `until`, or `closed_at`."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    conversation = models.ForeignKey("chat.Conversation", models.PROTECT, related_name="+")
    reason = models.TextField()
    opened_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["by", "-opened_at"], name="transcript_by")]
