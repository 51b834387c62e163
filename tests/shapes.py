"""Answers with a shape, for tests: a schema that most of them use, documents for it, and assistants that ask for it."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.servers import Server

ORDER: dict[str, Any] = {
    "type": "object",
    "title": "Order",
    "properties": {
        "customer": {"type": "string", "title": "Customer"},
        "paid": {"type": "boolean"},
        "total": {"type": "number"},
        "note": {"type": ["string", "null"]},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "count": {"type": "integer"},
                    "price": {"type": "number"},
                },
                "required": ["name", "count"],
            },
        },
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["customer", "total", "items"],
}
VALUE: dict[str, Any] = {
    "customer": "Ada & <Sons>",
    "paid": True,
    "total": 28.5,
    "note": None,
    "items": [
        {"name": "Lock gate", "count": 2, "price": 12.25},
        {"name": "Windlass \u201cNo. 3\u201d", "count": 1},
        {"name": "Rope, 20 m 🌍", "count": 10, "price": 0.4},
    ],
    "tags": ["canal", "2026"],
}
VALID = json.dumps(VALUE, indent=1, ensure_ascii=False)
WITHOUT_TOTAL = json.dumps({name: value for name, value in VALUE.items() if name != "total"})
WRONG_TYPE = VALID.replace("28.5", '"28.5"')
CUT_OFF = VALID[: VALID.index("Windlass") + 4]
IN_PROSE = f"Here you are:\n```json\n{VALID}\n```"


def version(schema: Any = ORDER, name: str = "Orders") -> Any:
    """A version of an assistant that asks for a document, made within this process."""
    from chat.models import Assistant, AssistantVersion, Endpoint

    endpoint, _ = Endpoint.objects.get_or_create(name="Somewhere", defaults={"protocol": "demo"})
    assistant, _ = Assistant.objects.get_or_create(name=name)
    number = assistant.versions.count() + 1
    made = AssistantVersion.objects.create(
        assistant=assistant, number=number, endpoint=endpoint, schema=schema
    )
    Assistant.objects.filter(pk=assistant.pk).update(current=made)
    return made


def ask_for(server: "Server", schema: Any = ORDER) -> None:
    """The server's own assistant asks for a document from now on."""
    server.manage("shell", "-c", _ASK.format(schema=json.dumps(schema)))


_ASK = """
import json
from chat import assistants
assistant = assistants.default()
version = assistant.current
version.pk, version._state.adding, version.number = None, True, assistant.versions.count() + 1
version.schema = json.loads({schema!r})
version.save()
assistant.current = version
assistant.save(update_fields=["current"])
"""
