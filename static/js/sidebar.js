// On a phone the conversations are a drawer. It opens by its address (#sidebar) without JavaScript; with it, by a class.
const sidebar = document.getElementById("sidebar");
const column = document.querySelector(".column");
const opener = document.querySelector(".drawer-open");

function set(open) {
  sidebar.classList.toggle("open", open);
  opener.setAttribute("aria-expanded", String(open));
  column.inert = open;
  if (open) sidebar.querySelector(".drawer-close").focus();
  else opener.focus();
}

opener.setAttribute("role", "button");
opener.setAttribute("aria-expanded", "false");
opener.addEventListener("click", (event) => {
  event.preventDefault();
  set(true);
});
opener.addEventListener("keydown", (event) => {
  if (event.key !== " ") return;
  event.preventDefault();
  set(true);
});
for (const closer of [sidebar.querySelector(".drawer-close"), document.querySelector(".scrim")]) {
  closer.addEventListener("click", (event) => {
    event.preventDefault();
    set(false);
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && sidebar.classList.contains("open")) {
    event.preventDefault();
    set(false);
  }
});
// Turned or widened: the list stands beside the text again, and nothing may stay out of reach.
matchMedia("(min-width: 52.01rem)").addEventListener("change", (event) => {
  if (event.matches && sidebar.classList.contains("open")) set(false);
});

// The list is asked for again with what it shows: nothing comes back where that is still so, and it stays as long as
// it has been made. A hidden tab does not look at its conversation.
document.addEventListener("htmx:config:request", ({ detail: { ctx: { sourceElement, request } } }) => {
  if (sourceElement.id !== "conversations") return;
  request.body.set("have", sourceElement.dataset.version);
  request.body.set("shown", sourceElement.querySelectorAll(".conversation").length);
  if (document.hidden) request.body.set("away", "1");
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx: { sourceElement, response } } }) => {
  if (!sourceElement.matches(".rename") || response?.status !== 204) return;
  const menu = sourceElement.closest("details");
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A conversation gets its title after its first saved answer; the list brings it.
document.addEventListener("htmx:after:swap", () => {
  const current = document.querySelector("#conversations [aria-current]");
  const heading = document.getElementById("title");
  if (current) document.querySelector(".newchat").removeAttribute("aria-current");
  // Without a title the list shows a time instead, which is no heading.
  const title = current?.dataset.title;
  if (!title || title === heading.textContent) return;
  document.title = document.title.replace(/^(● )?.*$/, `$1${title.replaceAll("$", "$$$$")} · Sluice`);
  heading.textContent = title;
});
