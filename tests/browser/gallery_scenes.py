"""The scenes of the gallery: every page, and every state of the chat."""

from playwright.sync_api import Page, expect

from . import gallery_assistants as setting_up
from . import gallery_audit as audit
from . import gallery_policies as judging
from . import gallery_review as desk
from .gallery import Scene


def _menu(page: Page) -> None:
    page.locator("#conversations li", has_text="Rename a branch").hover()
    page.get_by_label("Options for Rename a branch that others use").click()


def _account_menu(page: Page) -> None:
    page.locator(".account > summary").click()


def _drawer(page: Page) -> None:
    page.get_by_label("Open the list of conversations").click()
    expect(page.get_by_label("Close the list of conversations")).to_be_visible()


def _edit(page: Page) -> None:
    page.locator(".question").first.hover()
    page.get_by_label("Edit this question").click()


def _writing(page: Page) -> None:
    expect(page.locator(".answer .content")).to_contain_text("done += len(rows)", timeout=30_000)


def _end_of(page: Page) -> None:
    page.evaluate("scrollTo(0, 1e6)")


def _top(page: Page) -> None:
    page.evaluate("scrollTo(0, 0)")


def _typed(page: Page) -> None:
    page.get_by_label("Message", exact=True).fill(
        "Two things about the tide:\n\n- when it turns\n- why there are two of them"
    )


def _wrong(page: Page) -> None:
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill("not my password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _help(page: Page) -> None:
    page.get_by_role("button", name="Shortcuts").click()
    expect(page.locator("#help")).to_be_visible()


def _invited(page: Page) -> None:
    page.get_by_label("Who is it for?").fill("Dana")
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_role("textbox", name="Invitation link")).to_be_visible()


SCENES = [
    Scene("showcase", "ben", device="desktop"),
    Scene("empty", place="home"),
    Scene("composer", place="home", act=_typed),
    Scene("streaming", act=_writing),
    Scene("saved", act=_top),
    Scene("saved-end", place="saved", act=_end_of),
    Scene("held"),
    Scene("unchecked"),
    Scene("failed"),
    Scene("refused"),
    Scene("stopped"),
    Scene("versions"),
    Scene("edit", place="versions", act=_edit),
    Scene("menu", place="saved", act=_menu, device="desktop"),
    Scene("account-menu", "alma", place="home", act=_account_menu, device="desktop"),
    Scene("help", place="home", act=_help, device="desktop"),
    Scene("drawer", place="saved", act=_drawer, device="phone"),
    Scene("queue", "rita"),
    Scene("queue-closed", "rita"),
    Scene("queue-unchecked", "rita"),
    Scene("queue-filtered", "rita"),
    Scene("queue-keys", "rita", place="queue", act=desk.keys, device="desktop"),
    Scene("case", "rita"),
    Scene("case-revealed", "rita", place="case", act=desk.revealed),
    Scene("case-deciding", "rita", place="classified", act=desk.deciding),
    Scene("classified", "sena", act=desk.revealed),
    Scene("wrong", "sena", place="taken", act=desk.wrong),
    Scene("taken", "rita"),
    Scene("taken-senior", "alma", place="taken"),
    Scene("reported-case", "rita"),
    Scene("decided", "rita"),
    Scene("numbers", "rita"),
    Scene("numbers-table", "rita", place="numbers", act=desk.unfolded, device="desktop"),
    Scene("transcripts", "sena", act=desk.found),
    Scene("transcript", "sena", place="break-glass", act=desk.opened),
    Scene("reported", "ann"),
    Scene("report", "ann"),
    Scene("reviewed", "ann"),
    Scene("roles", "alma", place="people", act=desk.roles),
    Scene("no-script-queue", "rita", place="queue", script=False),
    Scene("no-script-case", "rita", place="classified", script=False),
    Scene("people", "alma"),
    Scene("audit", "alma"),
    Scene("audit-found", "alma"),
    Scene("audit-wrong", "alma"),
    Scene("audit-choose", "alma", place="audit", act=audit.choose),
    Scene("account-deleted", "ben", act=audit.sure),
    Scene("erase", "alma"),
    Scene("invited", "alma", place="people", act=_invited),
    Scene("assistants", "alma"),
    Scene("endpoint-kinds", "alma"),
    Scene("endpoint-new", "alma"),
    Scene("endpoint-wrong", "alma", place="endpoint-new", act=setting_up.wrong),
    Scene("endpoint", "alma", act=setting_up.tested),
    Scene("endpoint-down", "alma", act=setting_up.failed),
    Scene("assistant-new", "alma", act=setting_up.unfolded),
    Scene("assistant", "alma"),
    Scene("version", "alma"),
    Scene("picker", "rita", place="home", act=setting_up.picking),
    Scene("no-script-endpoint", "alma", place="endpoint", script=False),
    Scene("account"),
    Scene("account-end", place="account", act=_end_of),
    Scene("search"),
    Scene("found"),
    Scene("not-found"),
    Scene("other-version"),
    Scene("no-script-found", place="found", script=False),
    Scene("nothing", "ann"),
    Scene("login", ""),
    Scene("login-wrong", "", place="login", act=_wrong),
    Scene("setup", "", fresh=True),
    Scene("invitation", ""),
    Scene("no-script", place="streaming", script=False),
    Scene("no-script-saved", place="saved", script=False),
    Scene("policies", "alma"),
    Scene("policy", "alma"),
    Scene("policy-office", "alma"),
    Scene("policy-new", "alma"),
    Scene("policy-mode", "alma"),
    Scene("policy-packs", "alma"),
    Scene("policy-pack", "alma", act=judging.unfolded),
    Scene("policy-rule", "alma"),
    Scene("policy-rule-wrong", "alma", place="policy-rule-new", act=judging.wrong_rule),
    Scene("policy-classifier-kinds", "alma"),
    Scene("policy-classifier", "alma"),
    Scene("policy-version", "alma"),
    Scene("policy-refused", "alma", place="policy-version", act=judging.refused),
    Scene("policy-try", "alma", act=judging.tried),
    Scene("policy-replay", "alma"),
    Scene("rules", "ann", act=judging.unfolded),
    Scene("mode-note", "rita", place="letters"),
    Scene("waits", "rita", act=judging.waits),
    Scene("no-script-policy", "alma", place="policy-replay", script=False),
    # From here on every page has the banner.
    Scene("bypass", "alma", place="policies", act=judging.bypassed),
    Scene("banner", "ann", place="saved"),
]
