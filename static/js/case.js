// A case's page: its claim is renewed while it is open, in a hidden tab too, and a word comes up when somebody else has changed it.
import { announce } from "./announce.js";
import { hear, news, signedOut } from "./desk.js";
import { forget, keep, kept } from "./drafts.js";
import "./keys.js";

const RENEW = 60_000;  // ms; a claim lasts ten minutes

const page = document.getElementById("case");
const line = () => document.getElementById("changed");

async function renew() {
  const body = new URLSearchParams({ renew: "1", csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value });
  try {
    const reply = await fetch(page.dataset.renew, { method: "POST", body, redirect: "manual", headers: { "HX-Request": "true" } });
    if (![401, 409].includes(reply.status)) return;
    clearInterval(timer);
    if (reply.status === 401) signedOut();
    else say(await reply.text());
  } catch {
    // The next one may get through; ten of them fit into a claim.
  }
}

function say(sentence) {
  Object.assign(line(), { className: "flash flash-warning", textContent: sentence });
  announce(sentence);
}

async function look(ids) {
  if (ids && !ids.includes(page.dataset.case)) return;
  const text = await news(page.dataset.changes);
  if (!text) return;
  await htmx.swap({ text, target: line(), sourceElement: document.body, swap: "none" });
  announce(line().textContent.trim());
}

const timer = page.dataset.renew ? setInterval(renew, RENEW) : 0;
if (page.dataset.renew) document.addEventListener("visibilitychange", renew);

// The first reason of a decision is chosen with it, so that Enter alone goes on.
const decision = document.getElementById("decision");
decision?.addEventListener("change", ({ target }) => {
  if (target.name !== "action") return;
  for (const each of decision.querySelectorAll("[name=because]")) each.checked = false;
  const first = decision.querySelector(`.because-${target.value} [name=because]`);
  if (first) first.checked = true;
});

// What has been chosen and written outlives the page's other forms, and signing in again, until the case is decided.
const KEPT = ["action", "because", "category", "reason"];
if (decision) {
  const { elements } = decision;
  const draft = kept()?.decision ?? {};
  if (!elements.action.value && !elements.reason.value)
    for (const [name, value] of Object.entries(draft)) if (elements[name]) elements[name].value = value;
  for (const event of ["input", "change"]) decision.addEventListener(event, () =>
    keep({ decision: Object.fromEntries([...new FormData(decision)].filter(([name]) => KEPT.includes(name))) }));
} else forget();
hear(look);
