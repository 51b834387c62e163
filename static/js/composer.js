// The box a message is written in. The text leaves it only when the server has the message.
import { runningAnswers } from "./answers.js";
import { clear } from "./errors.js";
import { newId } from "./ids.js";
import { keep, kept, forget } from "./drafts.js";
import { follow } from "./scroll.js";

const form = document.getElementById("composer");
const box = form.elements.text;
const dock = form.closest(".dock");
const send = form.querySelector(".send");
const stop = dock.querySelector(".stop");
const touch = matchMedia("(hover: none) and (pointer: coarse)");
let sending = null;

function fields() {
  const { turn, conversation, parent } = form.elements;
  return { turn: turn.value, conversation: conversation.value, parent: parent.value };
}

function update() {
  const running = runningAnswers().length > 0;
  const focused = document.activeElement === stop;
  dock.toggleAttribute("data-running", running);
  if (focused && !running) box.focus();
  const deleted = document.querySelector("#turns[data-deleted]") !== null;
  send.disabled = running || deleted || sending !== null || !box.value.trim();
  if (!CSS.supports("field-sizing", "content")) {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }
}

function restore() {
  const draft = kept();
  if (!box.value && draft?.text) box.value = draft.text;
  // A message that may have arrived although the answer to it was lost: the same id makes sending it again safe.
  if (draft?.turn && draft.sent === box.value) {
    form.elements.turn.value = draft.turn;
    form.elements.conversation.value = draft.conversation;
    form.elements.parent.value = draft.parent;
  }
  update();
}

box.addEventListener("input", () => {
  keep({ text: box.value });
  update();
});

box.addEventListener("keydown", (event) => {
  // 229: Safari ends a composition before the Enter that confirmed it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || touch.matches) return;
  event.preventDefault();
  if (!send.disabled) form.requestSubmit(send);
});

form.addEventListener("htmx:config:request", (event) => {
  const { body } = event.detail.ctx.request;
  const last = kept();
  if (last?.turn === form.elements.turn.value && last.sent !== box.value) form.elements.turn.value = newId();
  body.set("turn", form.elements.turn.value);
});
form.addEventListener("htmx:before:request", () => {
  // The button that sent it is about to go.
  const pressed = dock.contains(document.activeElement) && document.activeElement !== box;
  sending = box.value;
  keep({ ...fields(), text: sending, sent: sending });
  clear(form);
  update();
  if (pressed && !touch.matches) box.focus({ preventScroll: true });
});
form.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement !== form || ctx.response.status >= 400) return;
  document.querySelector("#turns > .empty")?.remove();
  forget();
  if (box.value === sending) box.value = "";
  follow();
});
form.addEventListener("htmx:finally:request", () => {
  sending = null;
  update();
});

// What runs may have begun since the page was drawn, or be another than the last one: a question that was held has passed.
dock.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (sourceElement.id !== "stop") return;
  const running = runningAnswers().at(-1);
  if (running) request.action = running.dataset.stop;
  else event.preventDefault();
});

document.addEventListener("click", (event) => {
  const starter = event.target.closest(".starter");
  if (!starter) return;
  event.preventDefault();
  box.value = starter.value;
  update();
  form.requestSubmit(send);
  // The button is about to go with the empty page.
  if (!touch.matches) box.focus({ preventScroll: true });
});

// Every message into one conversation answers with its address; only the first is another place to go back from.
document.addEventListener("htmx:before:history:update", (event) => {
  if (event.detail.history.path === location.pathname) event.preventDefault();
});

// Forms that begin a turn from an existing one get their id when they are first sent; a changed text is another turn.
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  const id = sourceElement.matches("form") && sourceElement !== form && sourceElement.elements.turn;
  if (!id) return;
  id.value ||= newId();
  request.body.set("turn", id.value);
});
document.addEventListener("input", (event) => {
  const id = event.target.form !== form && event.target.form?.elements.turn;
  if (id) id.value = "";
});

document.addEventListener("answer", ({ detail: { article, from } }) => {
  const draft = kept();
  // A message whose answer was lost on the way back has arrived all the same.
  if (!from && sending === null && draft?.turn === article.dataset.turn && draft.sent === box.value) {
    forget();
    box.value = "";
  }
  update();
});
document.addEventListener("changes", update);
addEventListener("pageshow", (event) => {
  if (event.persisted) form.elements.turn.value = newId();
  restore();
});
restore();
if (!touch.matches && !runningAnswers().length) box.focus({ preventScroll: true });
