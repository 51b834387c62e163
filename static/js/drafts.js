// What was being written, kept for this tab until it is sent, for whoever wrote it. A new chat's id changes with each page,
// so the draft is kept under the page's address.
import { person } from "./session.js";

const keyOf = (path) => `draft:${person}:${path}`;
const key = () => keyOf(location.pathname);

/** Keeps `draft` ({text}, and once sent {turn, conversation, parent, sent}) over what is kept already. */
export function keep(draft) {
  try {
    sessionStorage.setItem(key(), JSON.stringify({ ...kept(), ...draft }));
  } catch {
    // Storage may be full or forbidden; the text is still in the box.
  }
}

/** The kept draft of this page, or null. */
export function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(key()));
  } catch {
    return null;
  }
}

/** Forgets it; a new chat's address may have changed to the conversation's in the meantime. */
export function forget() {
  try {
    sessionStorage.removeItem(key());
    sessionStorage.removeItem(keyOf("/"));
  } catch {
    // Nothing was kept.
  }
}
