"""Endpoints and assistants for the gallery, and what an administrator does on their pages."""

from playwright.sync_api import Page, expect

from tests.provider import Provider, say
from tests.servers import Server

LINE = "I am ready, and so is the tea."
_SEED = """
from datetime import timedelta
from django.contrib.auth.models import Group
from django.utils import timezone
from chat import assistants
from chat.models import Endpoint, User
alma, rita = User.objects.get(username="alma"), User.objects.get(username="rita")
office = Group.objects.create(name="Office")
Group.objects.create(name="Workshop")
rita.groups.add(office)
house = assistants.save_endpoint(alma, None, {{"name": "House server", "protocol": "openai", "url": "{url}", "idle_timeout": 900}}, "sk-seed")
attic = assistants.save_endpoint(alma, None, {{"name": "Attic", "protocol": "ollama", "url": "http://127.0.0.1:9"}})
letters = assistants.save_assistant(alma, None, {{
    "name": "Letters", "description": "Answers members, short and kind", "endpoint": house, "model": "large",
    "instructions": "Write letters.", "groups": [office],
    "starters": ["Thank somebody for a gift", "Tell a member that we have moved", "Remind somebody of a lent book"],
}}).assistant
letters.refresh_from_db()
assistants.save_assistant(alma, letters, {{
    "instructions": "You write letters to the members of a small library.\\n\\nBe short and kind. Begin with the name, "
    "end with “Yours, the library”. Never promise a date.", "parameters": {{"temperature": 0.4}},
}})
assistants.save_assistant(alma, None, {{
    "name": "Archive", "description": "Knows the old catalogue", "endpoint": attic, "model": "tiny", "groups": [office],
}})
old = assistants.save_assistant(alma, None, {{"name": "Riddles", "endpoint": house, "model": "small"}}).assistant
assistants.archive_assistant(alma, old)
since = timezone.now() + timedelta(days=1)
Endpoint.objects.filter(pk=attic.pk).update(
    failing_since=since - timedelta(days=1), tried_at=since, failure="Nothing answers at its address."
)
print(house.pk, attic.pk, letters.pk)
"""


def fill(server: Server, provider: Provider) -> dict[str, str]:
    """Make them; where to find what. Only rita's group, and who has all rights, sees these assistants in a chat."""
    provider.script("house", say(LINE, wait=0.005))
    url = provider.lists("house", "small", "large", "large-with-tools")
    house, attic, letters = server.manage("shell", "-v0", "-c", _SEED.format(url=url)).split()[-3:]
    return {
        "assistants": "/assistants/", "endpoint-kinds": "/endpoints/new/", "endpoint-new": "/endpoints/new/?kind=openai",
        "endpoint": f"/endpoints/{house}/", "endpoint-down": f"/endpoints/{attic}/",
        "assistant-new": f"/assistants/new/?endpoint={house}", "assistant": f"/assistants/{letters}/",
        "version": f"/assistants/{letters}/versions/1/",
    }  # fmt: skip


def wrong(page: Page) -> None:
    page.get_by_label("Address").fill("example")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator(".field-wrong")).to_have_count(2)


def tested(page: Page) -> None:
    page.get_by_role("combobox", name="Model").select_option("large")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator("#probe .verdict")).to_contain_text("It works.", timeout=30_000)


def failed(page: Page) -> None:
    expect(page.locator("#field-model .help")).to_contain_text("Nothing answers")
    page.get_by_label("Model", exact=True).fill("tiny")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator("#probe .verdict")).to_contain_text("Nothing answers at its address.", timeout=30_000)


def unfolded(page: Page) -> None:
    expect(page.get_by_role("combobox", name="Model", exact=True)).to_be_visible()
    folded = page.locator("form .fold:not([open]) > summary")
    while folded.count():
        folded.first.click()
    page.get_by_text("Answers with a shape").scroll_into_view_if_needed()


def picking(page: Page) -> None:
    page.locator("#picker-name").click()
    expect(page.get_by_role("link", name="Archive")).to_be_visible()
