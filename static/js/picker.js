// Another assistant has been chosen: from the next message on it answers, in this tab's forms too.
import { announce } from "./announce.js";
import { newId } from "./ids.js";

const composer = document.getElementById("composer");
const begins = (form) => form.matches("form") && form.elements.turn;

/** The id of the assistant that was chosen on this page, or "". */
function chosen() {
  return document.querySelector("#picker > [name=assistant]")?.value ?? "";
}

// A form that was drawn before the choice does not know of it.
document.addEventListener("htmx:config:request", ({ detail: { ctx: { sourceElement, request } } }) => {
  if (!begins(sourceElement)) return;
  if (chosen()) request.body.set("assistant", chosen());
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx: { sourceElement, response } } }) => {
  const name = sourceElement.dataset?.assistant;
  if (!name || response?.status >= 400) return;
  // The same words for another assistant are another turn.
  for (const form of document.forms) if (begins(form)) form.elements.turn.value = form === composer ? newId() : "";
  announce(`${name} answers from now on.`);
  (matchMedia("(hover: none) and (pointer: coarse)").matches ? document.getElementById("picker-name") : composer.elements.text).focus();
});
