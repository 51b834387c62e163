"""What administrators enter: an endpoint with its key, an assistant as a new version of it."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from .. import audit, permissions
from ..endpoints import Refused, addresses, keys, outdated
from ..models import Assistant, AssistantVersion, Endpoint

ENDPOINT_FIELDS = (
    "name", "protocol", "url", "key_variable", "model", "continues", "connect_timeout", "first_byte_timeout",
    "idle_timeout", "total_timeout",
)  # fmt: skip
ASSISTANT_FIELDS = ("name", "description", "position")
VERSION_FIELDS = (
    "endpoint", "model", "fallback", "fallback_model", "instructions", "parameters", "starters", "schema", "window",
    "reasoning",
)  # fmt: skip


def save_endpoint(
    actor: Any, row: Endpoint | None, fields: Mapping[str, Any], key: str | None = None
) -> Endpoint:
    """Store what was entered: some of ENDPOINT_FIELDS, and a `key` (None leaves it as it is, "" takes it away).

    Raises Refused with a sentence for a field, or PermissionDenied.
    """
    permissions.check_can_manage_assistants(actor)
    with transaction.atomic():
        old = Endpoint.objects.select_for_update(no_key=True).get(pk=row.pk) if row is not None else None
        if old is not None and old.from_environment:
            raise Refused(
                "This endpoint is what the server's environment says; change CHAT_PROVIDER_… there and start again."
            )
        new = Endpoint.objects.get(pk=old.pk) if old is not None else Endpoint()
        for name in ENDPOINT_FIELDS:
            if name in fields:
                value = fields[name]
                setattr(new, name, value.strip() if isinstance(value, str) else value)
        _check(new)
        _key(old, new, key)
        changed = [name for name in (*ENDPOINT_FIELDS, "key_sealed") if _differs(old, new, name)]
        if old is not None and not changed:
            return old
        # What was found out about it was about another address, key or model.
        new.failing_since, new.failure, new.tried_at = None, "", None
        _store(new, "endpoint")
        action = "endpoint.created" if old is None else "endpoint.changed"
        audit.record(actor, action, new.pk, name=new.name, changed=["key" if c == "key_sealed" else c for c in changed])  # fmt: skip
    return new


def mark_of(assistant: Assistant) -> str:
    """Another one after every `save_assistant` that has changed something."""
    groups = sorted(_groups(assistant.groups.all()))
    return outdated.mark(assistant.current_id, assistant.name, assistant.description, groups)


def save_assistant(
    actor: Any, row: Assistant | None, fields: Mapping[str, Any], seen: str = ""
) -> AssistantVersion:
    """Store what was entered: some of ASSISTANT_FIELDS and VERSION_FIELDS, and `groups`. A new version, where one of
    VERSION_FIELDS is another than before; else the one there is. `seen`: the `mark_of` what was looked at.

    Raises Refused with a sentence for a field, or PermissionDenied.
    """
    permissions.check_can_manage_assistants(actor)
    with transaction.atomic():
        assistant = (
            Assistant.objects.select_for_update(no_key=True).get(pk=row.pk)
            if row is not None
            else Assistant()
        )
        outdated.check(seen, mark_of(assistant) if row is not None else "", "assistant")
        old = assistant.current
        changed = [
            name for name in ASSISTANT_FIELDS if name in fields and getattr(assistant, name) != fields[name]
        ]
        for name in changed:
            setattr(assistant, name, fields[name])
        if changed or row is None:
            _store(assistant, "assistant")
        if "groups" in fields and _groups(fields["groups"]) != _groups(assistant.groups.all()):
            assistant.groups.set(fields["groups"])
            changed.append("groups")
        version = _version(assistant, old, fields)
        if old is None or (differing := [name for name in VERSION_FIELDS if _differs(old, version, name)]):
            changed += VERSION_FIELDS if old is None else differing
            _make_current(actor, assistant, version)
        else:
            version = old
        if changed:
            action = "assistant.created" if row is None else "assistant.changed"
            audit.record(actor, action, assistant.pk, name=assistant.name, version=version.number, changed=changed)  # fmt: skip
    return version


def restore_version(actor: Any, version: AssistantVersion) -> AssistantVersion:
    """Make an earlier version's text and choices the assistant's again, as a new version. Raises as `save_assistant`."""
    fields = {name: getattr(version, name) for name in VERSION_FIELDS}
    for name in ("endpoint", "fallback"):
        if fields[name] is not None and fields[name].archived_at:
            raise Refused(
                f"That version asks the endpoint {fields[name].name}, which is archived. Take it out of the archive first."
            )
    return save_assistant(actor, version.assistant, fields)


def _check(new: Endpoint) -> None:
    if not new.name:
        raise Refused("Give the endpoint a name.", "name")
    if new.protocol == Endpoint.Protocol.DEMO:
        new.url = new.key_variable = ""
        return
    if not new.url:
        raise Refused("Enter the address of the model's server.", "url")
    addresses.check(new.url)
    if new.key_variable:
        keys.check_variable(new.key_variable)


def _key(old: Endpoint | None, new: Endpoint, key: str | None) -> None:
    """A key is sent only to the address it was entered for."""
    if key and new.key_variable:
        raise Refused("Enter a key or name a variable that holds it, not both.", "key")
    if key:
        if not (key := key.strip()).isascii() or not key.isprintable() or " " in key:
            raise Refused(
                "This key has characters that no key has, such as a space or a line break; copy it again.",
                "key",
            )
        new.key_sealed = keys.seal(key, new.url)
    elif key == "" or new.key_variable or new.protocol == Endpoint.Protocol.DEMO:
        new.key_sealed = ""
    elif old is not None and old.key_sealed and old.url.rstrip("/") != new.url.rstrip("/"):
        raise Refused(
            "The address is another one than the key was entered for. Enter the key once more, so that it is sent there.",
            "key",
        )


def _version(
    assistant: Assistant, old: AssistantVersion | None, fields: Mapping[str, Any]
) -> AssistantVersion:
    before = {name: getattr(old, name) for name in VERSION_FIELDS} if old is not None else {}
    entered = {name: fields[name] for name in VERSION_FIELDS if name in fields}
    version = AssistantVersion(assistant=assistant, **(before | entered))
    if version.endpoint_id is None:
        raise Refused("Choose the endpoint that answers.", "endpoint")
    if version.fallback_id is None:
        version.fallback_model = ""
    elif (version.fallback_id, version.fallback_model) == (version.endpoint_id, version.model):
        raise Refused("Choose another endpoint or model to fall back on; this one is the first.", "fallback")
    return version


def _make_current(actor: Any, assistant: Assistant, version: AssistantVersion) -> None:
    last = assistant.versions.order_by("-number").values_list("number", flat=True).first()
    version.number, version.author = (last or 0) + 1, actor
    version.save(force_insert=True)
    assistant.current = version
    assistant.save(update_fields=["current"])


def _store(row: Assistant | Endpoint, noun: str) -> None:
    if not row.name.strip():
        raise Refused(f"Give the {noun} a name.", "name")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused(
            f"There is another {noun} of the name {row.name}; choose another name.", "name"
        ) from None


def _differs(old: Any, new: Any, name: str) -> bool:
    return old is None or getattr(old, name) != getattr(new, name)


def _groups(groups: Any) -> set[int]:
    return {group.pk for group in groups}
