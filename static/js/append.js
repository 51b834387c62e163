// The way of nearly every message: a few words more at the end of the open paragraph or line. They lengthen the text that
// is there, as if it had come in one piece; a swap of htmx's for the same takes twenty times as long, 25 times a second.
const WORDS = /^<hx-partial hx-target="find (\.(?:content|thoughts|refusal|calls>:nth-child\(\d+\)>\.arguments))((?:>:last-child)*)" hx-swap="beforeend">([^<&]*)<\/hx-partial>$/;
const STEP = ">:last-child".length;

/** Carries `data` out on the answer if it is only words; false if it is for htmx. */
export function append(article, data) {
  const found = WORDS.exec(data);
  let target = found && article.querySelector(found[1]);
  for (let depth = found ? found[2].length / STEP : 0; target && depth > 0; depth--) target = target.lastElementChild;
  const last = target?.lastChild;
  if (last?.nodeType !== Node.TEXT_NODE) return false;
  last.appendData(found[3]);
  return true;
}
