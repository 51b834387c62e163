"""The audit, a deleted conversation and a closed account, for the gallery."""

from playwright.sync_api import Page, expect

from tests.servers import Server

_SEED = """
from django.utils import timezone
from chat import conversations, people
from chat.models import Conversation, User
from tests import held
alma, ben = User.objects.get(username="alma"), User.objects.get(username="ben")
for title in ("How long does paint keep?", "Ideas for a name for the new boat, which is small and blue"):
    chat = held.conversation(ben, title=title)
    held.saved(chat, title, "That depends.")
    conversations.delete(chat)
edith = User.objects.create_user("edith", first_name="Edith Marlow")
held.saved(held.conversation(edith, title="Rota"), "Who is in on Monday?", "Nobody yet.")
people.deactivate(alma, edith.pk)
print(edith.pk)
"""


def fill(server: Server) -> dict[str, str]:
    """Make them; where to find what. Last, so that the audit has something to show."""
    number = server.manage("shell", "-v0", "-c", _SEED).split()[-1]
    server.client("alma").get("/audit/")
    server.manage("verify_audit")
    return {
        "audit": "/audit/", "audit-found": "/audit/?who=rita&what=case.", "audit-wrong": "/audit/?who=nobody-here",
        "account-deleted": "/account/#deleted", "erase": f"/people/{number}/erase/",
    }  # fmt: skip


def choose(page: Page) -> None:
    page.get_by_text("Choose entries").click()
    expect(page.get_by_label("Who")).to_be_visible()


def sure(page: Page) -> None:
    page.locator(".sure > summary").first.click()
    page.locator("#deleted").scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="for good").first).to_be_visible()
