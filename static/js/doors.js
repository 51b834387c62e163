// The two doors to a running answer: its event stream, and a WebSocket where something on the way holds event streams
// back or refuses them. Whoever fetches an answer's events gets the same bytes through either, and need not know which.
import { paced } from "./pace.js";

const EVENTS = /\/turns\/([\w-]+)\/events$/;
const FIRST = 5_000;          // ms for the first word: the server has one at once
const BARE = 3;               // event streams in a row that ended before it
const KEEP = 30 * 60_000;     // ms after which this tab tries the event stream again
const plain = window.fetch.bind(window);
const encoder = new TextEncoder();
let bare = 0;
let shut = false;

window.fetch = (url, init) => (EVENTS.test(url) ? open(url, init) : plain(url, init));

/** Whether neither door has let anything through at the last try. */
export function blocked() {
  return shut;
}

async function open(url, init) {
  const known = preferred() && await viaSocket(url, init);
  if (known) return known;
  const cut = new AbortController();
  init.signal?.addEventListener("abort", () => cut.abort());
  const stream = viaStream(url, { ...init, signal: cut.signal });
  let heard;
  try {
    heard = await Promise.race([stream, new Promise((resolve) => setTimeout(resolve, FIRST))]);
  } catch (error) {
    // A server that is away is so for both.
    if (bare < BARE || init.signal?.aborted) throw error;
  }
  if (heard && (heard.status === 401 || (isStream(heard) && bare < BARE))) return heard;
  const other = await viaSocket(url, init);
  if (!other) {
    shut = true;
    return stream;
  }
  cut.abort();
  stream.catch(() => {});
  return other;
}

function through(door) {
  bare = 0;
  shut = false;
  try {
    if (door === "stream") sessionStorage.removeItem("socket");
    else if (!preferred()) sessionStorage.setItem("socket", Date.now());
  } catch {
    // Storage may be forbidden: the next answer finds its door anew.
  }
}

function preferred() {
  try {
    return Date.now() - sessionStorage.getItem("socket") < KEEP;
  } catch {
    return false;
  }
}

const turnOf = (url) => EVENTS.exec(url)[1];

const isStream = (response) => response.headers.get("Content-Type")?.includes("text/event-stream");

// The response, once the first of its body has come.
async function viaStream(url, init) {
  try {
    const response = await plain(url, init);
    if (!isStream(response)) return response;
    const reader = response.body.getReader();
    const first = await reader.read();
    if (first.done) bare += 1;
    else through("stream");
    return new Response(paced(turnOf(url), reader, first), { headers: response.headers });
  } catch (error) {
    if (!init.signal.aborted) bare += 1;
    throw error;
  }
}

// The socket's frames as the event stream they stand for, once the first has come; null when none comes.
function viaSocket(url, { headers, signal }) {
  const address = new URL(`/ws/turns/${turnOf(url)}/`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.searchParams.set("after", headers["Last-Event-ID"] ?? "");
  const socket = new WebSocket(address);
  let timer = setTimeout(() => socket.close(), FIRST);
  signal?.addEventListener("abort", () => socket.close());
  return new Promise((resolve) => {
    let sink;
    const body = new ReadableStream({
      start: (controller) => { sink = controller; },
      cancel: () => {
        sink = null;
        socket.close();
      },
    });
    socket.onmessage = ({ data }) => {
      sink?.enqueue(encoder.encode(asEvent(JSON.parse(data))));
      if (!timer) return;
      timer = clearTimeout(timer);
      through("socket");
      resolve(new Response(paced(turnOf(url), body.getReader()), { headers: { "Content-Type": "text/event-stream" } }));
    };
    socket.onclose = () => {
      clearTimeout(timer);
      resolve(null);
      sink?.close();
      sink = null;
    };
  });
}

function asEvent({ id, event, retry, data }) {
  const head = (retry ? `retry: ${retry}\n` : "") + (event ? `event: ${event}\n` : "") + (id ? `id: ${id}\n` : "");
  return `${head}data: ${data.replaceAll("\n", "\ndata: ")}\n\n`;
}
