// When the turns are drawn again the button that asked for it may be gone; the keyboard goes on in the same turn.
let from = null;

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const turn = ctx.sourceElement?.closest?.("#turns .turn");
  from = turn && ctx.target?.id === "turns"
    ? { index: [...turn.parentElement.children].indexOf(turn), label: document.activeElement?.getAttribute("aria-label") }
    : null;
});
document.addEventListener("htmx:after:swap", () => {
  if (!from) return;
  const { index, label } = from;
  from = null;
  if (document.activeElement && document.activeElement !== document.body) return;
  const turns = document.querySelectorAll("#turns > *");
  const turn = turns[Math.min(index, turns.length - 1)];
  const same = label && turn?.querySelector(`button[aria-label="${CSS.escape(label)}"]:not(:disabled)`);
  const place = same || turn?.querySelector(".siblings button:not(:disabled)") || document.getElementById("message");
  place?.focus({ preventScroll: true });
});
