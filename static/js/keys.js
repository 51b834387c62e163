// Single keys at the desk: an element says by data-key what presses it. They can be switched off in this browser, as
// whoever dictates or types by mistake needs, and do nothing while something is being written.
const STORED = "sluice-single-keys";
const dialog = document.getElementById("keys");
const box = document.getElementById("keys-on");

function stored() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;  // a browser that stores nothing
  }
}

function writes(element) {
  return element.matches("textarea, select, [contenteditable]") || (element.matches("input") && !element.matches("[type=radio], [type=checkbox], [type=submit], [type=button]"));
}

/** Presses, chooses or opens the element, and puts the keyboard where it goes on. */
function press(element) {
  if (element.matches("summary")) {
    const details = element.parentElement;
    details.open = true;
    (details.querySelector("textarea, input:not([type=hidden])") ?? element).focus();
  } else {
    element.focus();
    element.click();
  }
}

box.checked = stored();
box.addEventListener("change", () => {
  try {
    localStorage.setItem(STORED, box.checked ? "on" : "off");
  } catch {
    // For this page it counts all the same.
  }
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const writing = writes(event.target);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form && writing) {
    event.target.form.requestSubmit();
    return event.preventDefault();
  }
  if (writing || event.ctrlKey || event.metaKey || !box.checked) return;
  if (event.key === "?") dialog.open ? dialog.close() : dialog.showModal();
  else if (dialog.open) return;
  else if (!moved(event.key) && !pressed(event.key.toLowerCase())) return;
  event.preventDefault();
});

function pressed(key) {
  if (key.length !== 1) return false;
  const found = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((each) => (each.closest("label") ?? each).checkVisibility());
  if (found) press(found);
  return found;
}

/** Down and up a list of cases. */
function moved(key) {
  const step = { j: 1, k: -1 }[key];
  const links = [...document.querySelectorAll("#cases .case-link")];
  if (!step || !links.length) return false;
  const here = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, here + step))].focus();
  return true;
}
