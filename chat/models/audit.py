"""What people with rights did. Append-only and chained; holds no conversation text."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class AuditEntry(models.Model):
    """One act. `seq` counts the chain's entries from 1 without a gap; `mac` is the HMAC of all fields but `id` under the
    key of this id, `previous` the entry before's (the first one's is the chain's name). See chat/audit/chain.py.

    `seq` None: written before there was a chain, or by a process of the version before. The chain's entries
    `audit.begun` and `audit.adopted` say what such rows held.
    """

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="audit_entries"
    )
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True)
    data = models.JSONField(default=dict)
    seq = models.PositiveBigIntegerField(null=True, unique=True, editable=False)
    # With defaults of the database: processes of the version before know nothing of them.
    previous = models.CharField(max_length=64, default="", db_default="", editable=False)
    mac = models.CharField(max_length=64, default="", db_default="", editable=False)
    key = models.CharField(max_length=12, default="", db_default="", editable=False)

    class Meta:
        verbose_name_plural = "audit entries"
        # As it is read: by time, or by who, what or whom it was about, the newest first.
        indexes = [
            models.Index(fields=["-at"]),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["subject", "-id"], name="audit_by_subject"),
        ]
