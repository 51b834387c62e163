"""An endpoint and an assistant are set up and chatted with: by keyboard, without a script, by who may and who may not."""

import json
import re
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.prepared import PASSWORD
from tests.provider import END, Provider
from tests.provider import say as saying
from tests.servers import Server, free_port

from .conftest import Watch
from .house import ANSWER
from .talk import WAIT, answer, content, ends, say

LETTERS = "letters"  # the provider's scenario that the second endpoint plays
KEY = "sk-workshop-4711"


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture
def asked(provider: Provider) -> Iterator[Provider]:
    provider.clear()
    provider.lists(LETTERS, "small", "large")
    provider.script(LETTERS, saying("Dear member."))
    provider.script(ANSWER, saying("As always."))
    yield provider
    provider.release(LETTERS, 99)


@pytest.fixture
def letters(server: Server, asked: Provider) -> Iterator[int]:
    """The id of a second assistant, for everybody until a test says otherwise; archived afterwards."""
    made = server.manage("shell", "-v0", "-c", f"""
from chat import assistants
from chat.models import Assistant, Endpoint, User
alma = User.objects.get(username="alma")
url = "{asked.url(LETTERS)}"
row = Endpoint.objects.filter(name="Post office").first()
row = assistants.save_endpoint(alma, row, {{"name": "Post office", "protocol": "openai", "url": url}})
old = Assistant.objects.filter(name="Letters").first()
if old and old.archived_at:
    assistants.unarchive_assistant(alma, old)
fields = {{
    "name": "Letters", "description": "Writes to members", "endpoint": row, "model": "small",
    "instructions": "Write letters.", "starters": ["Thank somebody for a gift"], "groups": [],
}}
print(assistants.save_assistant(alma, old, fields).assistant_id)
""")  # fmt: skip
    key = int(made.strip().splitlines()[-1])
    yield key
    server.client("alma").post(f"/assistants/{key}/archive/")


def reach(page: Page, role: str, name: str) -> None:
    """Go on with the Tab key to what has this role and name."""
    wanted = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    expect(wanted).to_be_visible()
    for _ in range(90):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"the Tab key does not lead to the {role} {name!r}")


def write(page: Page, name: str, text: str) -> None:
    """Fill the box of this name by keyboard, in place of what is in it."""
    reach(page, "textbox", name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def press(page: Page, role: str, name: str) -> None:
    reach(page, role, name)
    page.keyboard.press("Enter")


def test_an_administrator_sets_all_up_by_keyboard_and_chats_with_it(
    server: Server, asked: Provider, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow("422")
    page = open_page(server, "", "/login/")
    page.keyboard.type("alma")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Message", exact=True)).to_be_visible()
    page.locator(".account > summary").focus()
    page.keyboard.press("Enter")
    press(page, "link", "Assistants")
    press(page, "link", "Connect an endpoint")
    reach(
        page,
        "link",
        "Another server Whatever speaks OpenAI’s format: vLLM, llama.cpp, LM Studio, OpenRouter, Mistral, Groq …",
    )
    page.keyboard.press("Enter")

    # An address at which nothing answers.
    write(page, "Name", "Workshop")
    write(page, "Address", f"http://127.0.0.1:{free_port()}/v1")
    page.keyboard.press("Tab")
    page.keyboard.type("sk-wrong")
    press(page, "button", "Save and go on to test it")
    expect(page.locator("#field-model .help")).to_contain_text("Nothing answers at its address.")
    write(page, "Model", "small")
    press(page, "button", "Test")
    verdict = page.locator("#probe .verdict")
    expect(verdict).to_contain_text("Nothing answers at its address.")
    expect(verdict).to_contain_text("Is the address right, and is the server running?")
    expect(page.locator(".phase.failed")).to_contain_text("Connecting")

    # The right one, with a key that is not.
    asked.locks(LETTERS, KEY)
    write(page, "Address", asked.url(LETTERS))
    press(page, "button", "Save")
    expect(page.locator(".field-wrong .error")).to_contain_text("Enter the key again")
    expect(page.get_by_label("Address")).to_have_value(asked.url(LETTERS))
    write_key(page, "sk-wrong")
    press(page, "button", "Save")
    expect(page.locator("#field-model .help")).to_contain_text("It did not accept the key.")
    write(page, "Model", "small")
    press(page, "button", "Test")
    expect(verdict).to_contain_text("It did not accept the key.")
    expect(verdict).to_contain_text("Paste the key again")
    assert "sk-wrong" not in page.content()

    # All is right: the line is seen as it is written.
    write_key(page, KEY)
    press(page, "button", "Save")
    reach(page, "combobox", "Model")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("combobox", name="Model")).to_have_value("large")
    asked.script(LETTERS, [["text", "I am "], ["gate"], ["text", "ready."], *END])
    press(page, "button", "Test")
    expect(page.locator(".probe-line")).to_have_text("I am")
    expect(page.locator(".phase .took")).to_have_text([re.compile(r"\d+ ms")] * 3 + ["…"])
    asked.release(LETTERS)
    expect(verdict).to_contain_text("It works.")
    expect(page.locator(".probe-line")).to_have_text("I am ready.")
    expect(page.locator(".phase .took")).to_have_text([re.compile(r"\d+ ms")] * 4)

    # And an assistant with it.
    press(page, "link", "Make an assistant with it")
    expect(page.get_by_role("combobox", name="Model", exact=True)).to_have_value("large")
    write(page, "Name", "Clerk")
    write(page, "Instructions", "Write as a clerk does.")
    press(page, "button", "Make the assistant")
    expect(page.get_by_role("status")).to_contain_text("Clerk is ready.")
    press(page, "link", "Chat with it")
    expect(page.locator("#picker-name")).to_have_text("Clerk")
    asked.script(LETTERS, saying("Very well."))
    turn = say(page, "Is it open?")
    ends(page, turn)
    assert server.message(turn) == "Very well."
    request = asked.requests(LETTERS)[-1]
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert request["body"]["model"] == "large"
    assert request["body"]["messages"][0] == {"role": "system", "content": "Write as a clerk does."}
    page.goto("/assistants/")
    page.get_by_role("link", name="Clerk").click()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("status")).to_contain_text("Clerk is archived.")


def write_key(page: Page, key: str) -> None:
    page.get_by_label("Key (optional)").focus()
    page.keyboard.type(key)


def test_who_is_not_of_the_group_does_not_see_the_assistant(
    server: Server, letters: int, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow("403")
    server.manage("shell", "-v0", "-c", f"""
from django.contrib.auth.models import Group
from chat.models import Assistant, User
group, _ = Group.objects.get_or_create(name="Office")
Assistant.objects.get(pk={letters}).groups.set([group])
User.objects.get(username="ben").groups.set([group])
""")  # fmt: skip
    for person, sees in (("ann", False), ("ben", True)):
        page = open_page(server, person, f"/?assistant={letters}")
        expect(page.get_by_text("What would you like to know?")).to_be_visible()
        expect(page.locator("#picker-name")).to_have_count(1 if sees else 0)
        assert ("Letters" in page.content()) is sees
    page = open_page(server, "ann", "/assistants/")
    expect(page.get_by_role("main")).to_contain_text("Only administrators set up assistants.")
    # Nor by naming it.
    refused = server.client("ann").post_turn("Hm?", assistant=letters)
    assert refused.status_code == 409
    assert "no longer available to you" in refused.text


def choose(page: Page, name: str) -> None:
    page.locator("#picker-name").click()
    page.locator(f"#picker a[data-assistant='{name}']").click()
    expect(page.locator("#picker-name")).to_have_text(name)


def test_another_assistant_answers_from_the_next_message_on(
    server: Server, asked: Provider, letters: int, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    box = page.get_by_label("Message", exact=True)
    box.fill("Is it there?")
    expect(page.locator(".starter")).to_have_count(0)
    choose(page, "Letters")
    expect(page.locator(".starter")).to_have_text(["Thank somebody for a gift"])
    expect(box).to_have_value("Is it there?")
    expect(box).to_be_focused()
    first = say(page, "Is it there?")
    ends(page, first)
    expect(content(page, first)).to_have_text("Dear member.")
    # It stays with the conversation, and is no longer said with each message.
    second = say(page, "Again?")
    ends(page, second)
    expect(content(page, second)).to_have_text("Dear member.")
    page.reload()
    expect(page.locator("#picker-name")).to_have_text("Letters")

    choose(page, "Sluice")
    third = say(page, "And you?")
    ends(page, third)
    expect(content(page, third)).to_have_text("As always.")
    assert len(asked.requests(ANSWER)[-1]["body"]["messages"]) == 5, "it reads what the other one said"
    page.reload()
    expect(answer(page, first).locator(".written-by")).to_have_text("Written by Letters")
    expect(answer(page, third).locator(".written-by")).to_have_count(0)
    # Another answer to the same question is the chosen one's, too.
    choose(page, "Letters")
    answer(page, third).get_by_role("button", name="Write another answer").click()
    newest = page.locator("#turns .answer").last
    expect(newest).not_to_have_attribute("data-turn", str(third))
    fourth = UUID(newest.get_attribute("data-turn"))
    ends(page, fourth)
    expect(content(page, fourth)).to_have_text("Dear member.")


def test_a_starter_is_sent_to_the_assistant_it_belongs_to(
    server: Server, asked: Provider, letters: int, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    choose(page, "Letters")
    page.get_by_role("button", name="Thank somebody for a gift").click()
    newest = page.locator("#turns .answer").last
    ends(page, UUID(newest.get_attribute("data-turn")))
    assert asked.requests(LETTERS)[-1]["body"]["messages"][-1]["content"] == "Thank somebody for a gift"


def test_an_archived_assistant_leaves_its_conversation_with_a_word_and_a_choice(
    server: Server, asked: Provider, letters: int, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow("409")
    page = open_page(server, path=f"/?assistant={letters}")
    ends(page, say(page, "First?"))
    server.client("alma").post(f"/assistants/{letters}/archive/")
    page.get_by_label("Message", exact=True).fill("Second?")
    page.get_by_label("Message", exact=True).press("Enter")
    expect(page.locator("#composer-error")).to_contain_text("is no longer available to you")
    page.goto(page.url.partition("?")[0])
    expect(page.locator("#picker-name")).to_have_text("Choose an assistant")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Second?")
    choose(page, "Sluice")
    turn = say(page, "Second?")
    ends(page, turn)
    expect(content(page, turn)).to_have_text("As always.")


def test_an_earlier_version_is_looked_at_and_restored(
    server: Server, asked: Provider, letters: int, open_page: Callable[..., Page]
) -> None:
    page = open_page(server, "alma", f"/assistants/{letters}/")
    current = int(re.search(r"Version (\d+)", page.locator(".rows li").first.inner_text()).group(1))  # type: ignore[union-attr]
    expect(page.get_by_role("combobox", name="Model", exact=True)).to_have_value("small")
    page.get_by_label("Instructions").fill("Write poems.")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_role("status")).to_contain_text(f"saved as version {current + 1}")
    expect(page.locator(".rows li").first).to_contain_text("Changed: instructions")
    page.get_by_role("link", name=re.compile(rf"^Version {current}\b")).click()
    expect(page.get_by_role("main")).to_contain_text("Write letters.")
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_role("status")).to_contain_text(f"Version {current} is in use again")
    expect(page.get_by_label("Instructions")).to_have_value("Write letters.")
    ann = open_page(server, path=f"/?assistant={letters}")
    ends(ann, say(ann, "Which?"))
    assert asked.requests(LETTERS)[-1]["body"]["messages"][0]["content"] == "Write letters."


def test_a_name_typed_while_the_list_was_on_its_way_stays(
    server: Server, letters: int, open_page: Callable[..., Page]
) -> None:
    page = open_page(server, "alma", "/assistants/new/")
    waiting: list[object] = []
    page.route("**/endpoints/models/**", lambda route: waiting.append(route))
    page.get_by_label("Endpoint", exact=True).select_option(label="Post office")
    page.wait_for_function("document.querySelector('#id_endpoint.htmx-request') !== null")
    page.get_by_label("Model", exact=True).fill("typed-by-hand")
    while not waiting:
        page.wait_for_timeout(20)
    waiting[0].continue_()  # type: ignore[attr-defined]
    expect(page.locator("#id_endpoint.htmx-request")).to_have_count(0)
    expect(page.get_by_label("Model", exact=True)).to_have_value("typed-by-hand")


def test_without_a_script_all_of_it_works_too(
    server: Server, asked: Provider, letters: int, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow("the frame is sandboxed", "Blocked script execution")
    page = open_page(server, "alma", "/endpoints/new/", java_script_enabled=False)
    page.set_default_timeout(WAIT)
    page.get_by_role("link", name="Another server").click()
    page.get_by_label("Name").fill("Plain")
    page.get_by_label("Address").fill(asked.url(LETTERS))
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Show its models").click()
    page.get_by_label("Model", exact=True).select_option("large")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator("#probe .verdict")).to_contain_text("It works.")
    expect(page.locator(".probe-line")).to_have_text("Dear member.")
    page.get_by_role("link", name="Make an assistant with it").click()
    expect(page.get_by_label("Model", exact=True)).to_have_value("large")
    page.get_by_label("Name").fill("Plain letters")
    page.get_by_label("Instructions").fill("Write plainly.")
    page.get_by_role("button", name="Show its models").first.click()
    expect(page.get_by_label("Instructions")).to_have_value("Write plainly.")
    page.get_by_label("Model", exact=True).select_option("small")
    page.get_by_role("button", name="Make the assistant").click()
    expect(page.get_by_role("status")).to_contain_text("Plain letters is ready.")

    page.goto("/")
    page.locator("#picker-name").click()
    page.get_by_role("link", name="Plain letters").click()
    expect(page.locator("#picker-name")).to_have_text("Plain letters")
    page.get_by_label("Message", exact=True).fill("Plainly?")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#turns .answer").last).to_have_attribute("data-state", "saved")
    body = asked.requests(LETTERS)[-1]["body"]
    assert (body["model"], body["messages"][0]["content"]) == ("small", "Write plainly.")
    page.locator("#picker-name").click()
    page.get_by_role("link", name="Sluice", exact=True).last.click()
    page.get_by_label("Message", exact=True).fill("And you?")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#turns .answer")).to_have_count(2)
    assert json.dumps(asked.requests(ANSWER)[-1]["body"]).count("Plainly?") == 1
    page.goto("/assistants/")
    page.get_by_role("link", name="Plain letters").click()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("status")).to_contain_text("Plain letters is archived.")
