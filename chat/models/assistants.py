"""Where answers come from: endpoints (a configured provider), assistants, and the versions of what they are told."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class Endpoint(models.Model):
    """A provider as it is reached. Its key is the value of an environment variable, or sealed with SECRET_KEY.

    Timeouts are in seconds. `from_environment`: the one that says what CHAT_PROVIDER_… say; its other fields are a
    copy for lists, made at each start. `failing_since`: it is down, `failure` says why in a sentence.
    """

    class Protocol(models.TextChoices):
        DEMO = "demo", "The built-in demo"
        OPENAI = "openai", "OpenAI and compatible (chat completions)"
        ANTHROPIC = "anthropic", "Anthropic (Messages)"
        OLLAMA = "ollama", "Ollama (native)"

    name = models.CharField(max_length=80, unique=True)
    protocol = models.CharField(max_length=12, choices=Protocol)
    url = models.CharField(max_length=500, blank=True)
    key_variable = models.CharField(max_length=100, blank=True)
    key_sealed = models.TextField(blank=True)
    model = models.CharField(max_length=200, blank=True)
    continues = models.CharField(max_length=12, default="none")
    connect_timeout = models.FloatField(default=10)
    first_byte_timeout = models.FloatField(default=60)
    idle_timeout = models.FloatField(default=60)
    total_timeout = models.FloatField(default=900)
    from_environment = models.BooleanField(default=False)
    failing_since = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["from_environment"],
                condition=models.Q(from_environment=True),
                name="one_endpoint_from_environment",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Assistant(models.Model):
    """What a person chooses to chat with. `current` says what it is; no `groups`: everybody may use it."""

    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=200, blank=True)
    groups = models.ManyToManyField(Group, blank=True, related_name="assistants")
    position = models.PositiveIntegerField(default=100)
    from_environment = models.BooleanField(default=False)
    current = models.ForeignKey(
        "chat.AssistantVersion", models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["from_environment"],
                condition=models.Q(from_environment=True),
                name="one_assistant_from_environment",
            )
        ]

    def __str__(self) -> str:
        return self.name


class AssistantVersion(models.Model):
    """What an assistant is told and whom it asks. A version never changes; each turn names the one it began with.

    `model` "" is the endpoint's own. `parameters`: temperature, top_p, max_tokens, those that are set. `starters`: a
    list of questions. `schema`: the JSON Schema an answer has to fit, or None. `window`: tokens the model can take
    together with its answer, None where that is not known. `fallback` is asked where `endpoint` gives no first text.
    """

    assistant = models.ForeignKey(Assistant, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="assistant_versions"
    )
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="versions")
    model = models.CharField(max_length=200, blank=True)
    fallback = models.ForeignKey(
        Endpoint, models.PROTECT, null=True, blank=True, related_name="fallback_versions"
    )
    fallback_model = models.CharField(max_length=200, blank=True)
    instructions = models.TextField(blank=True)
    parameters = models.JSONField(default=dict)
    starters = models.JSONField(default=list)
    schema = models.JSONField(null=True, blank=True)
    window = models.PositiveIntegerField(null=True, blank=True)
    reasoning = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assistant", "number"], name="one_version_per_number")]
