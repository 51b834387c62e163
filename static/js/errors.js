// A request the server refused or that never arrived ends in a sentence next to the form it came from.
import { newId } from "./ids.js";

export const SIGNED_OUT = "You are signed out. Sign in again; what you wrote is kept.";
const SENTENCES = {
  401: SIGNED_OUT,
  403: "This page has grown old. Reload it and try again.",
  404: "This is no longer there.",
  413: "This is too long.",
  429: "Too many at once. Wait a moment and try again.",
};

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  // What asks by itself (the list, an answer that waits for its check) asks again; nobody is waiting for a word.
  if (!ctx.sourceElement.matches("form, a")) return;
  const page = new DOMParser().parseFromString(ctx.text, "text/html");
  const said = page.querySelector("[data-sentence]")?.textContent;
  show(ctx.sourceElement, said ?? SENTENCES[ctx.response.status] ?? "The server could not do this just now. Try again in a moment.");
  offer(ctx.sourceElement, page.querySelector("[data-offer]"));
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx?.sourceElement.matches("form")) show(ctx.sourceElement, "The server could not be reached. Nothing is lost; try again.");
});
// A redirect has been followed by now: a whole page arrived where a piece was asked for.
document.addEventListener("htmx:before:response", (event) => {
  const { response, sourceElement } = event.detail.ctx;
  if (!response.raw.redirected || !sourceElement.matches("form, a")) return;
  event.preventDefault();
  show(sourceElement, SIGNED_OUT);
});

/** Shows `sentence` where the element's form keeps its errors, or for a while at the foot of the page. */
export function show(element, sentence) {
  const place = placeOf(element);
  const line = Object.assign(document.createElement("p"), { className: "error", textContent: sentence });
  if (place) return place.replaceChildren(line);
  Object.assign(line, { className: "toast", role: "alert" });
  document.body.append(line);
  setTimeout(() => line.remove(), 8000);
}

/** Takes away what `show` put there. */
export function clear(element) {
  placeOf(element)?.replaceChildren();
}

// What may be sent instead: its button sends the form again.
function offer(form, instead) {
  if (!instead) return;
  form.id ||= `form-${newId()}`;
  instead.querySelector("button").setAttribute("form", form.id);
  placeOf(form)?.append(document.adoptNode(instead));
}

function placeOf(element) {
  return element.dataset?.error ? document.querySelector(element.dataset.error) : element.querySelector?.(".form-error");
}
