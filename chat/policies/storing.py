"""Versions in the database: found by their id or by what they say, made where there is none, and kept by the process."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any

from django.db import transaction

from ..models import PolicyVersion
from ..models.prepared import Select

_KEPT = 200

_by_hash = Select(lambda slot: PolicyVersion.objects.filter(definition_hash=slot("hash")))
_by_id = Select(lambda slot: PolicyVersion.objects.filter(pk=slot("pk")))
_kept: OrderedDict[Hashable, PolicyVersion] = OrderedDict()


def current(definition: Mapping[str, Any]) -> PolicyVersion:
    """The version without a policy that says exactly this, made on first use."""
    text = canonical(definition)
    name = hashlib.sha256(text.encode()).hexdigest()
    if found := _by_hash.first(hash=name):
        return found
    version, _ = PolicyVersion.objects.get_or_create(
        definition_hash=name, defaults={"definition": definition}
    )
    return version


def version(version_id: int) -> PolicyVersion:
    """The version of this id. A row never changes, so the process asks for it once."""
    return recall(version_id) or keep(version_id, _by_id(pk=version_id)[0])


def recall(key: Hashable) -> PolicyVersion | None:
    """What was kept under this key."""
    if (found := _kept.get(key)) is not None:
        _kept.move_to_end(key)
    return found


def keep(key: Hashable, row: PolicyVersion) -> PolicyVersion:
    """Once the transaction has committed: a row that was made in one and rolled back is nobody's."""

    def commit() -> None:
        _kept[key] = row
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)

    transaction.on_commit(commit)
    return row


def forget() -> None:
    """For a test, whose rows are rolled back: nothing that was kept is there any more."""
    _kept.clear()


def new_version(policy_id: int, number: int, definition: Mapping[str, Any], **fields: Any) -> PolicyVersion:
    """Store a version of a policy; `fields` are its author and note."""
    text = f"{policy_id}:{number}:{canonical(definition)}"
    return PolicyVersion.objects.create(
        policy_id=policy_id, number=number, definition=definition,
        definition_hash=hashlib.sha256(text.encode()).hexdigest(), **fields,
    )  # fmt: skip


def canonical(definition: Mapping[str, Any]) -> str:
    return json.dumps(definition, sort_keys=True, separators=(",", ":"))
