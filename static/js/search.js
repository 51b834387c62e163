// The page of what was found. Results come while one types; without this the form asks for them.
import "./shortcuts.js";
import "./sidebar.js";
import { announce } from "./announce.js";

const links = () => document.querySelectorAll("#results .found a");
let more = null;   // how many links there were, while further results come

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  more = ctx.sourceElement?.closest?.("#results .more") ? links().length : null;
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.sourceElement?.id === "search") announce(document.getElementById("results").dataset.says);
  // The link that asked for more is gone; the keyboard goes on with what it has brought.
  if (more !== null && document.activeElement === document.body) links()[more]?.focus();
  more = null;
});
