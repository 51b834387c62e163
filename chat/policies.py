"""Which checks judge an answer. A version never changes; what the settings say now is found by its hash."""

import hashlib
import json
from typing import Any

from .models import PolicyVersion
from .models.prepared import Select

_by_hash = Select(lambda slot: PolicyVersion.objects.filter(definition_hash=slot("hash")))


def current(definition: dict[str, Any]) -> PolicyVersion:
    """The version that says exactly this, made on first use."""
    text = json.dumps(definition, sort_keys=True, separators=(",", ":"))
    name = hashlib.sha256(text.encode()).hexdigest()
    if found := _by_hash.first(hash=name):
        return found
    version, _ = PolicyVersion.objects.get_or_create(
        definition_hash=name, defaults={"definition": definition}
    )
    return version
