"""What was ever in a page's answers: every state that they were left in by a script, and every piece that was put in."""

from playwright.sync_api import Page

# By turn: all texts that were seen in each place of the answer, and of all nodes that were added anywhere.
WATCH = """
window.ever = {};
new MutationObserver((records) => {
  const touched = new Set();
  for (const record of records) {
    const at = record.target instanceof Element ? record.target : record.target.parentElement;
    if (at?.closest(".answer")) touched.add(at.closest(".answer"));
    for (const node of record.addedNodes) {
      if (node.querySelectorAll) for (const each of node.querySelectorAll(".answer")) touched.add(each);
      const answer = at?.closest(".answer");
      if (answer) note(answer, "added", node.textContent);
    }
  }
  for (const answer of touched) {
    note(answer, "answer", answer.textContent);
    for (const place of ["thoughts", "content"]) note(answer, place, answer.querySelector(`.${place}`)?.textContent ?? "");
  }
}).observe(document, { subtree: true, childList: true, characterData: true });
function note(answer, place, text) {
  const places = (window.ever[answer.dataset.turn] ??= {});
  const texts = (places[place] ??= []);
  if (texts.at(-1) !== text) texts.push(text);
}
"""


def watch_answers(page: Page) -> None:
    """From the next load on."""
    page.add_init_script(WATCH)


def ever(page: Page, turn: object) -> dict[str, list[str]]:
    """All that this answer has been, oldest first: `thoughts`, `content`, `answer` (all of it) and `added` (pieces)."""
    return page.evaluate("turn => window.ever[turn] ?? {}", str(turn))
