// Copying an answer, a code block, a document or a link.
import { announce } from "./announce.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], .copy-code, [data-copy-json], [data-copy-from]");
  if (!button) return;
  const done = await write(source(button));
  announce(done ? "Copied." : "Copying did not work.");
  if (done) acknowledge(button);
});

function source(button) {
  if (button.dataset.copyFrom) return document.querySelector(button.dataset.copyFrom).value;
  if (button.matches(".copy-code")) return button.closest(".code").querySelector("pre").textContent.replace(/\n$/, "");
  if (button.matches("[data-copy-json]")) return button.closest(".about-document").querySelector("template.json").content.textContent;
  return button.closest(".answer").querySelector("template.raw").content.textContent;
}

async function write(text) {
  // The clipboard API exists on https and localhost only.
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused: the older way may still be allowed.
    }
  }
  const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden", ariaHidden: "true" });
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  return done;
}

function acknowledge(button) {
  const use = button.querySelector("use");
  button.classList.add("done");
  const before = use?.getAttribute("href");
  use?.setAttribute("href", before.replace(/#.*/, "#check"));
  setTimeout(() => {
    button.classList.remove("done");
    use?.setAttribute("href", before);
  }, 1600);
}
