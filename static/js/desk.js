// Hears when something at the review desk has changed, over the socket; a page then looks itself. It also looks when it is
// come back to, and does without hints where there is no socket.
import { announce } from "./announce.js";
import { ask } from "./settle.js";

const SILENCE = 40_000;  // ms without a word; the server pings every 15 s
const LONGEST = 60_000;  // ms between two attempts to open one
const SOON = 150;        // ms in which several hints are one look

let socket = null;
let tries = 0;
const timers = {};

function later(name, run, delay) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(run, delay);
}

/** What a GET brings, or "" where it brings nothing. */
export async function news(url) {
  const reply = await ask(url);
  if (reply === "signed-out") signedOut();
  return reply.text ?? "";
}

/** Says at the top of the page that nothing that is done here would be accepted any more. */
export function signedOut() {
  const line = document.getElementById("signed-out");
  if (!line.hidden) return;
  line.hidden = false;
  announce(line.textContent);
}

/** Calls `look(ids)` soon after cases have changed, with their ids; with none where any may have. */
export function hear(look) {
  let changed = new Set();
  let any = false;

  function soon(ids) {
    if (ids) ids.forEach((id) => changed.add(id));
    else any = true;
    // Not put off by more hints: while they keep coming a page would never look.
    timers.look ??= setTimeout(() => {
      timers.look = null;
      if (document.hidden) return;
      const what = any ? null : [...changed];
      [changed, any] = [new Set(), false];
      look(what);
    }, SOON);
  }

  function connect() {
    clearTimeout(timers.retry);
    if (socket || document.hidden) return;
    socket = new WebSocket(new URL("/ws/review/", location).href.replace(/^http/, "ws"));
    socket.onmessage = ({ data }) => said(JSON.parse(data));
    socket.onclose = lose;
    later("silence", lose, SILENCE);
  }

  function said({ event, data, retry }) {
    later("silence", lose, SILENCE);
    if (event === "ready") {
      tries = 0;
      soon(null);
    } else if (event === "changed") soon(JSON.parse(data).cases ?? []);
    else if (event === "interrupted") lose(null, retry);
    else if (event === "gone" || event === "signed-out") {
      lose(null, LONGEST);
      soon(null);
    }
  }

  function lose(_, least = 0) {
    if (socket) socket.onclose = socket.onmessage = null;
    socket?.close();
    socket = null;
    clearTimeout(timers.silence);
    tries += 1;
    // A socket that is refused says no reason: a session that has ended is one.
    if (tries === 2) soon(null);
    const delay = Math.min(LONGEST, 500 * 2 ** tries) * (0.75 + Math.random() / 2);
    if (!document.hidden) later("retry", connect, Math.max(least, delay));
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    connect();
    soon(null);
  });
  addEventListener("online", connect);
  connect();
}
