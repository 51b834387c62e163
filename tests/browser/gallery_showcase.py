"""The picture of the README: a conversation that shows what Sluice is for."""

import uuid

from tests.provider import SECRET, Provider, say
from tests.servers import Server

EARLIER = {
    "Plan the spring release": 0, "Why does the nightly job take so long?": 0, "Names for the new billing service": 1,
    "Summarise Thursday's incident": 3, "A friendly reply to a late invoice": 5, "Compare three queue libraries": 12,
    "Regular expressions for part numbers": 14,
}  # fmt: skip

ASKED = "How do I make a column required without downtime?"
ANSWER = """\
In **two steps**, neither of which holds the table for long. The order matters:

| Step | What it locks | Safe while people use it |
| --- | --- | --- |
| Add a constraint, not yet checked | the table, for milliseconds | yes |
| Check it | nothing that reads or writes | yes |

```sql
ALTER TABLE orders
    ADD CONSTRAINT region_known CHECK (region IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT region_known;  -- reads, does not block
```
"""
ASKED_NEXT = "Show me how the job signs in to the database"
HELD = f"It reads the key from the environment: `ORDERS_KEY={SECRET}`. Never write it into the job itself."


def fill(server: Server, provider: Provider, scenario: str) -> str:
    """ben's conversations; the address of the one to be shown."""
    ben = server.client("ben")
    ben.post("/account/", data={"action": "name", "first_name": "Ben Okafor"})
    for title in reversed(EARLIER):
        provider.script(scenario, say("Gladly."))
        ben.finished(ben.ask(title))
    server.manage("shell", "-c", (
        "from datetime import timedelta\n"
        "from chat.models import Conversation\n"
        f"for title, days in {EARLIER!r}.items():\n"
        "    for each in Conversation.objects.filter(owner__username='ben', title=title):\n"
        "        each.active_at -= timedelta(days=days)\n"
        "        each.save(update_fields=['active_at'])"
    ))  # fmt: skip
    conversation = uuid.uuid4()
    provider.script(scenario, say(ANSWER, piece=40))
    first = ben.ask(ASKED, conversation=conversation)
    ben.finished(first)
    provider.script(scenario, say(HELD, piece=40))
    ben.finished(ben.ask(ASKED_NEXT, conversation=conversation, parent=first))
    return f"/c/{conversation}/"
