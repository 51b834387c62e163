// Notices answers that begin, change state and end, whoever changed them, and tells the other modules:
// the event "answer" on document, detail {article, from, to}; `from` is undefined for one that has just appeared.
import { announce } from "./announce.js";

const seen = new WeakSet();
const MARK = "● ";

/** Whether this answer is still being written or checked. */
export function isRunning(article) {
  return article.dataset.state === "streaming" || article.dataset.state === "moderating";
}

/** Takes away everything that it shows of what the model said. */
export function empty(article) {
  for (const place of article.querySelectorAll(":scope > .reasoning > .thoughts, :scope > :is(.content, .refusal, .calls)")) place.replaceChildren();
}

/** Whether it shows anything but reasoning. */
export function hasWords(article) {
  return article.querySelector(":scope > :is(.content, .refusal, .calls):not(:empty)") !== null;
}

/** Every answer on the page that is still being written or checked. */
export function runningAnswers() {
  return [...document.querySelectorAll("#turns .answer")].filter(isRunning);
}

/** Begins to notice. The answers already on the page are reported once, without being announced. */
export function watch() {
  discover(false);
  document.addEventListener("htmx:after:process", () => discover(true));
  new MutationObserver((changes) => changes.forEach(changed))
    .observe(document.body, { subtree: true, attributeFilter: ["data-state"], attributeOldValue: true });
}

function discover(aloud) {
  for (const article of document.querySelectorAll("#turns .answer")) {
    if (seen.has(article)) continue;
    seen.add(article);
    if (aloud && isRunning(article)) announce(beginning(article));
    tell(article, undefined);
  }
}

// A repair begins before the words about what it repairs have been read out.
function beginning(article) {
  const above = article.closest(".turn[data-kind=repair]")?.previousElementSibling?.querySelector(".answer");
  const wrong = above && fault(above);
  return wrong ? `${wrong.textContent} Sluice asks for it once more.` : "Sluice is answering.";
}

function changed({ target, oldValue }) {
  if (!target.matches(".answer") || target.dataset.state === oldValue) return;
  const was = oldValue === "streaming" || oldValue === "moderating" || oldValue === "held";
  if (was && !isRunning(target)) {
    announce(ending(target));
    if (document.hidden) markTitle();
  }
  tell(target, oldValue);
}

/** The words about what is wrong with an answer that is a document, or null. */
export function fault(article) {
  return article.querySelector(":scope > .about-document .outcome p");
}

function ending(article) {
  if (article.dataset.state === "saved") return fault(article)?.textContent ?? "The answer is complete.";
  return article.querySelector(".outcome p")?.textContent ?? "The answer has ended.";
}

function tell(article, from) {
  document.dispatchEvent(new CustomEvent("answer", { detail: { article, from, to: article.dataset.state } }));
}

// Only the mark is ours to take away: the title behind it may have changed, with the conversation's, meanwhile.
function markTitle() {
  if (!document.title.startsWith(MARK)) document.title = MARK + document.title;
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && document.title.startsWith(MARK)) document.title = document.title.slice(MARK.length);
});
