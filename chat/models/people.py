"""Who may come in: people, invitations, the first administrator's code, failed sign-ins."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """A person. Rows are deactivated, never deleted: their conversations and decisions refer to them.

    `erased_at`: the account was erased, and has neither name nor content any more.
    """

    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(AbstractUser.Meta):
        permissions = [
            ("review_cases", "Can review held answers"),
            ("review_escalated", "Can decide escalated cases and take cases over"),
            ("read_cases", "Can read the record of cases, without their texts"),
            ("view_numbers", "Can see the numbers of the review desk"),
            ("break_glass", "Can open another person's conversation for a reason"),
            ("manage_people", "Can invite and deactivate people"),
            ("manage_assistants", "Can set up endpoints and assistants"),
            ("manage_policies", "Can set up moderation policies"),
            ("view_audit", "Can read and export the audit"),
        ]

    @property
    def name(self) -> str:
        """What others here call them."""
        return self.get_full_name() or self.get_username()


class Invitation(models.Model):
    """A link that lets one person make an account. Only the token's SHA-256 is stored."""

    token_hash = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="invitations_made")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="invitations_used"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    @property
    def state(self) -> str:
        """`used`, `revoked`, `expired` or `open`."""
        if self.used_at:
            return "used"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "open"


class SetupCode(models.Model):
    """The SHA-256 of the one-time code printed at start; one row, valid while no superuser exists."""

    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now=True)


class LoginFailure(models.Model):
    """One failed attempt at a secret (sign-in or set-up), for throttling. `key` is a keyed hash, not a name."""

    WINDOW = timedelta(minutes=15)  # in which it counts

    key = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["key", "at"])]
