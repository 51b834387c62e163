"""A conversation: one chat of one person, a tree of turns with one chosen leaf."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="conversations")
    title = models.CharField(max_length=120, blank=True)
    assistant = models.ForeignKey("chat.Assistant", models.PROTECT, null=True, blank=True, related_name="+")
    leaf = models.ForeignKey("chat.Turn", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    active_at = models.DateTimeField()
    # When its person last had it open; what ended or was decided later is new to them.
    # The default is the database's too: processes of the version before this field make conversations as well.
    seen_at = models.DateTimeField(default=timezone.now, db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "deleted_at", "-active_at"], name="conversation_sidebar")]
