// The line under a running answer: what is happening, in a word.
import { announce } from "./announce.js";
import { hasWords } from "./answers.js";

const LOST = {
  "lost": { says: "The connection is lost. What has been written is safe.", action: "Reconnect" },
  "signed-out": { says: "You are signed out.", action: "Sign in" },
  "gone": { says: "This answer is no longer available." },
};

/** Shows the state of the answer and of its link ("open", "reconnecting", or one of LOST). */
export function showStatus(article, link, note = "") {
  if (article.dataset.link !== link) article.dataset.link = link;
  const line = article.querySelector(".status-text");
  if (!line) return;
  const lost = LOST[link];
  if (article.ariaBusy !== String(!lost)) article.ariaBusy = String(!lost);
  const says = lost?.says ?? label(article, link, note);
  if (line.dataset.says === says) return;
  line.dataset.says = says;
  line.textContent = says;
  if (!lost) return;
  if (lost.action) line.append(" ", actionFor(link, lost.action));
  announce(says);
}

function label(article, link, note) {
  if (link === "reconnecting") return "Reconnecting…";
  if (article.dataset.state === "moderating") return "Checking…";
  if (note) return note;
  if (article.dataset.waits) return article.dataset.waits;
  return hasWords(article) ? "Writing…" : "Thinking…";
}

function actionFor(link, text) {
  const element = document.createElement(link === "signed-out" ? "a" : "button");
  element.textContent = text;
  element.className = "link";
  if (link === "signed-out") element.href = `/login/?next=${encodeURIComponent(location.pathname)}`;
  else Object.assign(element, { type: "button" }).dataset.reconnect = "";
  return element;
}
