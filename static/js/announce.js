// The one live region. Screen readers hear starts, ends and holds, never the text as it streams.
const region = document.getElementById("announce");
let timer;

/** Has assistive technology say `sentence`, also when it is the same as the last one. */
export function announce(sentence) {
  clearTimeout(timer);
  region.textContent = "";
  timer = setTimeout(() => { region.textContent = sentence; }, 100);
}
