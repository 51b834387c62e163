"""Which checks judge an answer. A version never changes; what the settings say now is found by its hash."""

import hashlib
import json
from typing import Any

from .models import PolicyVersion


def current(definition: dict[str, Any]) -> PolicyVersion:
    """The version that says exactly this, made on first use."""
    text = json.dumps(definition, sort_keys=True, separators=(",", ":"))
    version, _ = PolicyVersion.objects.get_or_create(
        definition_hash=hashlib.sha256(text.encode()).hexdigest(), defaults={"definition": definition}
    )
    return version
