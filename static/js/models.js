// A list of models may come late: a name that was typed in the meantime stays.
const asked = new WeakMap();
const box = (ctx) => ctx.target?.matches?.("[id^=field-]") && ctx.target.querySelector("input, select");

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const field = box(ctx);
  if (field) asked.set(ctx, field.value);
});
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const field = box(ctx);
  if (field && asked.has(ctx) && field.value !== asked.get(ctx)) event.preventDefault();
});
