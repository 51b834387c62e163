"""Attacks from the shared cases, and a page that reports everything one of them could achieve."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

from tests.material import load

# What the renderer may put into a page, written down a second time on purpose.
TAGS = """a b blockquote br button code del em figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre span strong
    table tbody td th thead tr ul div""".split()
ATTRIBUTES = "align aria-label class href rel role start tabindex target title type".split()

# Anything a script of an attack would call, and every violation of the policy, is remembered.
ALARM = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = () => { window.ran.push(name); };
document.addEventListener("securitypolicyviolation", (e) => window.ran.push(`blocked ${e.violatedDirective} ${e.blockedURI}`));
"""

# Puts each of `snapshots` into an answer's content as htmx would, scripts included, and says what must not be there.
INSERT = """async ([snapshots, tags, attributes]) => {
    const stage = document.querySelector("#turns .content") ?? document.getElementById("turns");
    const wrong = [];
    const range = document.createRange();
    range.selectNodeContents(stage);
    for (let at = 0; at < snapshots.length; at += 50) {
        const pieces = snapshots.slice(at, at + 50).map((html) => {
            const piece = document.createElement("div");
            piece.append(range.createContextualFragment(html));
            return piece;
        });
        stage.replaceChildren(...pieces);
        htmx.process(stage);
        for (const element of stage.querySelectorAll("div *")) {
            const bad = [...element.attributes].filter((a) => !attributes.includes(a.name)).map((a) => a.name);
            if (!tags.includes(element.localName) || bad.length) wrong.push(element.outerHTML.slice(0, 200));
        }
        for (const link of stage.querySelectorAll("a[href]")) {
            const rel = link.rel.split(" ");
            const kept = ["noopener", "noreferrer", "nofollow"].every((word) => rel.includes(word)) && link.target === "_blank";
            if (!kept || !["http:", "https:", "mailto:"].includes(link.protocol)) wrong.push(link.outerHTML.slice(0, 200));
        }
        await new Promise((done) => setTimeout(done));
    }
    await new Promise((done) => setTimeout(done, 100));
    stage.replaceChildren();
    return [wrong, window.ran];
}"""

# Where an attack may stand in an answer beside standing alone.
PLACES = (
    "{}", "before {} after", "[x]({})", "![x]({})", "[x](<{}>)", "[x](/a '{}')", "[x]: {}\n\n[x]", "<{}>", "`{}`",
    "```{}\ncode\n```", "```html\n{}\n```", "| a |\n|---|\n| {} |", "> - {}", "# {}", "**{}", "[{}](https://a.example)",
)  # fmt: skip


def cases() -> list[str]:
    """Every XSS and exfiltration case, as the text of an answer."""
    found = [case["markdown"] for case in load("5-moderation/exfiltration_markdown.json")["cases"]]
    for name in ("xss_dompurify", "xss_payloadsallthethings"):
        found += [case["payload"] for case in load(f"5-moderation/{name}.json")["cases"]]
    return found


def watched(context: BrowserContext) -> list[str]:
    """The addresses that pages of `context` ask for, as they come; dialogs and errors of scripts too."""
    context.add_init_script(ALARM)
    seen: list[str] = []

    def over(page: Page) -> None:
        page.on("dialog", lambda dialog: (seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("popup", lambda popup: seen.append(f"popup: {popup.url}"))
        page.on("pageerror", lambda error: seen.append(f"script error: {error}"))
        page.on(
            "console",
            lambda message: seen.append(f"console: {message.text}") if message.type == "error" else None,
        )
        page.on("framenavigated", lambda frame: seen.append(frame.url))

    context.on("page", over)
    context.on("request", lambda request: seen.append(request.url))
    return seen


def hosts_asked(log: Path) -> set[str]:
    """The hosts that Chromium's own network log names: whatever it resolved, connected to or preconnected to.

    Chromium has conversations of its own with its maker, which no attack began.
    """
    text = log.read_text(encoding="utf-8", errors="replace").rstrip().rstrip(",")
    events: list[dict[str, Any]] = json.loads(text if text.endswith("}") else text + "]}")["events"]
    told = (
        event.get("params", {}).get(name)
        for event in events
        for name in ("host", "group_id", "url", "hostname")
    )
    return {_host(each) for each in told if isinstance(each, str)}


def hosts_named(text: str) -> set[str]:
    """Whatever in an attack looks like a host."""
    return {each.lower() for each in re.findall(r"[\w-]+(?:\.[\w-]+)+", text)}


def _host(told: str) -> str:
    address = told.removeprefix("pm/").partition(" ")[0]
    return (urlsplit(address).hostname if "://" in address else address.rpartition(":")[0] or address) or ""
