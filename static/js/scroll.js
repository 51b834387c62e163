// Follows the end of the text while it grows, and stops the moment the reader scrolls up.
const NEAR = 48;   // px from the end that still count as the end
const page = document.scrollingElement;
const turns = document.getElementById("turns");
const jump = document.querySelector("[data-jump]");
// A page that is opened at one of its turns stays there.
let following = !document.getElementById(location.hash.slice(1))?.closest("#turns");
let last = scrollY;     // where the reader was when that was last looked at
let before = scrollY;   // and at the last event that told of it

const distance = () => page.scrollHeight - innerHeight - scrollY;

/** Goes to the end and stays there. */
export function follow() {
  following = true;
  scrollTo({ top: page.scrollHeight, behavior: "instant" });
}

/** Goes to the new end, for who follows it. */
export function settled() {
  look();
  if (following) follow();
  offer();
}

function offer() {
  const hidden = distance() < NEAR * 4;
  if (jump.hidden !== hidden) jump.hidden = hidden;
}

// Upwards is the reader, unless the text grew shorter and the browser moved the page. Text may come before the event that
// says so.
function look() {
  const up = scrollY < last && distance() > 2;
  last = scrollY;
  if (up) following = false;
  return up;
}

addEventListener("scroll", () => {
  const down = scrollY >= before || distance() <= 2;
  before = scrollY;
  if (!look() && down && distance() < NEAR) following = true;
  offer();
}, { passive: true });

addEventListener("wheel", (event) => { if (event.deltaY < 0) following = false; }, { passive: true });
addEventListener("touchmove", () => { following = false; }, { passive: true });
addEventListener("keydown", (event) => {
  if (["PageUp", "Home", "ArrowUp"].includes(event.key) && !event.target.matches("textarea, input")) following = false;
});

// Earlier messages come in above; what the reader was looking at stays where it is.
let anchor = null;
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (!ctx.sourceElement?.closest?.(".earlier")) return;
  const turn = turns.querySelector(".turn");
  anchor = { turn, top: turn.getBoundingClientRect().top };
});
document.addEventListener("htmx:after:swap", () => {
  if (!anchor) return;
  following = false;
  scrollBy({ top: anchor.turn.getBoundingClientRect().top - anchor.top, behavior: "instant" });
  anchor = null;
});

/** Runs `change`, which may draw any turn anew; what the reader is looking at stays where it is. */
export async function keepPlace(change) {
  const turn = [...turns.querySelectorAll(".turn")].find((each) => each.getBoundingClientRect().bottom > 0);
  const top = turn?.getBoundingClientRect().top;
  await change();
  if (!following && turn?.isConnected) scrollBy({ top: turn.getBoundingClientRect().top - top, behavior: "instant" });
}

jump.addEventListener("click", follow);
new ResizeObserver(settled).observe(turns);
if (following) follow();
