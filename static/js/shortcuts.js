// The keyboard, as the help dialog describes it. Every one needs a modifier or is Escape: no letter alone does anything.
const help = document.getElementById("help");
const stop = document.getElementsByClassName("stop");

/** Where the list of conversations is a drawer that is shut, the box is on a page of its own. */
function find() {
  const box = document.querySelector("[role=search] [type=search]");
  if (box.checkVisibility({ visibilityProperty: true })) box.select();
  else location.assign(box.form.action);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const control = event.ctrlKey || event.metaKey;
  if (event.key === "Escape" && event.shiftKey) document.getElementById("message")?.focus();
  // In the search box it empties that.
  else if (event.key === "Escape" && event.target.type === "search") return;
  else if (event.key === "Escape" && !help.open && stop[0]?.checkVisibility()) stop[0].click();
  else if (control && event.key.toLowerCase() === "k") find();
  else if (control && event.key === "/") help.open ? help.close() : help.showModal();
  else if (control && event.shiftKey && event.key.toLowerCase() === "o") document.querySelector(".newchat").click();
  else return;
  event.preventDefault();
});
