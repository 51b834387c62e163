// A case's page: its claim is renewed while it is open, in a hidden tab too, and a word comes up when somebody else has changed it.
import { announce } from "./announce.js";
import { hear } from "./desk.js";
import "./keys.js";
import { ask } from "./settle.js";

const RENEW = 60_000;  // ms; a claim lasts ten minutes

const page = document.getElementById("case");
const line = () => document.getElementById("changed");

async function renew() {
  const body = new URLSearchParams({ renew: "1", csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value });
  try {
    const reply = await fetch(page.dataset.renew, { method: "POST", body, redirect: "manual", headers: { "HX-Request": "true" } });
    if (reply.status !== 409) return;
    clearInterval(timer);
    say(await reply.text());
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
  const { text } = await ask(page.dataset.changes);
  if (!text) return;
  await htmx.swap({ text, target: line(), sourceElement: document.body, swap: "none" });
  announce(line().textContent.trim());
}

const timer = page.dataset.renew ? setInterval(renew, RENEW) : 0;
if (page.dataset.renew) document.addEventListener("visibilitychange", renew);
// The first reason of a decision is chosen with it, so that Enter alone goes on.
document.getElementById("decision")?.addEventListener("change", ({ target, currentTarget }) => {
  if (target.name !== "action") return;
  for (const each of currentTarget.querySelectorAll("[name=because]")) each.checked = false;
  const first = currentTarget.querySelector(`.because-${target.value} [name=because]`);
  if (first) first.checked = true;
});
hear(look);
