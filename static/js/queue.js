// The queue: filters count at once, new cases are announced and never pushed under the finger, shown ones stay up to date.
import { announce } from "./announce.js";
import { hear, news } from "./desk.js";
import "./keys.js";

const form = document.getElementById("filters");

// A filter counts at once. An arrow key may have changed it, so the keyboard is still there on the page that comes.
form.addEventListener("change", ({ target }) => {
  form.action = `#${target.id}`;
  form.requestSubmit();
});
// What is not asked for stands in no address.
form.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});

let looking = false;
let again = false;
let told = 0;

async function look() {
  again = looking;
  if (looking) return;
  looking = true;
  const list = document.getElementById("cases");
  const ids = [...list.querySelectorAll(".case")].map((each) => each.dataset.case);
  const query = new URLSearchParams({ since: list.dataset.since, ids: ids.join() });
  const text = await news(`${list.dataset.news}${list.dataset.news.endsWith("?") ? "" : "&"}${query}`);
  if (text) await show(text);
  looking = false;
  if (again) look();
}

async function show(text) {
  const focused = document.activeElement?.closest?.(".case")?.id;
  await htmx.swap({ text, target: document.getElementById("fresh"), sourceElement: document.body, swap: "none" });
  if (focused && document.activeElement === document.body) document.querySelector(`#${CSS.escape(focused)} .case-link`)?.focus({ preventScroll: true });
  const count = Number(document.getElementById("fresh").dataset.count ?? 0);
  if (count > told) announce(`${count} new ${count === 1 ? "case" : "cases"}.`);
  told = count;
}

hear(look);
