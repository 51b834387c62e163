// Keeps the page up with the person's other tabs and devices. A hint over the live socket says only "look again"; the
// page looks by itself too, when it is opened or come back to, and does without hints where there is no socket.
import { announce } from "./announce.js";
import { fault } from "./answers.js";
import { clear, show, SIGNED_OUT } from "./errors.js";
import { keepPlace } from "./scroll.js";
import { ask } from "./settle.js";

const SILENCE = 40_000;   // ms without a word; the server pings every 15 s
const HIDDEN = 60_000;    // ms until a hidden tab gives its socket back
const LONGEST = 60_000;   // ms between two attempts to open one
const SOON = 100;         // ms in which several hints are one look

const form = document.getElementById("composer");
const sending = new Set();
let socket = null;
let heard = false;        // whether this socket would bring a hint
let tries = 0;
let timers = {};
let looking = false;
let again = false;
let signedOut = false;

function later(name, run, delay) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(run, delay);
}

// ---- looking
/** What the page shows of its conversation, in the server's words; nothing of a new chat, which nobody else knows. */
function shown() {
  const turns = document.getElementById("turns");
  const answers = [...turns.querySelectorAll(":scope > .turn > .answer")].map((article) => article.dataset);
  const deleted = "deleted" in turns.dataset;
  if (!answers.length && !deleted) return "";
  const stamps = deleted ? "deleted" : answers.map(({ stamp }) => stamp).join();
  const apart = "apart" in turns.dataset ? "1" : "";
  return new URLSearchParams({ first: answers[0]?.turn ?? "", leaf: answers.at(-1)?.turn ?? "", stamps, apart }).toString();
}

async function look() {
  const before = shown();
  if (!before || document.hidden) return;
  again = looking || sending.size > 0;
  if (again) return;
  looking = true;
  const turns = document.getElementById("turns");
  // Another branch waits until the question that is being edited here has been sent or left.
  const editing = turns.querySelector("details.edit[open]") ? "&editing=1" : "";
  const { text } = await ask(`${turns.dataset.changes}?${before}${editing}`);
  // Whatever began or ended here in the meantime is not put in twice.
  if (text && (sending.size || before !== shown())) again = true;
  else if (text) await apply(text);
  looking = false;
  if (again) lookSoon();
}

function lookSoon() {
  later("look", look, SOON);
}

async function apply(text) {
  await keepPlace(() => htmx.swap({ text, target: document.getElementById("turns"), sourceElement: document.body, swap: "none" }));
  document.dispatchEvent(new Event("changes"));
  if ("deleted" in document.getElementById("turns").dataset) announce("This conversation was deleted in another tab or on another device.");
}

function refresh() {
  htmx.trigger(document.body, "conversations-changed");
  lookSoon();
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => { if (ctx.sourceElement.matches("form")) sending.add(ctx); });
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => { if (sending.delete(ctx) && again) lookSoon(); });
document.addEventListener("toggle", ({ target }) => { if (target.matches("details.edit") && !target.open) lookSoon(); }, true);
// A document that does not fit is repaired by itself, in the moment in which it ends: not every page has a socket.
document.addEventListener("answer", ({ detail: { article, from } }) => { if (from && fault(article)) lookSoon(); });

// ---- the socket
function connect() {
  clearTimeout(timers.retry);
  if (socket || document.hidden || signedOut) return;
  socket = new WebSocket(new URL("/ws/live/", location).href.replace(/^http/, "ws"));
  socket.onmessage = ({ data }) => hear(JSON.parse(data));
  socket.onclose = lose;
  later("silence", lose, SILENCE);
}

function hear({ event, data, retry }) {
  later("silence", lose, SILENCE);
  if (event === "ready") {
    [heard, tries] = [true, 0];
    refresh();
  } else if (event === "changed" && !document.hidden) {
    const { turns = [] } = JSON.parse(data);
    htmx.trigger(document.body, "conversations-changed");
    if (turns.includes(form.elements.conversation.value)) lookSoon();
  } else if (event === "signed-out") doubt();
  else if (event === "interrupted") lose(null, retry);
}

function lose(_, least = 0) {
  const was = socket;
  [socket, heard] = [null, false];
  clearTimeout(timers.silence);
  if (was) was.onclose = was.onmessage = null;
  was?.close();
  tries += 1;
  // A socket that is refused says no reason: a session that has ended is one.
  if (tries === 2) doubt();
  const delay = Math.min(LONGEST, 500 * 2 ** tries) * (0.75 + Math.random() / 2);
  if (!document.hidden) later("retry", connect, Math.max(least, delay));
}

async function doubt() {
  if (await ask(document.getElementById("conversations").getAttribute("hx-get")) !== "signed-out") return;
  signedOut = true;
  show(form, SIGNED_OUT);
}

// ---- coming and going
function back() {
  if (signedOut) clear(form);
  signedOut = false;
  clearTimeout(timers.away);
  connect();
  refresh();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) later("away", lose, HIDDEN);
  else back();
});
addEventListener("focus", () => { if (!heard) back(); });
addEventListener("online", () => { if (!heard) back(); });
addEventListener("pageshow", (event) => { if (event.persisted) back(); });
connect();
