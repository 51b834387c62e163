// Text is shown as soon as it comes where drawing it is cheap, and in fewer, larger steps where it is not: each step is
// a frame, and a slow machine has other things to do than 25 of them a second.
import { settled } from "./scroll.js";

const SHARE = 0.02;    // of the page's thread that steps may take, as measured here: about half of what they do
const LONGEST = 150;   // ms between two steps; with more text would jump
const SELDOM = 8;      // steps of which one is measured
const channel = new MessageChannel();
const drawn = new Set();   // turns whose answers show something new since they were last given bytes
let cost = 0;          // ms that a step took lately
let steps = 0;
let painting = 0;      // when the frame began that is measured
let drawing = 0;       // ms that its step took before it

channel.port1.onmessage = () => {
  // More would make no difference, and what was slow once, or slept meanwhile, would be remembered for long.
  const took = Math.min(performance.now() - painting + drawing, LONGEST * SHARE);
  cost += (took - cost) / 2;
};

/** To be called when a message changes what an answer shows: what says only how things stand is followed at once. */
export function drew(turn) {
  drawn.add(turn);
}

// Once what came has become text on the page, and before it is laid out and painted: going to the page's end after that
// would take a second frame. Says for how many ms the next step waits.
function finish(turn, begun) {
  if (!drawn.delete(turn)) return 0;
  settled();
  // Not the first ones: what a page does for the first time takes long.
  if (++steps % SELDOM === 0) measure(performance.now() - begun);
  return Math.min(LONGEST, cost / SHARE);
}

function measure(before) {
  drawing = before;
  requestAnimationFrame(() => {
    painting = performance.now();
    channel.port2.postMessage(null);   // taken after the frame
  });
}

/**
 * What `reader` brings of a turn's events after `first`, as a stream of bytes: a piece at once, and those that follow it
 * closely together.
 */
export function paced(turn, reader, first = { done: false }) {
  let held = [];
  let timer = 0;
  let begun = 0;         // when what was given last was given, until it has been dealt with
  let failure;
  const show = (sink) => {
    timer = 0;
    if (!held.length) return;
    begun = performance.now();
    drawn.delete(turn);   // the last step of a stream is not asked after
    for (const piece of held.splice(0)) sink.enqueue(piece);
  };
  const run = async (sink) => {
    for (let next = first; !next.done; next = await reader.read()) {
      if (next.value) held.push(next.value);
      if (!timer && !begun) show(sink);
    }
    clearTimeout(timer);
    show(sink);
    sink.close();
  };
  // What came before a connection broke is shown first: an error takes with it all that has not been read.
  const fail = (sink, error) => {
    clearTimeout(timer);
    show(sink);
    if (begun) failure = error;
    else sink.error(error);
  };
  return new ReadableStream({
    start: (sink) => { run(sink).catch((error) => fail(sink, error)); },
    // Whoever reads has dealt with all it was given, and asks for more.
    pull: (sink) => {
      if (failure) return sink.error(failure);
      if (!begun) return;
      const rest = finish(turn, begun);
      begun = 0;
      if (rest) timer = setTimeout(show, rest, sink);
      else show(sink);
    },
    cancel: (reason) => {
      clearTimeout(timer);
      [timer, held] = [0, []];
      return reader.cancel(reason).catch(() => {});   // it may have broken already
    },
  }, { highWaterMark: 0 });
}
