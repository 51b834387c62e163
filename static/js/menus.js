// Menus are <details> and dialogs <dialog>; they open without JavaScript too. This closes them as people expect.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const closed = event.target.closest("[data-close-details]")?.closest("details");
  if (closed) {
    closed.open = false;
    closed.querySelector("summary").focus();
  }
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  if (event.target.matches("dialog")) event.target.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const details = document.activeElement?.closest("details[open]") ?? document.querySelector("details.menu[open]");
  if (!details) return;
  details.open = false;
  details.querySelector("summary").focus();
  event.preventDefault();
});

document.addEventListener("toggle", (event) => {
  if (!event.target.open) return;
  // The last conversations' menus would open below the edge of their list.
  if (event.target.matches(".conversation > .menu")) event.target.querySelector(".menu-panel").scrollIntoView({ block: "nearest" });
  if (!event.target.matches("details.edit")) return;
  const box = event.target.querySelector("textarea");
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}, true);
