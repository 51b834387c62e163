// Asks the server how an answer stands and, if it has ended, puts the page's own partial in its place.
import { isRunning } from "./answers.js";

/**
 * Returns "ended" (the page now shows what a reload would), "running", "gone", "signed-out"
 * or "unreachable". Never leaves anything in the page that is not this answer.
 */
export async function settle(article) {
  const reply = await ask(article.dataset.url);
  if (typeof reply === "string") return reply;
  const next = new DOMParser().parseFromString(reply.text, "text/html").querySelector("article.answer");
  if (!next || next.id !== article.id) return "unreachable";
  if (isRunning(next)) return "running";
  if (article.isConnected && isRunning(article)) {
    article.removeAttribute("hx-morph-skip");
    await htmx.swap({ text: reply.text, target: article, sourceElement: article, swap: "outerMorph" });
    htmx.trigger(document.body, "conversations-changed");
  }
  return "ended";
}

/** What a GET brings, as {text}; else "gone", "signed-out" or "unreachable". */
export async function ask(url) {
  try {
    const response = await fetch(url, {
      headers: { "HX-Request": "true" }, redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(15000),
    });
    if (response.type === "opaqueredirect" || response.status === 401) return "signed-out";
    if ([403, 404, 410].includes(response.status)) return "gone";
    if (!response.ok) return "unreachable";
    return { text: (await response.text()).trim() };
  } catch {
    return "unreachable";
  }
}
