"""The product in every state a person can meet, built once for a file of tests: for the pictures and for axe."""

import contextlib
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from tests.client import Client
from tests.provider import END, SECRET, Provider, say
from tests.servers import Server

from . import gallery_assistants, gallery_audit, gallery_policies, gallery_review, gallery_showcase
from .gallery_texts import KEY, LETTER, LOCKS, REVIEW, TAKEN, WRITING
from .standing import standing

DEVICES = {
    "desktop": {"viewport": {"width": 1280, "height": 860}},
    "phone": {
        "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True
    },
}  # fmt: skip
_ANSWER, _CHECKER = "answer", "checker"  # scenarios of the provider


@dataclass
class Gallery:
    """A server with conversations in every state, another that nobody has set up, and where to find what."""

    server: Server
    fresh: Server
    provider: Provider
    places: dict[str, str] = field(default_factory=dict)
    answers: dict[str, uuid.UUID] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """One picture: who opens which place, and what they do there."""

    name: str
    person: str = "ann"
    place: str = ""  # of Gallery.places; the scene's name where empty
    act: Callable[[Page], None] | None = None
    device: str = ""  # only there
    script: bool = True
    fresh: bool = False


@contextlib.contextmanager
def gallery(prepared: tuple[Path, str, dict[str, str]], folder: Path) -> Iterator[Gallery]:
    with Provider.running() as provider:
        settings = {
            "CHAT_PROVIDER_PROTOCOL": "openai", "CHAT_PROVIDER_URL": provider.url(_ANSWER), "CHAT_MODEL": "fake",
            "CHAT_MODERATION_URL": provider.moderate(_CHECKER, "pass"), "CHAT_MAX_RUNNING": "60", "CHAT_IDLE_TIMEOUT": "900",
        }  # fmt: skip
        with standing(prepared, folder, **settings) as server:
            empty = folder / "fresh"
            # Gathered static files are taken along: gathering them again would take a second.
            shutil.copytree(server.folder / "static", empty / "static")
            fresh = Server(empty, "", {}).start()
            try:
                made = Gallery(server, fresh, provider)
                _fill(made)
                yield made
            finally:
                fresh.kill()


def _fill(made: Gallery) -> None:
    server, provider, places = made.server, made.provider, made.places
    ann, rita, alma = server.client("ann"), server.client("rita"), server.client("alma")

    def ask(name: str, question: str, *scripts: list[list[object]], **fields: object) -> uuid.UUID:
        provider.script(_ANSWER, *scripts)
        made.answers[name] = ann.ask(question, conversation=_place(places, name), **fields)
        return made.answers[name]

    for title in (
        "Plan a week of lunches for four",
        "Rename a branch that others use",
        "Words for the colour of rain",
    ):
        ann.finished(ask(title, title, say(TAKEN)))
    _aged(server)
    ann.finished(ask("saved", "How does a canal lock work?", say(LOCKS, piece=40)))
    ask("failed", "Which day is best for the market?", [["text", TAKEN[:44]], ["reset"]])
    ann.finished(made.answers["failed"])
    ann.finished(
        ask("refused", "Is the bakery open?", [["status", 401, {}, '{"error": {"message": "no such key"}}']])
    )
    _stopped(made, ann, ask)
    first = ask("versions", "Why is there a tide twice a day?", say("Because of the moon."))
    for text in ("The moon pulls.", TAKEN):
        ann.finished(made.answers["versions"])
        ask("versions", "Why is there a tide twice a day?", say(text), kind="retry")
    assert first != made.answers["versions"]
    ann.finished(made.answers["versions"])
    ann.post(f"/turns/{first}/select/")
    siblings = re.findall(r"/turns/([\w-]+)/select/", ann.get(places["versions"]).text)
    ann.post(f"/turns/{siblings[-1]}/select/")
    places["other-version"] = f"{places['versions']}?turn={first}#answer-{first}"
    _held(made, rita, ask)
    places["showcase"] = gallery_showcase.fill(server, provider, _ANSWER)
    places |= gallery_assistants.fill(server, provider)
    places |= gallery_policies.fill(server, provider)
    places |= gallery_review.fill(server)
    provider.moderate(_CHECKER, "status-500")
    ann.finished(ask("unchecked", "What is the tide doing at noon?", say(TAKEN)))
    invite = alma.post("/people/invite/", data={"note": "Carla, from the harbour office"}).text
    places["invitation"] = re.search(r"/invite/[\w-]+/", invite).group()  # type: ignore[union-attr]
    ask("streaming", "Is this migration safe to run in the daytime?", [["text", WRITING], ["gate"], *END])
    provider.wait_for_request(_ANSWER)
    places |= gallery_audit.fill(server)
    places |= {"home": "/", "people": "/people/", "account": "/account/", "search": "/search/", "found": "/search/?q=tide",
               "not-found": "/search/?q=giraffe+soup", "login": "/login/",
               "setup": "/setup/", "nothing": "/nothing-of-this-name/"}  # fmt: skip


def _stopped(made: Gallery, ann: Client, ask: Callable[..., uuid.UUID]) -> None:
    turn = ask("stopped", "Write to the neighbours about a new bench", [["text", LETTER], ["gate"], *END])
    with ann.events(turn) as stream:
        next(event for event in stream if "wall" in event.data)
        ann.stop(turn)
        stream.until("done")


def _held(made: Gallery, rita: Client, ask: Callable[..., uuid.UUID]) -> None:
    ann = made.server.client("ann")
    ann.finished(ask("decided", "Show me a card number for a test", say("Use 4111 1111 1111 1111.")))
    case = re.search(r"/review/[\w-]{36}/", rita.get("/review/").text).group()  # type: ignore[union-attr]
    made.places["decided"] = case
    reason = "A card number, if only one for tests. Nobody needs it in a conversation."
    version = re.search(r'name="version" value="(\d+)"', rita.get(case).text).group(1)  # type: ignore[union-attr]
    rita.post(f"{case}decide/", data={"action": "uphold", "reason": reason, "version": version})
    ann.finished(ask("held", "How do I sign in to the weather service?", say(REVIEW)))
    leaf = made.answers["held"]
    ann.finished(ask("held", "And where does the key go?", say(KEY.format(secret=SECRET)), parent=leaf))
    case = next(c for c in re.findall(r"/review/[\w-]{36}/", rita.get("/review/").text) if c != case)
    made.places["case"] = case


def _place(places: dict[str, str], name: str) -> str:
    """The conversation of this name; a new one at first."""
    conversation = places.setdefault(name, f"/c/{uuid.uuid4()}/")
    return conversation.split("/")[2]


def _aged(server: Server) -> None:
    """What was said so far was said on earlier days."""
    server.manage("shell", "-c", (
        "from datetime import timedelta\n"
        "from chat.models import Conversation\n"
        "for days, each in enumerate(Conversation.objects.order_by('-active_at'), 1):\n"
        "    Conversation.objects.filter(pk=each.pk).update(active_at=each.active_at - timedelta(days=days * days))"
    ))  # fmt: skip


def opened(
    made: Gallery, scene: Scene, browser: Browser, device: str, scheme: str
) -> tuple[BrowserContext, Page]:
    """The scene's page, ready to be looked at, in a browser context that the caller closes."""
    server = made.fresh if scene.fresh else made.server
    context = browser.new_context(
        base_url=server.url, color_scheme=scheme, java_script_enabled=scene.script,
        reduced_motion="reduce", service_workers="block", **DEVICES[device],
    )  # fmt: skip
    context.set_default_timeout(20_000)
    if scene.person:
        cookie = {"name": "sessionid", "value": server.sessions[scene.person], "url": server.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(made.places[scene.place or scene.name])
    if scene.act:
        scene.act(page)
    return context, page
