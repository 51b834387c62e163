// Keeps a running answer's event stream alive where htmx's extension alone would not, and ends it where it
// would go on for ever. The extension opens, parses, resumes (Last-Event-ID) and swaps; this decides.
import { empty, isRunning, runningAnswers } from "./answers.js";
import { blocked } from "./doors.js";
import { append } from "./append.js";
import { drew } from "./pace.js";
import { settle } from "./settle.js";
import { showStatus } from "./status.js";

const SILENCE = 40_000;   // ms without a byte's worth of news; the server pings every 15 s
const PATIENCE = 40;      // attempts in a row that brought nothing, about two minutes
const BARREN = 3;         // connections in a row that opened and brought no new text
const POLL = 5_000;       // of answers that no door brings: a hidden tab's, or where both are blocked
const ALIVE = 20_000;     // ms for which the word counts that an answer is being written

const links = new WeakMap();

function linkOf(article) {
  if (!links.has(article)) {
    links.set(article, { opening: false, connection: null, seen: 0, alive: -ALIVE, tries: 0, barren: 0, cursor: "", news: false, why: "", timer: 0, given: false, note: "" });
  }
  return links.get(article);
}

function open(article) {
  const link = linkOf(article);
  clearTimeout(link.timer);
  Object.assign(link, { timer: 0, given: false });
  if (article.isConnected && isRunning(article)) htmx.trigger(article, "stream:open");
}

// With both doors blocked an answer that is known to be written is not lost, and need not look so.
const isAlive = (link) => performance.now() - link.alive < ALIVE;

function showWaiting(article, link) {
  showStatus(article, blocked() && isAlive(link) ? "open" : "reconnecting", link.note);
}

function retry(article, least = 0) {
  const link = linkOf(article);
  if (++link.tries > PATIENCE && !isAlive(link)) return give(article, "lost");
  showWaiting(article, link);
  clearTimeout(link.timer);
  const delay = Math.max(least, Math.min(3000, 100 * 2 ** link.tries)) * (0.85 + Math.random() * 0.3);
  link.timer = setTimeout(open, delay, article);
}

function give(article, why) {
  linkOf(article).given = true;
  if (why !== "lost") empty(article);
  article.classList.remove("veiled");
  showStatus(article, why);
}

async function look(article) {
  const result = await settle(article);
  if (result === "running") linkOf(article).alive = performance.now();
  return result;
}

// Asks how the answer stands; used at the end, and whenever a stream says nothing useful.
async function check(article) {
  linkOf(article).timer = 0;
  const result = await look(article);
  if (!article.isConnected || result === "ended") return;
  if (result === "gone" || result === "signed-out") give(article, result);
  else if (result === "running") retry(article, 3000 * Math.min(5, linkOf(article).tries + 1));
  else await again(article);
}

function again(article) {
  const link = linkOf(article);
  if (++link.tries > PATIENCE) return give(article, "lost");
  showStatus(article, "reconnecting");
  clearTimeout(link.timer);
  link.timer = setTimeout(check, Math.min(3000, 100 * 2 ** link.tries), article);
}

const refused = (status) => status >= 400 && status < 500 && status !== 408 && status !== 429;

// ---- the first connection: htmx never retries it, and would put an error page into the answer
function onStream(name, handle) {
  document.addEventListener(name, (event) => {
    const article = event.detail.ctx?.sourceElement ?? event.target;
    if (article.matches?.("#turns .answer") && (isRunning(article) || links.has(article))) handle(article, linkOf(article), event);
  });
}

onStream("htmx:config:request", (article, link, event) => {
  if (!isRunning(article)) return;
  // A second process() of the same answer registers a second trigger; one stream is enough.
  if (link.opening || link.connection) event.preventDefault();
  else link.opening = true;
});
onStream("htmx:before:response", (article, link, event) => {
  const { raw } = event.detail.ctx.response;
  if (!isRunning(article) || raw.headers.get("Content-Type")?.includes("text/event-stream")) return;
  event.preventDefault();
  // What refuses may stand in between, and know nothing: the answer itself is asked.
  if (raw.ok || refused(raw.status)) check(article);
  else retry(article);
});
onStream("htmx:error", (article, link) => { if (link.opening) retry(article); });
onStream("htmx:finally:request", (article, link) => { link.opening = false; });

// ---- every later one
onStream("htmx:sse:before:connection", (article, link, event) => {
  const { connection } = event.detail;
  link.connection = connection;
  if (!isRunning(article)) return event.preventDefault();
  if (connection.attempt === 0) return;
  if (link.news) link.barren = 0;
  else if (connection.attempt === 1) link.barren += 1;
  if (!link.why && link.barren >= BARREN) link.why = "barren";
  if (!link.why && connection.attempt > PATIENCE && !isAlive(link)) link.why = "lost";
  if (link.why) return event.preventDefault();
  showWaiting(article, link);
});
onStream("htmx:sse:after:connection", (article, link, event) => {
  link.seen = performance.now();
  link.news = false;
  if (event.detail.connection.status === 204) link.barren = BARREN;
});
onStream("htmx:sse:error", (article, link, event) => {
  if (refused(event.detail.status)) link.why = "refused";
});
onStream("htmx:sse:close", (article, link, event) => {
  const { why } = link;
  Object.assign(link, { connection: null, why: "" });
  if (!article.isConnected || !isRunning(article) || event.detail.reason === "message") return;
  // A new password ends the session that a stream began in, not the one this browser has now: ask.
  if (why === "barren" || why === "refused" || why === "signed-out") check(article);
  else if (why) give(article, why);
  else retry(article);
});

// ---- what arrives
onStream("htmx:sse:before:message", (article, link, event) => {
  const { event: name, data, id } = event.detail.message;
  link.seen = performance.now();
  if (!isRunning(article)) return event.preventDefault();
  if (id && id !== link.cursor) Object.assign(link, { cursor: id, news: true, tries: 0 });
  if (name === "done") return finish(article, JSON.parse(data));
  if (name === "gone" || name === "signed-out") return leave(article, link, name);
  if (name === "interrupted") return showStatus(article, "reconnecting");
  article.classList.remove("veiled");
  if (name === "state") {
    const { state, note } = JSON.parse(data);
    link.note = note ?? "";
    if (article.dataset.state !== state) article.dataset.state = state;
  }
  showStatus(article, "open", link.note);
  if (name) return;
  drew(article.dataset.turn);
  if (append(article, data)) event.preventDefault();
});
onStream("htmx:sse:after:message", (article, link, event) => {
  if (isRunning(article) && !event.detail.message.event) showStatus(article, "open", link.note);
});

function finish(article, { state }) {
  linkOf(article).tries = 0;
  // Taken back at once; the words that explain it come with the partial.
  if (state === "held") empty(article);
  check(article);
}

function leave(article, link, why) {
  link.why = why;
  link.connection?.reader?.cancel();
}

// ---- the answers on the page, and those that come later: htmx must have wired them before they can be opened
document.addEventListener("htmx:after:process", () => {
  for (const article of runningAnswers()) {
    const link = linkOf(article);
    if (!link.connection && !link.opening && !link.timer && !link.given) open(article);
  }
});

// ---- silence, sleep, tabs
setInterval(() => {
  for (const article of runningAnswers()) {
    const { connection, seen, given } = linkOf(article);
    if (blocked() && !given) look(article);
    if (!connection?.reader || performance.now() - seen < SILENCE) continue;
    showStatus(article, "reconnecting");
    connection.reader.cancel();
  }
}, POLL);

function wake() {
  for (const article of runningAnswers()) {
    const link = linkOf(article);
    link.tries = 0;
    showStatus(article, "reconnecting");
    if (link.connection) {
      link.connection.delayCanceller?.();
      link.connection.reader?.cancel();
    } else if (!link.opening) open(article);
  }
}
addEventListener("online", wake);
document.addEventListener("click", (event) => { if (event.target.closest("[data-reconnect]")) wake(); });
// A page brought back from the browser's memory holds text that may have been taken back since.
addEventListener("pageshow", (event) => { if (event.persisted && runningAnswers().length) location.reload(); });

let poll;
document.addEventListener("visibilitychange", () => {
  clearInterval(poll);
  if (!document.hidden) return runningAnswers().forEach(returned);
  // The extension frees a hidden tab's socket. Its text may be retracted meanwhile, so it is hidden; its end is asked for.
  for (const article of runningAnswers()) article.classList.add("veiled");
  poll = setInterval(() => runningAnswers().forEach((article) => settle(article)), POLL);
});

async function returned(article) {
  const link = linkOf(article);
  if (!link.connection && !link.opening) open(article);
  // The first message shows the text again; while the model is silent the server's word that it still runs does.
  if (await settle(article) === "running") article.classList.remove("veiled");
}
